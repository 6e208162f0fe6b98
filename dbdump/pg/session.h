/* session.h - one database of one server as dbdump's engine sees it, private to dbdump/pg.
 *
 * The control connection holds the exported snapshot and serves what the opening thread calls. The watch connection is in no
 * transaction: it sees what is true now, so that a reader can tell whether its table is still the one of the snapshot. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "dbdump/engine.h"
#include "dbdump/mark.h"
#include "dbdump/pg/conn.h"

struct pg_sequence {
	char *schema, *name, *value;
	bool called;
};

struct session {
	struct session_job job;
	char *database;
	struct conn_params params;
	struct conn control, watch;
	struct conn *conns; /* job.connections of them; at a target none until its database is there */
	struct reader_state *readers; /* one a connection; read.h */
	struct conn *humble;	      /* beside those, of a role of our own; humble.h */
	char humble_role[32], humble_word[33];
	bool humble_made;	       /* guarded by humble_lock */
	bool humble_asked, humble_may; /* is there a function that rows could call; guarded by humble_lock */
	pthread_mutex_t watch_lock, load_lock, role_lock, child_lock, humble_lock;
	pthread_mutex_t cancel_lock; /* held while connections come and go, and while they are cancelled */
	struct conn load;
	unsigned pids_count;
	int *pids;	/* of our own backends; guarded by load_lock */
	char *snapshot; /* as exported; NULL: none was taken */
	char **shares; /* the same, by each connection: it can be had while one of them lives. Guarded by watch_lock */
	uint64_t guard; /* target: connection number i holds advisory lock guard + i; mend.h */
	bool resumed; /* target: it goes on with what another one has left, whose mark, text and guard it has */
	bool marked;	      /* target: the database has its mark; mark.h */
	char mark[MARK_TEXT]; /* with this text */
	bool made,
		filled; /* target: it is of this session's making; it was there, and this session put something in */
	int major;
	bool standby, there; /* there: the database existed when the session was opened */
	atomic_bool stop;
	pid_t child;		       /* pg_dump, while it runs; 0: it does not. Guarded by child_lock */
	struct strings excluded;       /* relations that the options leave out, "schema"."name"; exclude.h */
	struct strings roles;	       /* that are missing and were warned of; guarded by role_lock */
	struct pg_sequence *sequences; /* as the catalog saw them */
	size_t sequence_count;
};

/* What the engine keeps of a table. */
struct pg_table {
	unsigned oid;
	char *quoted;	 /* "schema"."name" */
	char *columns;	 /* ("a", "b"), or nothing when it has none */
	char *signature; /* what it was in the snapshot, see signature_sql */
	char *condition; /* of an extension's configuration table; NULL: all of its rows are ours */
	uint64_t pages;
	size_t *key, key_count; /* which of the columns make the key */
	bool large_objects;	/* not a table: the pages of all large objects */
	bool analyzed_last;	/* its statistics need objects that come later */
};

/* Says one thing to the user. */
void pg_warn(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The database that is connected to when the one that is meant is not there. */
int session_open_maintenance(struct session *s, struct conn *c, struct err *err);
/* Connects control, watch and all others to the database. */
int session_connect(struct session *s, struct err *err);
void session_disconnect(struct session *s);
/* Connects one anew, by who uses it; the old one is closed. */
int session_reopen(struct session *s, struct conn *c, struct err *err);
/* Closes one, so that it is seen to be lost. */
void session_drop(struct session *s, struct conn *c);

int session_open(struct session **out, const struct session_job *job, struct err *err);
void session_close(struct session *s);
int session_info(struct session *s, struct server_info *out, struct err *err);
/* Is what is there to go? */
bool session_replaces(const struct session *s);
int session_mark(struct session *s, char *out, struct err *err);
int session_same(struct session *source, struct session *target, bool *same, struct err *err);
int session_marked(struct session *s, const char *mark, bool *same, struct err *err);
unsigned session_load(struct session *s);
void session_cancel(struct session *s);
/* -ENOTEMPTY when the target has what would be in the way. */
int session_check_empty(struct session *s, struct err *err);
