/* ticker.h - how a run gets on, told while it does: to a person as a line that is redrawn, or where there is no terminal as
 * lines; to a program as events.
 *
 * It limits itself: to five times a second, or to one where lines are kept. The last of a phase is always told, as that is
 * where the phase ended. One owner; lines and event are borrowed, and are the owner's to open and close. */
#pragma once
#include "xfer/base/event.h"
#include "xfer/base/line.h"
#include "xfer/base/meter.h"
#include "xfer/base/progress.h"

struct ticker {
	/* set by the owner */
	struct line *people;	 /* NULL: no person is told */
	bool redraws;		 /* what people see is a terminal, on standard error */
	struct event *event;	 /* NULL: no program is told */
	struct line *earlier[2]; /* what these hold back is sent first; NULL: none */

	/* its own, zeros at the beginning */
	struct meter meter;
	uint64_t told_at;     /* clock_now of the last one told; 0 none yet */
	struct progress last; /* that came; its phase is NULL when it was told */
	size_t drawn;	      /* width of the line that stands on the terminal */
};

/* Call as often as you like. 0, or what event_end said. */
int ticker_feed(struct ticker *t, const struct progress *p);
/* Tells the last progress if that was held back. Likewise. */
int ticker_last(struct ticker *t);
/* Takes the line off the terminal, before something else is written there. */
void ticker_clear(struct ticker *t);
