/* rows.h - are the rows of tables the same at both ends? */
#pragma once
#include "dbdump/plan.h"
#include "dbdump/scan.h"

struct rows_pair {
	const struct table
		*ends[2]; /* both are there: a's and b's; for rows_read_source a's alone, b's NULL */
	struct table_report *report; /* where read is set, source is known already */
};

struct rows_job {
	const struct engine *engine;
	struct watch *watch;
	struct gate *gate;
	struct scan_end ends[2];
	struct rows_pair *pairs;
	size_t count;
	enum verify_mode mode; /* not VERIFY_NONE */
	bool last;	       /* no other is run in this phase of the progress */
};

/* Fills the reports: what was read, the verdicts, and which rows differ. A table that cannot be read is a failure.
 * 0, differences or not; or the error that ends the run. From the thread that opened the sessions. */
int rows_compare(const struct rows_job *job, struct err *err);

/* Reads a's end before b's is there, so that rows_compare need not: fills source, and read, of the reports. A table that cannot be
 * read stays unread, for rows_compare to say why. As above; the tables' digests are asked for (mode VERIFY_ROWS). */
int rows_read_source(const struct rows_job *job, struct err *err);

/* What has to be scanned for it. */
struct rows_tasks {
	struct scan_task *at;
	size_t count;
	struct plan plans[2]; /* what the tasks point into */
};

/* all: both ends of all tables; else what is not known yet. Fini it after a failure too. */
int rows_tasks_make(struct rows_tasks *t, const struct rows_job *job, bool all, struct err *err);
void rows_tasks_fini(struct rows_tasks *t);
