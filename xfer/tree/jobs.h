/* jobs.h - how many threads a side works with. No state; any thread. */
#pragma once
#include "xfer/base/pool.h"
#include "xfer/tree/options.h"

enum { JOBS_MOST = POOL_MAX };

/* What --jobs says; without it, what pays (bench/NOTES.md, "Threads"); fewer where RLIMIT_NOFILE is low. 1 to
 * JOBS_MOST. */
unsigned jobs_of(const struct options *o);
/* The same for what the other side waits for, so that its processor is idle: without --jobs two, where there are two. */
unsigned jobs_while_waited_for(const struct options *o);
