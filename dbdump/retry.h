/* retry.h - what failed for a reason that passes is done again: which reasons, how often, and after which pause. The counter of one
 * thing that is done; one owner. */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/watch.h"

enum {
	RETRY_MOST =
		9, /* so often, with pauses that add up to 38 seconds: a server that restarts is back by then */
	RETRY_FIRST_MS = 100, /* and twice as long each time */
	RETRY_LONGEST_MS = 12800,
};

struct retry {
	struct watch *watch;
	unsigned count;
};

/* May it be another time? At a source a lock was waited for as long as the user wants it to be (--lock-wait), and what gave way may have
 * lost its snapshot. */
bool retry_may(int code, bool at_source);
/* Behind a failure that may: says so of what ("rows shop.orders"), and pauses. False: it was too often, or the run stops. */
bool retry_pause(struct retry *r, const char *what, const struct err *why);
