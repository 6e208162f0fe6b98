/* flow.h - the rows of an archive that comes through a pipe into a target: workers.h's task, in the order of the pipe.
 *
 * The calling thread reads; each of the target's connections has a thread that writes one part of a table at a time, or runs what
 * stands on a table whose rows are all there. A dump with no more jobs than the load has connections keeps each part in one
 * transaction; of one with more, the part that waited longest is committed as far as it is, and goes on in another one.
 * Of tables that came in otherwise (job.in) the ends of parts are taken, which say what the source had, and no rows.
 * Memory: workers.h's queues, and large rows one at a time. */
#pragma once
#include "dbdump/workers.h"

/* As workers_run; the source is an archive's session (mixed.h). What is damaged is noted in the archive. */
int flow_run(const struct workers_job *job, struct err *err);
