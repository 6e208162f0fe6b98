/* sql.h - rows of structs to SQLite and back, by tables that say where each column is. One thread at a time. */
#pragma once
#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "xfer/base/err.h"

enum field_kind { FIELD_INT, FIELD_REAL, FIELD_TEXT, FIELD_STATE };

/* A state is an enum in memory, and its name in the file, which a person can read and another order of the enum does not change. */
struct field_states {
	const char *(*name)(unsigned state);
	int (*parse)(unsigned *out, const char *name);
};

struct field {
	const char *column;
	enum field_kind kind;
	size_t at, size; /* in the struct; int64_t, double, char[size], unsigned */
	const struct field_states *states;
};

/* The first field is the id; where rows are changed the second one is their version, which each change makes one larger. */
struct table {
	const char *name;
	const struct field *fields;
	size_t count, row_size;
};

#define INT_OF(type, member)                                               \
	{                                                                  \
#member, FIELD_INT, offsetof(struct type, member), 0, NULL \
	}
#define REAL_OF(type, member)                                               \
	{                                                                   \
#member, FIELD_REAL, offsetof(struct type, member), 0, NULL \
	}
#define TEXT_OF(type, member)                                                                              \
	{                                                                                                  \
#member, FIELD_TEXT, offsetof(struct type, member), sizeof((struct type *)0)->member, NULL \
	}
#define STATE_OF(type, states)                                                \
	{                                                                     \
		"state", FIELD_STATE, offsetof(struct type, state), 0, states \
	}
/* Of struct store_x, whose fields are x_fields. */
#define TABLE(x)                                                                                        \
	static const struct table x##_table = { #x, x##_fields, sizeof x##_fields / sizeof *x##_fields, \
						sizeof(struct store_##x) }

/* What a ? of a statement stands for; in an array that ends with one without a kind. */
struct value {
	enum { VALUE_END, VALUE_INT, VALUE_REAL, VALUE_TEXT } kind;
	int64_t i;
	double r;
	const char *s; /* borrowed */
};
#define INT(x)                              \
	{                                   \
		.kind = VALUE_INT, .i = (x) \
	}
#define REAL(x)                              \
	{                                    \
		.kind = VALUE_REAL, .r = (x) \
	}
#define TEXT(x)                              \
	{                                    \
		.kind = VALUE_TEXT, .s = (x) \
	}
#define VALUES(...) ((const struct value[]){ __VA_ARGS__, { .kind = VALUE_END } })
#define NO_VALUES VALUES({ .kind = VALUE_END })

/* How SQLite's last failure is said. what: the sentence's beginning. */
int sql_error(sqlite3 *db, const char *what, struct err *err);
/* One statement that returns nothing. */
int sql_run(sqlite3 *db, const char *sql, const struct value *values, struct err *err);
/* All rows of a statement; fn's result when it is not 0 ends it. */
int sql_each(sqlite3 *db, const char *sql, const struct value *values,
	     int (*fn)(void *arg, sqlite3_stmt *row), void *arg, struct err *err);

/* Sets the row's id. */
int row_insert(sqlite3 *db, const struct table *t, void *row, struct err *err);
/* Over the row of this id and version; its version is one more then, in *row too. -ESTALE: somebody else has changed it. */
int row_update(sqlite3 *db, const struct table *t, void *row, struct err *err);
/* Rows of which `where` is true, in this order. */
int row_each(sqlite3 *db, const struct table *t, const char *where, const struct value *values,
	     int (*fn)(void *arg, const void *row), void *arg, struct err *err);
/* The first of them; -ENOENT, without a text in err: there is none. */
int row_find(sqlite3 *db, const struct table *t, const char *where, const struct value *values, void *row,
	     struct err *err);
