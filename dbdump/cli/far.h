/* far.h - a copy whose reading or loading is done on another host (--source-host, --target-host). */
#pragma once
#include "dbdump/cli/work.h"
#include "xfer/base/strings.h"

/* As work_run; operands are the URIs as they were given, for those hosts alone. words keeps what the report's static strings point to, and
 * outlives it. */
int far_run(struct report *report, struct strings *words, const struct work *w,
	    const struct strings *operands);

/* An agent's work (agent/serve.h) on this host; see cmd_agent.c. */
int far_here(int fd, int silence);
