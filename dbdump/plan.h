/* plan.h - which part of which table is read in which order, so that all connections end at about the same time.
 *
 * Tables come by size, with their indexes, the largest first: its indexes take longest and begin earliest, and what is left for
 * the end is small. Large tables are cut into parts. A value, made once and then only read; it borrows the tables. */
#pragma once
#include "dbdump/engine.h"

/* Large enough that the statements around a part cost nothing, small enough that a part is a second or a few, and that what a
 * server keeps for one transaction stays small. */
#define PLAN_PART_BYTES (UINT64_C(64) << 20)

struct part {
	size_t table;	   /* of those that were given */
	const char *where; /* the plan's */
	uint64_t
		id; /* by which it is known, whatever else is in a plan: of its table's name and its where, above MARK_TABLES */
	bool in; /* an earlier run has loaded it */
};

struct plan {
	struct part *parts; /* in order; none of tables whose rows_kind is ROWS_NONE */
	size_t count;
	struct parts *wheres; /* of each table */
	size_t table_count;
};

struct plan_job {
	const struct engine *engine;
	struct session *session;	   /* whose tables they are */
	const struct table *const *tables; /* some may be NULL */
	size_t count;
	unsigned connections; /* that will read */
};

/* A table that cannot be cut is one part: reading it will say why. -errno is an error that ends a run. */
int plan_make(struct plan *out, const struct plan_job *job, struct err *err);
void plan_fini(struct plan *p);
