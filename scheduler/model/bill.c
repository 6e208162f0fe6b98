#include "scheduler/model/bill.h"

void bill_make(struct bill *out, const struct bill_terms *t, const struct calendar_date *until)
{
	struct calendar_date day = calendar_plus(&t->from, t->free_days);
	int64_t left = calendar_days(&day, until) + 1;
	*out = (struct bill){ .first = day, .days = left > 0 ? left : 0 };
	while (left > 0) {
		int64_t month = calendar_month_days(&day), days = month - day.day + 1;
		days = days < left ? days : left;
		out->cents += (2 * t->month_cents * days + month) / (2 * month);
		day = calendar_plus(&day, days);
		left -= days;
	}
}

int64_t bill_days_left(const struct bill_terms *t, const struct calendar_date *today)
{
	return t->free_days - calendar_days(&t->from, today);
}

bool bill_warns(const struct bill_terms *t, const struct calendar_date *today)
{
	int64_t left = bill_days_left(t, today);
	return left == 7 || left == 3 || left == 1;
}
