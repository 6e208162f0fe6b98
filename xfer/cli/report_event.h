/* report_event.h - the report as the last event of a run. Pure but for the event it writes. */
#pragma once
#include <stddef.h>

#include "xfer/base/event.h"
#include "xfer/tree/report.h"

/* A failure as it is kept for the report. Owns both strings. */
struct failure {
	char *item, *error;
	size_t len; /* of item, which may hold any byte */
	int errnum;
};

/* The members of one failure, into whichever object is open. */
void report_event_failure(struct event *e, const char *item, size_t len, const char *error, int errnum);

/* The whole event. total: how many failures there were, of which count were kept. 0 or -errno. */
int report_event(struct event *e, const char *verb, const struct report *r, const struct failure *failures,
		 size_t count, size_t total);
