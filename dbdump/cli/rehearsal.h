/* rehearsal.h - what a copy onto a test server came to: what preflight said before it, how much it was, how long it took, how it ended;
 * and how that is told. Owns all but options and ends; all zeros is an empty one. */
#pragma once
#include "dbdump/cli/ends.h"
#include "dbdump/cli/sizes.h"
#include "dbdump/cli/totals.h"
#include "dbdump/findings.h"
#include "dbdump/report.h"
#include "xfer/base/event.h"
#include "xfer/base/line.h"

/* Of the event `rehearsal`: another one when a member means something else or is gone. */
enum { REHEARSAL_FORMAT = 1 };

struct rehearsal {
	const struct options *options;
	const struct ends *ends;
	struct findings found;
	double preflight_s;
	struct sizes sizes; /* of the source */
	struct report report;
};

void rehearsal_fini(struct rehearsal *r);
/* Begins the event `rehearsal` and fills it; the caller ends it. */
void rehearsal_event(struct event *e, const struct rehearsal *r, const struct totals *t);
/* For people, what the report does not say: seconds a gigabyte. */
void rehearsal_text(struct line *to, const struct rehearsal *r, const struct totals *t);
