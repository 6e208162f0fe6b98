/* catalog.h - what a database holds, as far as it matters for copying and comparing, and what it takes to make it anew.
 *
 * Names are raw bytes in UTF-8 as the server says them, unquoted. Everything is owned by the catalog or script, made
 * by an engine and read by all; nothing changes after it was made, so any thread may read. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xfer/base/strings.h"

struct column {
	char *name;
	char *type; /* as the engine says it, for people */
};

enum rows_kind {
	ROWS_SNAPSHOT, /* as of the session's snapshot */
	ROWS_LIVE, /* the engine cannot put them into the snapshot (MyISAM): read as they are, and said so */
	ROWS_NONE, /* nothing of it is copied or compared (views, foreign tables, --schema-only) */
};

/* What has rows: a table, or what an engine makes look like one (large objects). */
struct table {
	char *schema, *name; /* schema: MariaDB's database */
	enum rows_kind rows_kind;
	struct column *
		columns; /* whose values are copied and compared, in this order: sorted by name, so that it is one at both ends */
	size_t column_count;
	char *key;     /* columns that identify a row, as SQL, for people; NULL: there is none */
	uint64_t rows; /* the server's estimate */
	uint64_t data_bytes, index_bytes; /* on disk */
	bool large_rows; /* of a MiB and more, whatever data_bytes says: values are compressed */
	bool by_file; /* a source's: engine.import brings it in, unless it cannot; then it goes as rows after all */
	void *own; /* the engine's, freed by its catalog_fini hook */
};

/* Anything that is compared by its definition: tables too, columns and all. */
struct object {
	const char
		*kind; /* static: "table", "view", "index", "trigger", "function", "sequence", "grant", ... */
	char *name; /* identity within the kind, at a source already as --rename will have it: "shop.orders.by_date" */
	char *definition; /* equal at both ends when the object is; says nothing of where it is, after --rename */
	struct strings roles; /* of the server: it cannot be as it is where one of them is missing, */
	bool any_role;	      /* or where all of them are */
	char *owned; /* a right: to the object whose "owner" has this name, and who owns that has it anyway; NULL */
};

struct catalog {
	struct table *tables; /* sorted by schema, name */
	size_t table_count;
	struct object *objects; /* sorted by kind, name */
	size_t object_count;
	struct strings
		roles; /* that the server has; an engine without objects that need some has none. What the first one owns has no
			       * object "owner" */
	struct strings left_out;     /* tables and views that the options leave out: schema, name, ... */
	void (*free_own)(void *own); /* of each table; NULL: nothing to free */
};

/* All zeros is an empty catalog. */
void catalog_fini(struct catalog *c);
/* Append; what they return is zeroed and valid until the next one. NULL: no memory. */
struct table *catalog_add_table(struct catalog *c);
struct object *catalog_add_object(struct catalog *c);
struct column *table_add_column(struct table *t);
/* A table that is left out. 0 or -ENOMEM. */
int catalog_leave_out(struct catalog *c, const char *schema, const char *name);
/* Brings it into the order said above. */
void catalog_sort(struct catalog *c);
/* NULL: none. The catalog is sorted. */
struct table *catalog_find_table(const struct catalog *c, const char *schema, const char *name);
const struct object *catalog_find_object(const struct catalog *c, const char *kind, const char *name);

enum phase {
	PHASE_BEFORE, /* before any row: schemas, types, tables; in order */
	PHASE_LOADED, /* as soon as its table's rows are there: primary keys, indexes; those of one table in order, those of
		       * different tables beside each other */
	PHASE_AFTER, /* when all of that is over: foreign keys, views, triggers, routines; in order */
	PHASE_LAST, /* with everything there: sequences' values, ANALYZE, events, materialised views; in order */
};

/* What is run at the destination to make one object. */
struct statement {
	enum phase phase;
	const char *kind; /* static; with name, what a failure is said to be of */
	char *name;
	size_t table; /* PHASE_LOADED: of the catalog's tables */
	bool of_two; /* PHASE_AFTER: may be run, whatever its order, as soon as all else with table and other is over */
	size_t other;
	struct strings sql; /* run one after the other on one connection; the first failure ends it */
	bool optional;	    /* a failure is a warning (a comment on an extension that we do not own) */
	bool apart; /* in any order with those next to it (PHASE_LOADED: of its table) that say so too, also at the same time */
};

struct script {
	struct statement *statements; /* in order within each phase */
	size_t count;
};

void script_fini(struct script *s);
struct statement *script_add(struct script *s, enum phase phase, const char *kind, const char *name);
/* Appends to st->sql. 0 or -ENOMEM. */
int statement_sql(struct statement *st, const char *sql);
