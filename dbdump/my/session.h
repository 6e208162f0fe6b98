/* session.h - what a MariaDB session is, for the modules of this folder. Opaque to everybody else (engine.h). */
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "dbdump/engine.h"
#include "dbdump/mark.h"
#include "dbdump/my/accounts.h"
#include "dbdump/my/code.h"
#include "dbdump/my/conn.h"
#include "dbdump/my/roles.h"

/* One of the numbered connections. */
struct link {
	struct conn conn;
	unsigned long id; /* the server's number of it */
	bool in_snapshot; /* within the transaction that sees the session's moment */
	bool saved;	  /* behind a savepoint */
	MYSQL_RES *res;	  /* rows under way */
	const struct table *reading;
	bool renewed;  /* since the last write began */
	uint64_t kept; /* target: the last part that the server said to be in; 0: none. Under mark_lock */
	const char *kept_in; /* its database; borrowed */
};

/* How rows go in: bulk.h, LOAD DATA LOCAL, insert.h. */
enum way { WAY_BULK, WAY_FILE, WAY_INSERT };

struct spaces;
struct piece;

struct session {
	struct session_job job;
	struct conn control;
	unsigned long control_id;
	struct link *links;
	pthread_mutex_t aside_lock;
	struct conn aside;	  /* opened when load or cancel want it first; under the lock */
	struct strings before;	  /* tables at the snapshot: database, name, ... */
	struct code_list code;	  /* of the last catalog */
	struct accounts accounts; /* with --users */
	struct roles roles;	  /* target: of the statements that were run */
	enum way way;		  /* target */
	bool files;		  /* target: LOAD DATA LOCAL is allowed */
	size_t packet;		  /* target: max_allowed_packet */
	bool logs_rows;		  /* target: its log is of statements, but for what the links write */
	bool prepared;		  /* target: something was made of it */
	bool resumed; /* target: it goes on with what another one has left, whose mark, text and guard it has */
	bool marked;	      /* target: its databases have marks (mark.h) */
	char mark[MARK_TEXT]; /* with this text */
	bool guarded;	      /* target: links have their locks (mend.c), of this number */
	uint64_t guard;
	struct spaces *
		spaces; /* tables that go by their files: the target's, and its source's while both are open, or of one alone; NULL: none */
	unsigned long
		locker; /* the server's number of the connection that has them locked; under aside_lock */
	int64_t since;	/* when the server began, by our clock, in seconds */
	bool since_known;
	pthread_mutex_t mark_lock;
	bool loose; /* rows went into tables without transactions. Under mark_lock */
	atomic_bool cancelled;
};

/* What the database is called at the destination. */
const char *session_target_name(const struct session *s, const char *database);
/* The database of this table at this session's end. */
const char *session_schema(const struct session *s, const struct table *t);
/* Is it part of the run? database: as it is called at this end. */
bool session_wants(const struct session *s, const char *database, const char *table);
/* Some tables were chosen by name: what belongs to none of them is left out. */
bool session_is_partial(const struct session *s);
void session_warn(const struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A link that the server would log the statements of. 0: it logs rows. */
int session_log_rows(struct conn *c);
/* Has the server been started anew since it was asked first? */
int session_restarted(struct session *s, struct conn *c, bool *restarted, struct err *err);
/* Ends all that works on tables, and the connections with it; the session's own is made anew. */
int session_alone(struct session *s, struct err *err);
/* Gives the links of a target their locks. */
int session_guard(struct session *s, struct err *err);
/* -EINTR after cancel, whatever status says. */
int session_status(struct session *s, int status, struct err *err);

/* The engine's functions, by file. */
int my_databases(struct strings *out, const struct uri *uri, const struct options *o,
		 struct err *err);				    /* databases.c */
int my_preflight(const struct preflight_job *job, struct err *err); /* preflight.c */
int my_prepare(struct session *s, struct err *err);
int my_undo(struct session *s, struct err *err);
int my_noted(struct session *s, uint64_t **numbers, size_t *count, struct err *err); /* resume.c */
int my_note(struct session *s, uint64_t number, struct err *err);
int my_keeps(struct session *s, const struct table *t, const uint64_t *parts, size_t count, bool *kept,
	     struct err *err);
/* Target: does it go on with what is there? Then *goes_on, and what works there has ended. -ENOTEMPTY: it was to, and cannot. */
int my_resume_check(struct session *s, bool *goes_on, struct err *err);
/* A failure that says that what was to be made is there, in a session that goes on. */
bool my_resume_forgives(const struct session *s, unsigned number);
/* A target's databases are none of the server's own. */
int my_check_names(struct session *s, struct err *err);
int my_check_empty(struct session *s, struct err *err);
int my_open(struct session **out, const struct session_job *job, struct err *err); /* session.c */
void my_close(struct session *s);
int my_info(struct session *s, struct server_info *out, struct err *err);
int my_mark(struct session *s, char *out, struct err *err);
int my_same(struct session *source, struct session *target, bool *same, struct err *err);
int my_marked(struct session *s, const char *mark, bool *same, struct err *err);
int my_execute(struct session *s, unsigned conn, const struct statement *st, struct err *err);
int my_meet(const struct meeting *m, struct err *err); /* spaces.c */
int my_import(struct session *s, unsigned conn, const struct table *t, bool *in,
	      struct err *err);					   /* spaces_import.c */
extern const struct ferry ferry_mariadb;			   /* spaces_ship.c */
int my_offer(struct session *s, struct buf *out, struct err *err); /* spaces_receive.c */
int my_receive(struct session *s, const struct piece *p, struct err *err);
void my_arrived(struct session *s, struct catalog *c);
int my_snapshot(struct session *s, struct snapshot *out, struct err *err); /* snapshot.c */
int my_catalog(struct session *s, struct catalog *out, struct err *err);   /* catalog.c */
int my_script(struct session *s, const struct catalog *c, struct script *out, struct err *err); /* script.c */
int my_split(struct session *s, const struct table *t, uint64_t bytes, struct parts *out,
	     struct err *err); /* split.c */
int my_read_begin(struct session *s, unsigned conn, const struct table *t, const char *where,
		  struct err *err); /* read.c */
int my_read(struct session *s, unsigned conn, struct buf *lines, struct err *err);
int my_read_end(struct session *s, unsigned conn, struct err *err);
int my_count(struct session *s, unsigned conn, const struct table *t, uint64_t *rows, struct err *err);
int my_write(struct session *s, unsigned conn, const struct table *t, struct feed *feed, uint64_t *rows,
	     struct err *err); /* write.c */
int my_settle(struct session *s, unsigned conn, const struct table *t, const struct feed *part, bool *in,
	      struct err *err); /* mark.c */
int my_finish(struct session *s, struct err *err);
int my_mend(struct session *s, unsigned conn, struct err *err); /* mend.c */
unsigned my_load(struct session *s);				/* aside.c */
void my_cancel(struct session *s);
/* Ends what this link runs. */
void my_stop_link(struct session *s, struct link *l);
