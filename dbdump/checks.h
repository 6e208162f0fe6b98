/* checks.h - what is looked for before a copy, as tables: a query that finds it, and what is said of each row.
 *
 * A query's first three columns are a kind ("table", "view", "account", or "server": the whole of that end), a schema and a name; what
 * comes behind them is $1, $2 ... in reason and remedy. Tables and what counts as such (view, sequence) are filtered by the
 * options, and what belongs to one as it is. A query that the server refuses is said to be unseen; the others go on. */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/findings.h"

enum check_end { END_SOURCE, END_TARGET };

enum check_kind {
	CHECK_SOURCE, /* each row at the source is a finding */
	CHECK_TARGET, /* each row at the target is */
	CHECK_ABSENT, /* each row at the source whose $1 is not in the first column of other, which is asked at the target */
	CHECK_PRESENT, /* or whose $1 is */
	CHECK_CHANGED, /* or for whose name (first column) other has another value (second column), which is $2, than $1 */
};

/* When a check makes sense: all of these. */
enum check_when {
	WHEN_DEFINITIONS = 1, /* not with --data-only */
	WHEN_ROWS = 2,	      /* not with --schema-only */
	WHEN_USERS = 4,	      /* with --users */
	WHEN_NO_USERS = 8,
	WHEN_KEEP_DEFINER = 16, /* without --definer */
	WHEN_MERGE = 32,	/* what is there stays */
	WHEN_REPLACE = 64,	/* ... is dropped before */
	WHEN_INSIDE = 128,	/* without --allow-outside */
};

struct check {
	const char *code;
	enum severity severity;
	enum check_kind kind;
	unsigned when;
	bool of_table;	     /* $2 is the table of its schema to which it belongs; "": to none */
	unsigned long since; /* version of each end that is asked, as asker has it; 0: any */
	const char *sql, *other;
	const char *reason, *remedy;
};

/* Rows by rows, NULL being "". Frees itself with answer_fini. */
struct answer {
	struct strings cells;
	size_t columns;
};

struct asker {
	/* Asks one end. 0 or -errno; -EPERM and -EIO: this cannot be asked here. */
	int (*ask)(void *ctx, enum check_end end, const char *sql, struct answer *out, struct err *err);
	void *ctx;
	const struct options *options;
	bool has_target;
	bool replaces;	   /* what is at the target, by --drop-existing */
	bool tables_alone; /* what lies in a schema, and neither is nor belongs to a table, is not copied */
	unsigned long version[2];
	struct findings *found;
};

void answer_fini(struct answer *a);
size_t answer_rows(const struct answer *a);
const char *answer_cell(const struct answer *a, size_t row, size_t column);

/* All checks of the table. What one refuses is unseen; -errno: the run cannot go on. */
int checks_run(const struct asker *a, const struct check *checks, size_t count, struct err *err);
/* A finding of a row of its own making; code and texts are as in a check. cells: kind, schema, name, $1 ... */
int checks_found(const struct asker *a, const struct check *c, const char *const *cells, size_t count,
		 struct err *err);
/* As what is said of what cannot be looked at: 0 when the run can go on. */
int checks_unseen(const struct asker *a, const char *what, int status, struct err *err);
