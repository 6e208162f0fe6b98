/* resume.h - a copy goes on with what an interrupted one of the same frozen source has left (options.resume): parts that it noted
 * (mark.h) are in, and are not loaded again; all others are.
 *
 * A part is known by its number (plan.h), so both have the same plan, or the second one is refused. Statements behind the rows are run
 * again, and what they would make may be there (engine.h, noted); the proof at the end is of all rows and definitions. The
 * run's thread. */
#pragma once
#include "dbdump/plan.h"
#include "dbdump/run.h"

struct resume {
	struct run *run;
	uint64_t *numbers; /* noted, sorted */
	size_t count;	   /* 0: the copy begins */
};

/* Behind the target's prepare. */
int resume_begin(struct resume *r, struct err *err);
/* When it goes on: says of each part whether it is in, and tells the user. The plan is of the catalog's tables. */
int resume_plan(const struct resume *r, struct plan *plan, const struct catalog *catalog, struct err *err);
void resume_fini(struct resume *r);
