/* copy.h - databases from one server straight into another: all of `dbdump copy` but for words.
 *
 * Opens both ends, takes the snapshot, makes the schema, copies the rows with what stands on them, then the rest of the
 * schema, and compares the two ends. An engine whose sessions do not span databases has all of it done for each. */
#pragma once
#include "dbdump/run.h"

/* As run_whole. */
int copy_run(struct report *report, const struct run_job *job);
/* Of such a run's report: it went as far as to write at the destination. */
bool copy_touched(const struct report *report);
