/* again.h - a step of a run that has lost its snapshot begins anew: what it made at the destination is taken away, both ends are opened
 * again, and a new moment is taken. So often, and while the deadline is not over, the server may be away in between.
 *
 * The run's thread. */
#pragma once
#include "dbdump/report_add.h"
#include "dbdump/retry.h"
#include "dbdump/run.h"

enum { AGAIN_MOST = 3 };

struct again {
	struct run *run;
	struct report_place place; /* where the report stood before the step */
	struct retry retry;
	unsigned count;
};

int again_init(struct again *a, struct run *r, struct err *err);
void again_fini(struct again *a);
/* Behind a step that failed with err: true, both ends are closed, nothing is left of it, and it is to be taken again. False: err is as it
 * was, and so is what the step left. */
bool again_may(struct again *a, const struct err *err);
