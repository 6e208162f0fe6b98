/* report_event.h - the report as the event `report`, and a failure as its members. Pure but for the event's line. */
#pragma once
#include "dbdump/cli/totals.h"
#include "dbdump/report.h"
#include "xfer/base/event.h"

enum { REPORT_EVENT_LIST = 1000 }; /* of tables, objects and failures; all of them are counted */

/* item, error, errno: of the event `failure`, and of each in the report's list. */
void report_event_failure(struct event *e, const struct failure *f);

/* verb: "copy" or "verify". 0 or -errno; see event_end. */
int report_event(struct event *e, const char *verb, const struct report *r, const struct totals *t);
