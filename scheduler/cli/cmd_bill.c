#include <stdio.h>
#include <string.h>

#include "scheduler/cli/cmd.h"
#include "scheduler/model/bill.h"

struct sum {
	struct session *s;
	int64_t campaign; /* 0: all */
	int64_t days, cents;
};

static const char *day_text(char out[static TELL_MOMENT], const struct calendar_date *d)
{
	snprintf(out, TELL_MOMENT, "%04d-%02u-%02u", d->year, d->month, d->day);
	return out;
}

static void show(struct tell *t, const struct store_campaign *c, const struct store_use *u,
		 const struct bill_terms *terms, const struct bill *b)
{
	char from[TELL_MOMENT], first[TELL_MOMENT], until[TELL_MOMENT];
	day_text(from, &terms->from);
	day_text(first, &b->first);
	tell_time(until, u->until);
	until[10] = 0;
	tell_begin(t, "use", NULL);
	if (t->json) {
		tell_text(t, "campaign", c->name);
		tell_text(t, "transit", u->transit);
		tell_text(t, "from", from);
		tell_text(t, "until", u->until ? until : NULL);
		tell_whole(t, "free_days", u->free_days);
		tell_text(t, "paid_from", first);
		tell_whole(t, "month_cents", u->month_cents);
		tell_whole(t, "days", b->days);
		tell_whole(t, "cents", b->cents);
	}
	tell_line(
		t,
		"%-20s %-20s from %s until %s, paid from %s on: %lld days at %lld.%02lld a month: %lld.%02lld",
		c->name, u->transit, from, u->until ? until : "today", first, (long long)b->days,
		(long long)u->month_cents / 100, (long long)u->month_cents % 100, (long long)b->cents / 100,
		(long long)b->cents % 100);
	tell_end(t);
}

/* Days are those of the campaign's time zone. */
static int each(void *arg, const struct store_use *u)
{
	struct sum *sum = arg;
	struct session *s = sum->s;
	AUTO(calendar_freep) struct calendar *zone = NULL;
	struct store_campaign c = { 0 };
	struct bill b;
	if (sum->campaign && u->campaign != sum->campaign)
		return 0;
	int r = store_get_campaign(s->desk.store, &c, u->campaign, &s->err);
	if (!r)
		r = calendar_new(&zone, c.zone, &s->err);
	if (r)
		return r;
	struct calendar_date until = calendar_date(zone, u->until ? u->until : s->desk.actor.at);
	struct bill_terms terms = { calendar_date(zone, u->since), (unsigned)u->free_days, u->month_cents };
	bill_make(&b, &terms, &until);
	show(&s->tell, &c, u, &terms, &b);
	sum->days += b.days;
	sum->cents += b.cents;
	return 0;
}

int cmd_bill(struct session *s)
{
	struct sum sum = { .s = s };
	struct store_campaign c = { 0 };
	int r = session_operand(s) ? store_find_campaign(s->desk.store, &c, session_operand(s), &s->err) : 0;
	sum.campaign = c.id;
	if (!r)
		r = store_each_use(s->desk.store, each, &sum, &s->err);
	if (r)
		return r;
	tell_begin(&s->tell, "sum", NULL);
	if (s->tell.json) {
		tell_whole(&s->tell, "days", sum.days);
		tell_whole(&s->tell, "cents", sum.cents);
	}
	tell_line(&s->tell, "sum: %lld days, %lld.%02lld", (long long)sum.days, (long long)sum.cents / 100,
		  (long long)sum.cents % 100);
	tell_end(&s->tell);
	return 0;
}
