/* report.h - what a run found and did, and who is told of it meanwhile.
 *
 * Names are raw bytes, as the servers say them: whoever prints them escapes them. No text here holds a password.
 * A report begins as all zeros and owns what it holds. While copy_run or verify_run fills it, it is theirs. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dbdump/digest.h"
#include "dbdump/engine.h"
#include "xfer/base/err.h"
#include "xfer/base/progress.h"
#include "xfer/base/strings.h"

/* Of the rows of a table. */
enum verdict {
	VERDICT_NONE,	 /* not compared: --verify=none, or nothing to compare */
	VERDICT_UNKNOWN, /* the run, or its database's part of it, ended before anything could be said of it */
	VERDICT_EQUAL,	 /* content (or count, with --verify=counts) is the same at both ends */
	VERDICT_DIFFERENT, /* it is not */
	VERDICT_FAILED,	   /* not copied whole, or not to be read: a failure says why */
	VERDICT_MISSING,   /* no such table at the destination (B) */
	VERDICT_EXTRA,	   /* no such table at the source (A) */
};

enum difference {
	DIFFERENCE_MISSING, /* at the destination (B) */
	DIFFERENCE_EXTRA,   /* at the source (A) it is not there */
	DIFFERENCE_CHANGED,
};

enum { REPORT_ROWS_NAMED = 20 };

struct row_difference {
	enum difference what;
	char *name; /* the row's key, "id=17", or the row's beginning */
};

/* A table that differs, narrowed to rows. */
struct narrowed {
	bool done;					/* the rows were looked for */
	bool at_least;					/* so many differed that not all were counted */
	uint64_t missing, extra, changed;		/* a changed row is neither of the others */
	struct row_difference named[REPORT_ROWS_NAMED]; /* the first ones, in the order of their names */
	size_t named_count;
	char *first, *last; /* the names between which all those that were counted lie; NULL: none */
};

struct table_report {
	char *schema, *name; /* at the source (A) */
	bool live;	     /* ROWS_LIVE: not of the snapshot's moment */
	bool read, reread; /* source.rows and target.rows are known; their digests too, unless only counted */
	bool digested;	   /* both sides' digests are there */
	bool by_file; /* came in as its file (engine.import): until read is set nobody knows of how many rows */
	struct rows_digest source, target;
	uint64_t taken; /* rows that the server said it took; copy only */
	enum verdict verdict;
	struct narrowed narrowed;
};

/* How many objects of a kind there are, and how many of them are not the same. */
struct kind_report {
	const char *kind; /* static */
	uint64_t source, target, different;
};

struct object_report {
	enum difference what;
	const char *kind; /* static */
	char *name;
};

/* Something that was not copied, or could not be compared; the rest went on. */
struct failure {
	const char *kind; /* static: "rows", or an object's kind */
	char *name;
	int code; /* -errno */
	char *text;
};

struct phase_report {
	const char
		*phase; /* static: "connect", "read the catalog", "schema before", "rows and indexes", ... */
	double seconds;
};

/* A session's moment: one for all databases, or one for each (PostgreSQL). */
struct moment {
	char *database; /* NULL: all */
	struct snapshot snapshot;
};

struct report {
	struct table_report *tables;
	size_t table_count;
	struct kind_report *kinds; /* in the order in which they were met */
	size_t kind_count;
	struct object_report *objects; /* those that differ */
	size_t object_count;
	struct failure *failures;
	size_t failure_count;
	struct strings warnings;
	struct moment *moments; /* verify: A's, then B's */
	size_t moment_count;
	struct phase_report
		*phases; /* in the order in which they began; those of several databases added up */
	size_t phase_count;
	struct server_info source, target; /* disk_bytes: all databases, the target's at the end */
	struct strings databases;	   /* at the source (A) */
	enum verify_mode
		verified;     /* how; VERIFY_NONE too when the run, or that of one database, ended before */
	uint64_t rows, bytes; /* of the tables, as lines, read at the source */
	double seconds;
	struct err error; /* what ended the run early; code 0: nothing did */
	int status;	  /* enum exit_status */
};

void report_fini(struct report *r);

/* Who is told what while it happens. Any of the functions may be NULL. They are called one at a time, but from several threads. */
struct observer {
	void (*progress)(void *ctx,
			 const struct progress *p); /* five times a second, and at the end of a phase */
	void (*warn)(void *ctx, const char *text);
	void (*failure)(void *ctx, const struct failure *f);
	/* The session has connected (source: true), and its snapshot is taken; s is NULL at a target. */
	void (*connected)(void *ctx, bool source, const struct server_info *info, const struct snapshot *s);
	/* What a dump on another host waits for, each once a section: where tables' files are wanted (ferry.h), how rows are verified, a byte,
	 * and what the destination offers; "": it is there, has room for what comes, is not the source's own server, and nothing of it was
	 * changed yet; where they are wanted, of each table a bit: its file is in. */
	void (*answer)(void *ctx, const void *data, size_t len);
	/* Asked by such a dump, as long as it says 0, for the next of them, which is appended: 1; 0: not yet, after some time; -errno. */
	int (*go)(void *ctx, struct buf *answer, struct err *err);
	void *ctx;
	const volatile int *quit; /* not 0: the run ends as soon as can be (signals); NULL: never */
};
