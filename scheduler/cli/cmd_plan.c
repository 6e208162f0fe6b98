#include "scheduler/cli/cmd.h"

static int show(void *arg, const struct store_cutover *c)
{
	struct session *s = arg;
	struct tell *t = &s->tell;
	struct store_account a = { 0 };
	struct store_campaign campaign = { 0 };
	char from[TELL_MOMENT], until[TELL_MOMENT];
	int64_t start = c->started ? c->started : c->planned;
	int r = store_get_account(s->desk.store, &a, c->account, &s->err);
	if (!r)
		r = store_get_campaign(s->desk.store, &campaign, a.campaign, &s->err);
	if (r)
		return r;
	tell_begin(t, "cutover", NULL);
	if (t->json) {
		tell_text(t, "campaign", campaign.name);
		tell_text(t, "account", a.name);
		tell_text(t, "from", c->from);
		tell_text(t, "to", c->to);
		tell_text(t, "state", cutover_name(c->state));
		tell_moment(t, "planned", c->planned);
		tell_moment(t, "started", c->started);
		tell_whole(t, "window_s", c->window_s);
		tell_moment(t, "latest_end", start + c->window_s);
		tell_text(t, "stuck", c->stuck);
	}
	tell_line(t, "%s until %s  %s/%s  %s to %s: %s%s%s", tell_time(from, start),
		  tell_time(until, start + c->window_s), campaign.name, a.name, c->from, c->to,
		  cutover_name(c->state), c->stuck[0] ? "; STUCK: " : "", c->stuck);
	tell_end(t);
	return 0;
}

int cmd_plan(struct session *s)
{
	int r = store_look(s->desk.store, &s->err);
	if (r)
		return r;
	r = store_each_cutover(s->desk.store, show, s, &s->err);
	store_abort(s->desk.store);
	return r;
}
