/* options.h - what a run of dbdump was asked for, as plain values; filled by cli/args. Strings are owned by it. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "xfer/base/strings.h"

enum verify_mode { VERIFY_ROWS, VERIFY_COUNTS, VERIFY_NONE };

/* What becomes of a table of which an archive lacks rows. */
enum damaged_mode { DAMAGED_FAIL, DAMAGED_SKIP };

/* MariaDB: how the rows of a table go. */
enum copy_mode {
	MODE_LOGICAL,	 /* as rows */
	MODE_AUTO,	 /* as the table's file where that is possible and quicker */
	MODE_TABLESPACE, /* as its file wherever that is possible, and whoever cannot is named */
};

struct options {
	unsigned jobs; /* connections that read, and as many that write; at least 1 */
	bool schema_only, data_only;
	bool drop_existing;
	bool resume;	    /* --resume: go on with what an interrupted load of the same archive left */
	bool allow_outside; /* --allow-outside: tables that reach out of their database (my/admit.h) */
	bool users;	    /* --users: MariaDB accounts and their grants, PostgreSQL roles, too */
	enum verify_mode verify;
	struct strings only_tables, exclude_tables; /* patterns: TABLE or SCHEMA.TABLE with * and ? (uri.h) */
	struct strings renames; /* A, B, A, B, ...: database A is called B at the destination */
	char *definer;		/* --definer: NULL or "keep"; "current"; or user@host to be put instead */
	unsigned
		lock_wait_s; /* --lock-wait: how long a lock may make others wait; then one connection does all */
	uint64_t bwlimit; /* bytes of rows a second; 0: none */
	unsigned
		max_load; /* --max-load: pause while more threads run at the source or destination; 0: never */
	char *deadline;	  /* as given; NULL */
	char *pg_dump;	  /* --pg-dump: the program; NULL: found in PATH and Debian's places */
	char *toast; /* --toast-compression: default_toast_compression of the loader; NULL: the server's */
	bool no_analyze; /* --no-analyze */
	enum damaged_mode damaged;
	enum copy_mode mode;
	char *output; /* --output: where a rehearsal is written; NULL */
	char *rates;  /* --rates: the file of a rehearsal, from which size takes its rate; NULL */
	bool strict;  /* --strict: nothing is copied when preflight is certain that it fails */
	char *source_host, *target_host; /* [user@]host: where reading and loading are done; NULL: here */
	char *rsh;			 /* -e: the remote shell; NULL: ssh */
	char *dbdump_path;		 /* the program there; NULL: dbdump */
	unsigned link_wait_s;	 /* --link-wait: how long a lost link to them is tried to be taken up again */
	unsigned link_silence_s; /* --link-silence: without a sign of life after which it is lost */
	bool json;
	int json_fd; /* -1: standard output */
	int quiet, verbose;
};

/* Does the pattern match "name" or "schema.name"? */
bool options_pattern_matches(const char *pattern, const char *schema, const char *name);
/* The table is part of the run, by --only-table and --exclude-table. */
bool options_want_table(const struct options *o, const char *schema, const char *name);
/* What database is called at the destination. */
const char *options_renamed(const struct options *o, const char *database);
