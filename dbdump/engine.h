/* engine.h - what a database engine must be able to do, so that plan, workers, digest and verify need not know which it is.
 *
 * A session is one server (and for PostgreSQL one database of it) with some connections: number 0 to
 * job->connections - 1 for rows and statements, each used by one thread at a time, and what the session keeps for itself.
 * So calls that name a connection may run beside each other for different ones; all others are made by the thread that opened
 * the session, but for cancel and load.
 *
 * Rows travel as lines: one row a line, its columns in the table's order, a newline, tab or backslash in a value
 * escaped with a backslash, NULL as \N, the line ended by '\n' (PostgreSQL's COPY text; MariaDB's LOAD DATA with its default
 * escapes). A row's line is canonical: the same values give the same bytes at both ends, which is what digests are over.
 * Every column is named in what the engine sends to the server.
 *
 * Errors: 0 or -errno, the text naming server and object, never a password:
 *   -ECONNREFUSED cannot connect     -EACCES    wrong user or password      -ENOENT   no such database
 *   -EAGAIN    it gave way to another transaction (deadlock, serialization): undone, and may be done again
 *   -ECONNRESET   connection lost    -EPERM     a privilege is missing, which one is said
 *   -ECONNABORTED it takes no connection to this database, and may take one to another
 *   -ENOTEMPTY    destination is not empty      -EPROTONOSUPPORT  server too old, another one than the URI says, or too new for
 *                                                                 the tools that are here
 *   -ENOSPC       destination is full           -EINTR    cancel was called
 *   -ETIMEDOUT    lock not to be had in time    -EIO      any other error of the server, with its own number and words
 * A failed statement leaves the connection usable unless it is -ECONNRESET. */
#pragma once
#include <stdint.h>

#include "dbdump/catalog.h"
#include "dbdump/options.h"
#include "dbdump/uri.h"
#include "xfer/base/buf.h"
#include "xfer/base/err.h"

struct session; /* the engine's own */
struct gate;
struct watch;

enum role {
	ROLE_SOURCE, /* copied from: read only, in one snapshot */
	ROLE_TARGET, /* written to; catalog and reading serve its verification */
	ROLE_COMPARE, /* compared with a source: as ROLE_SOURCE, but for names, which are those that are there */
};

struct session_job {
	const struct uri *uri;
	const struct options *options;
	const struct strings *
		databases; /* names at this end; exactly one unless the engine spans. At a target they may not be there yet */
	enum role role;
	unsigned connections;
	const char *
		origin; /* target: where its rows are from, for the mark of an unfinished copy (mark.h); NULL: no mark is kept */
	const char *frozen; /* target: a name of what they are from, which never changes; NULL: it does */
	void (*warn)(
		void *ctx,
		const char *
			text); /* from the opening thread, and from those that make the calls: locked by its owner */
	void *ctx;
};

/* The moment that a source's rows are of. */
struct snapshot {
	unsigned connections; /* that share it: fewer than asked for when no lock was to be had */
	char how[64];	      /* "exported snapshot", "BACKUP STAGE BLOCK_COMMIT", "one connection", ... */
	char position[256];   /* "mysql-bin.000003:1234 gtid 0-1-57", "lsn 0/1A2B3C4"; empty: not known */
	double locked_s;      /* how long a lock made others wait */
};

/* A part of a table: what the engine puts behind WHERE, "" for all of it. Parts of one table do not overlap and leave nothing out. */
struct parts {
	struct strings where;
};

/* Where write takes its lines from. */
struct feed {
	/* The next lines, whole ones, valid until the next call. 1; 0: there are no more; -errno: give up, and leave nothing of this
	 * part in the table (err is filled). */
	int (*next)(struct feed *f, const uint8_t **lines, size_t *len, struct err *err);
	uint64_t
		part; /* which one of the session's parts it is, from 1 on, to be found by settle; 0: it will not be asked for */
	const char *where; /* the part, as split has it */
};

/* Both ends of a copy. */
struct meeting {
	struct session *source, *target;
	struct gate *gate;   /* of what is read at the source */
	struct watch *watch; /* told of the progress */
};

struct findings;
struct ferry;

/* What is to be looked at before a copy. */
struct preflight_job {
	const struct uri *uris[2]; /* source, target; NULL: there is no target */
	const struct options *options;
	const struct strings *databases[2]; /* at either end, in step; exactly one unless the engine spans */
	struct findings *found;
	const volatile int *quit; /* not 0: end as soon as can be, with -EINTR; NULL: never */
};

enum { MARK_MOST = 160 };

struct server_info {
	char version[128];   /* as the server says it */
	uint64_t disk_bytes; /* of the session's databases */
};

struct engine {
	const char *name; /* "MariaDB" */
	bool spans;	  /* one session, and one snapshot, for several databases */

	/* The names that the URI's patterns match, sorted, without the system's own. A name without wildcards that is not there is -ENOENT. */
	int (*databases)(struct strings *out, const struct uri *uri, const struct options *o,
			 struct err *err);

	/* What would go wrong with a copy of these databases. Reads alone, at both ends, on connections of its own; what it may not look at
	 * is noted, and is no error. */
	int (*preflight)(const struct preflight_job *job, struct err *err);

	/* Connects control and all connections, checks versions and privileges. At a target: -ENOTEMPTY when a database is there and
	 * has anything in it (with --data-only: when one of the tables has rows), unless drop_existing; changes nothing yet. */
	int (*open)(struct session **out, const struct session_job *job, struct err *err);
	/* Ends transactions, locks and connections. Accepts NULL. */
	void (*close)(struct session *s);
	int (*info)(struct session *s, struct server_info *out, struct err *err);
	/* Source: takes a lock whose name nobody else has, until the session closes, and says which: out has room for MARK_MOST. */
	int (*mark)(struct session *s, char *out, struct err *err);
	/* Target: is its server that of the source whose mark this is (by whatever name it was reached), or one that has the same databases,
	 * so that what is dropped here is gone there? A mark may be anything: it can come from another host. */
	int (*marked)(struct session *s, const char *mark, bool *same, struct err *err);

	/* Both ends are open: what goes from server to server otherwise than as rows (--mode) is prepared, and snapshot has it of its own
	 * moment. It is the target's session's. NULL: there is nothing of the kind. */
	int (*meet)(const struct meeting *m, struct err *err);
	/* Source and compare. All connections see one moment from here on. */
	int (*snapshot)(struct session *s, struct snapshot *out, struct err *err);
	/* What is there: at a source as of the snapshot, filtered by the options; at a target as of now. At a source tables have
	 * the names that they have there, objects those that they get by --rename. */
	int (*catalog)(struct session *s, struct catalog *out, struct err *err);
	/* Source: what makes it anew at the destination. c is its own catalog. Honours schema_only, data_only, renames, definer, users.
	 * Objects that nobody can make again are left out, and warned of. */
	int (*script)(struct session *s, const struct catalog *c, struct script *out, struct err *err);
	/* Cuts a table into parts of about so many bytes. */
	int (*split)(struct session *s, const struct table *t, uint64_t bytes, struct parts *out,
		     struct err *err);
	/* Reads a part: begin, then read until it says 0. read appends at least one line, until lines has 256 KiB more or so: 1; 0:
	 * the end. read_end is called after a failure or a break too; after a table's last part nothing of ours stands in the way of its DDL. */
	int (*read_begin)(struct session *s, unsigned conn, const struct table *t, const char *where,
			  struct err *err);
	int (*read)(struct session *s, unsigned conn, struct buf *lines, struct err *err);
	int (*read_end)(struct session *s, unsigned conn, struct err *err);
	/* Count of the rows of a table, exact. */
	int (*count)(struct session *s, unsigned conn, const struct table *t, uint64_t *rows,
		     struct err *err);

	/* Makes a connection anew that is lost, by who uses it; conn = job->connections: the session's own. At a source it sees the
	 * snapshot then; -ESTALE: that cannot be had any more. At a target nothing goes on of what the lost one had begun, and what
	 * was committed is there; -ESTALE: it is not, or that is not known. NULL: what is lost is lost. */
	int (*mend)(struct session *s, unsigned conn, struct err *err);

	/* Target. prepare makes the databases (dropping what is there with drop_existing), each with its mark. */
	int (*prepare)(struct session *s, struct err *err);
	/* Behind prepare, of a frozen source: what an earlier copy has noted here, when this one goes on with it (options.resume, where there is
	 * something to go on with); it is over then, and nothing of it comes any more. What this session makes may be there from now on.
	 * *count 0: this one begins. The numbers are for the caller to free. */
	int (*noted)(struct session *s, uint64_t **numbers, size_t *count, struct err *err);
	/* Notes a number itself: what comes before rows is there. */
	int (*note)(struct session *s, uint64_t number, struct err *err);
	/* Of a table into which an earlier copy has loaded: are these parts there that it noted, and is nothing else? If not, *kept is false, and
	 * the table empty. NULL: they are, of all tables. */
	int (*keeps)(struct session *s, const struct table *t, const uint64_t *parts, size_t count,
		     bool *kept, struct err *err);
	int (*execute)(struct session *s, unsigned conn, const struct statement *st, struct err *err);
	/* Behind PHASE_BEFORE, for a table of the source's catalog that goes by_file: brings in what meet prepared, or ferry.h. *in stays false when
	 * it could not be: then the table is there, empty, and its rows are to be written. NULL: as meet. */
	int (*import)(struct session *s, unsigned conn, const struct table *t, bool *in, struct err *err);
	/* Loads what feed gives, all of it or nothing, committed when it returns 0; *rows: as many as the server took. Every warning of
	 * the server about a value is an error. */
	int (*write)(struct session *s, unsigned conn, const struct table *t, struct feed *feed,
		     uint64_t *rows, struct err *err);
	/* Behind a write that failed, and mend: is the part in after all? If not, nothing of it stays. */
	int (*settle)(struct session *s, unsigned conn, const struct table *t, const struct feed *part,
		      bool *in, struct err *err);
	/* The copy begins anew: takes away what this session has made, on a connection of its own. -ENOTEMPTY: some of what is there
	 * is none of it, or that is not known, and nothing was taken away. NULL: what is there stays. */
	int (*undo)(struct session *s, struct err *err);
	/* All is there: takes the marks away, and then that is on the disk. NULL: there are none. */
	int (*finish)(struct session *s, struct err *err);

	/* The key of the row in this line, for people: "id=17", or as much of the row as fits. Returns out. */
	char *(*row_name)(const struct table *t, const uint8_t *line, size_t len, char *out, size_t cap);
	/* Any thread: threads running at the server (its own sessions not counted), on a connection of its own; 0: not known. */
	unsigned (*load)(struct session *s);
	/* Any thread: what runs on the connections ends soon, with -EINTR. */
	void (*cancel)(struct session *s);
	const struct ferry *ferry; /* NULL: tables go from host to host as rows alone */
};

/* dbdump/my/engine_my.c, dbdump/pg/engine_pg.c. Only cli knows them. */
extern const struct engine engine_mariadb, engine_postgresql;
