/* rows.h - are the rows of tables the same at both ends? */
#pragma once
#include "dbdump/scan.h"

struct rows_pair {
	const struct table *ends[2]; /* both are there, with the same columns; a's and b's */
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
