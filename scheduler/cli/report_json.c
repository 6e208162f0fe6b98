#include "scheduler/cli/report.h"

#include "xfer/base/clock.h"

static void campaign(struct tell *t, const struct store_campaign *c, const char *transit)
{
	tell_begin(t, "campaign", NULL);
	tell_text(t, "name", c->name);
	tell_text(t, "state", campaign_name(c->state));
	tell_whole(t, "step", campaign_step(c->state));
	tell_text(t, "server", c->server);
	tell_text(t, "transit", transit);
	tell_end(t);
}

static void account(struct tell *t, const struct report_account *a)
{
	tell_begin(t, "account", NULL);
	tell_text(t, "campaign", a->campaign->name);
	tell_text(t, "name", a->account->name);
	tell_text(t, "state", account_name(a->account->state));
	tell_end(t);
}

static void cutover(struct tell *t, const struct report_account *a, const struct store_cutover *c)
{
	int64_t down = report_down_s(c);
	tell_begin(t, "cutover", NULL);
	tell_text(t, "campaign", a->campaign->name);
	tell_text(t, "account", a->account->name);
	tell_text(t, "from", c->from);
	tell_text(t, "to", c->to);
	tell_text(t, "state", cutover_name(c->state));
	tell_moment(t, "planned", c->planned);
	tell_moment(t, "started", c->started);
	tell_moment(t, "ended", c->ended);
	tell_whole(t, "window_s", c->window_s);
	tell_whole(t, "extended_s", c->extended_s);
	if (down < 0)
		event_null(&t->event, "down_s");
	else
		tell_whole(t, "down_s", down);
	tell_text(t, "cause", c->cause);
	tell_text(t, "stuck", c->stuck);
	event_open_array(&t->event, "phases");
}

static void phase(struct tell *t, const struct store_phase *p)
{
	char when[CLOCK_TEXT];
	struct timespec began = { .tv_sec = p->began_ms / 1000, .tv_nsec = p->began_ms % 1000 * 1000000 };
	event_open(&t->event, NULL);
	event_text(&t->event, "name", p->name);
	event_text(&t->event, "began", clock_format(when, began));
	event_double(&t->event, "seconds", p->seconds);
	event_i64(&t->event, "bytes", p->bytes);
	event_bool(&t->event, "ok", p->ok);
	event_text(&t->event, "detail", p->detail);
	event_close(&t->event);
}

static void cutover_end(struct tell *t)
{
	event_close(&t->event);
	tell_end(t);
}

static void unfinished(struct tell *t, const struct report_account *a, const struct store_cutover *c)
{
	tell_begin(t, "unfinished", NULL);
	tell_text(t, "campaign", a->campaign->name);
	tell_text(t, "account", a->account->name);
	tell_text(t, "state", account_name(a->account->state));
	tell_text(t, "cutover", c ? cutover_name(c->state) : NULL);
	tell_end(t);
}

static void totals(struct tell *t, const struct report_totals *sum)
{
	tell_begin(t, "totals", NULL);
	tell_text(t, "campaign", sum->campaign);
	tell_whole(t, "accounts", (int64_t)sum->accounts);
	tell_whole(t, "done", (int64_t)sum->done);
	tell_whole(t, "rolled_back", (int64_t)sum->rolled_back);
	tell_whole(t, "cancelled", (int64_t)sum->cancelled);
	tell_whole(t, "not_ended", (int64_t)sum->unfinished);
	tell_whole(t, "late", (int64_t)sum->late);
	tell_whole(t, "down_s", sum->down_s);
	tell_whole(t, "longest_s", sum->longest_s);
	tell_text(t, "longest", sum->longest);
	tell_end(t);
}

const struct report_pen report_json_pen = {
	campaign, account, cutover, phase, cutover_end, unfinished, totals
};
