/* preflight.h - looks at both ends of a copy before there is one: what would go wrong, by engine.preflight, of all databases that the
 * source's URI means. Nothing is written anywhere. */
#pragma once
#include "dbdump/findings.h"
#include "dbdump/run.h"

/* job as for copy_run; uris[1] is NULL when the source alone is looked at, and of observer only quit counts. found is sorted at the end,
 * whatever happened. 0, or -errno: it could not be looked at. From the thread that handles signals. */
int preflight_run(struct findings *found, const struct run_job *job, struct err *err);
