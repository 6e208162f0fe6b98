#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/cli/cmd.h"
#include "scheduler/cli/look.h"
#include "scheduler/cli/next.h"

struct view {
	struct session *s;
	const struct store_campaign *campaign;
};

static void tell_next(struct tell *t, const struct next *next, size_t count)
{
	if (t->json)
		event_open_array(&t->event, "next");
	for (size_t i = 0; i < count; i++) {
		if (t->json) {
			event_open(&t->event, NULL);
			event_text(&t->event, "command", next[i].command);
			event_text(&t->event, "who", next[i].who);
			event_close(&t->event);
		} else {
			tell_line(t, "      %s: scheduler %s", next[i].who, next[i].command);
		}
	}
	if (t->json)
		event_close(&t->event);
}

static void tell_account(struct view *v, const struct store_account *a, const struct store_cutover *c)
{
	struct tell *t = &v->s->tell;
	char when[TELL_MOMENT], text[STORE_NAME] = "";
	if (c)
		snprintf(text, sizeof text, ", cutover to %.60s %s, from %s on for %lld s", c->to,
			 cutover_name(c->state), tell_time(when, c->started ? c->started : c->planned),
			 (long long)c->window_s);
	tell_line(t, "    %-24s %s%s", a->name, account_name(a->state), text);
	if (c && c->stuck[0])
		tell_line(t, "      STUCK: %s", c->stuck);
	if (a->precopy_cause[0])
		tell_line(t, "      copying ahead failed: %s", a->precopy_cause);
}

static int each_account(void *arg, const struct store_account *a)
{
	struct view *v = arg;
	struct tell *t = &v->s->tell;
	struct store_cutover c;
	struct next next[2 * NEXT_MOST];
	int has = look_cutover(v->s, a->id, &c);
	if (has < 0)
		return has;
	size_t n = next_account(next, a->state, v->campaign->state);
	if (has)
		n += next_cutover(next + n, c.state);
	if (t->json) {
		tell_begin(t, "account", NULL);
		tell_text(t, "campaign", v->campaign->name);
		tell_text(t, "name", a->name);
		tell_text(t, "state", account_name(a->state));
		tell_text(t, "cutover", has ? cutover_name(c.state) : NULL);
		tell_moment(t, "planned", has ? c.planned : 0);
		tell_moment(t, "started", has ? c.started : 0);
		tell_whole(t, "window_s", has ? c.window_s : 0);
		tell_text(t, "stuck", has ? c.stuck : NULL);
		tell_text(t, "precopy_cause", a->precopy_cause);
	} else {
		tell_account(v, a, has ? &c : NULL);
	}
	tell_next(t, next, n);
	tell_end(t);
	return 0;
}

static int each_campaign(void *arg, const struct store_campaign *c)
{
	struct session *s = arg;
	struct view v = { s, c };
	struct campaign_facts facts;
	struct next next[NEXT_MOST];
	char place[STORE_NAME], step[STORE_NAME];
	int r = look_count(s, c, &facts);
	if (!r)
		r = look_place(s, c, place);
	if (r)
		return r;
	tell_begin(&s->tell, "campaign", NULL);
	if (s->tell.json) {
		tell_text(&s->tell, "name", c->name);
		tell_text(&s->tell, "state", campaign_name(c->state));
		tell_whole(&s->tell, "step", campaign_step(c->state));
		tell_text(&s->tell, "in_line", place);
		tell_text(&s->tell, "stuck", c->stuck);
	}
	tell_line(&s->tell, "campaign %s: %s%s%s", c->name, look_step(step, c->state), place[0] ? ", " : "",
		  place);
	if (c->stuck[0])
		tell_line(&s->tell, "      STUCK: %s", c->stuck);
	tell_next(&s->tell, next, next_campaign(next, c->state, &facts));
	tell_end(&s->tell);
	return store_each_account(s->desk.store, c->id, each_account, &v, &s->err);
}

int cmd_status(struct session *s)
{
	struct store_campaign c = { 0 };
	int r = store_look(s->desk.store, &s->err);
	if (r)
		return r;
	if (!session_operand(s))
		r = store_each_campaign(s->desk.store, each_campaign, s, &s->err);
	else if (!(r = store_find_campaign(s->desk.store, &c, session_operand(s), &s->err)))
		r = each_campaign(s, &c);
	store_abort(s->desk.store);
	return r;
}
