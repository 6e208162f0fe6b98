/* store_inner.h - what a store is, and how its rows are changed, for the modules of this folder. */
#pragma once
#include "scheduler/store/sql.h"
#include "scheduler/store/store.h"

struct store {
	sqlite3 *db;
	const struct store_actor *actor; /* NULL: outside of a transaction */
	bool failed;			 /* a change of it did */
	bool looks;			 /* in one that reads alone */
	bool full;			 /* see store_is_full */
};

/* Before each change: -EIO when one has failed already. */
int store_may_change(struct store *s, struct err *err);
/* Behind each, with what became of it; returns that. */
int store_changed(struct store *s, int status);
/* n: what, subject and detail. */
int store_note(struct store *s, const struct store_audit *n, struct err *err);
/* name: of the row, for people. -EEXIST names it. */
int store_insert(struct store *s, const struct table *t, void *row, const char *name, struct err *err);
int store_update(struct store *s, const struct table *t, void *row, struct err *err);
int store_find_named(struct store *s, const struct table *t, const char *name, void *out, struct err *err);
/* "anna/shop" */
int store_name_account(struct store *s, const struct store_account *a, char out[2 * STORE_NAME],
		       struct err *err);

/* Lists: the functions differ in their argument's type alone. */
#define EACH(x)                                                    \
	struct x##_each {                                          \
		int (*fn)(void *arg, const struct store_##x *row); \
		void *arg;                                         \
	};                                                         \
	static int x##_row(void *arg, const void *row)             \
	{                                                          \
		struct x##_each *e = arg;                          \
		return e->fn(e->arg, row);                         \
	}
