/* report_event.h - the report as the event `report`, and a failure as its members. Pure but for the event's line. */
#pragma once
#include "dbdump/cli/totals.h"
#include "dbdump/report.h"
#include "xfer/base/event.h"

enum { REPORT_EVENT_LIST = 1000 }; /* of tables, objects and failures; all of them are counted */

/* item, error, errno: of the event `failure`, and of each in the report's list. */
void report_event_failure(struct event *e, const struct failure *f);

/* The seconds of each phase, and all of them as total, divided by of. Keys are the phases' names with _ for a space. */
void report_event_phases(struct event *e, const struct report *r, double of);

/* verb: "copy", "verify" or "rehearse". All that the event `report` has, into an object that is open. */
void report_event_members(struct event *e, const char *verb, const struct report *r, const struct totals *t);
/* 0 or -errno; see event_end. */
int report_event(struct event *e, const char *verb, const struct report *r, const struct totals *t);
