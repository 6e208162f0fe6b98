/* bill.h - what the transit server costs: nothing for so many days, then the client server's price, day by day.
 *
 * Money is in cents. Pure: no clock, no store, cannot fail. Any thread. */
#pragma once
#include <stdint.h>

#include "scheduler/model/calendar.h"

enum { BILL_FREE_DAYS = 14 };

struct bill_terms {
	struct calendar_date
		from; /* the day on which the client could use it first; it is the first free one */
	unsigned free_days;
	int64_t month_cents; /* what the client's own server costs in a month, whatever its number of days */
};

struct bill {
	struct calendar_date first; /* day that is to be paid for */
	int64_t days;		    /* to be paid for */
	int64_t cents; /* each month's days are summed up, and rounded to the cent, halves upwards */
};

/* until: the last day of use, or today. */
void bill_make(struct bill *out, const struct bill_terms *t, const struct calendar_date *until);
/* Days that are free from today on, today among them; 0 or less: it is paid for. */
int64_t bill_days_left(const struct bill_terms *t, const struct calendar_date *today);
/* Is this a day on which client and support are told so: 7, 3 and 1 days before it has to be paid for? */
bool bill_warns(const struct bill_terms *t, const struct calendar_date *today);
