#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/cli/cmd.h"
#include "scheduler/cli/look.h"

static int show(struct session *s, const struct store_campaign *c)
{
	struct tell *t = &s->tell;
	struct campaign_facts facts;
	struct store_transit transit = { 0 };
	char place[STORE_NAME];
	int r = look_count(s, c, &facts);
	if (!r)
		r = look_place(s, c, place);
	if (!r && (r = store_transit_of(s->desk.store, &transit, c->id, &s->err)) == -ENOENT)
		r = 0;
	if (r)
		return r;
	tell_begin(t, "campaign", c->name);
	if (t->json)
		tell_text(t, "name", c->name);
	tell_text(t, "state", campaign_name(c->state));
	tell_whole(t, "step", campaign_step(c->state));
	tell_text(t, "server", c->server);
	tell_text(t, "configuration", c->configuration);
	tell_text(t, "zone", c->zone);
	tell_whole(t, "month_cents", c->month_cents);
	tell_text(t, "transit", transit.name);
	tell_text(t, "in_line", place);
	tell_moment(t, "waiting_since", c->waiting_since);
	tell_moment(t, "usable_since", c->usable_since);
	tell_whole(t, "accounts", (int64_t)facts.accounts);
	tell_whole(t, "ready", (int64_t)facts.ready);
	tell_whole(t, "away", (int64_t)facts.away);
	tell_whole(t, "confirmed", (int64_t)facts.confirmed);
	tell_whole(t, "home", (int64_t)facts.home);
	tell_whole(t, "cutovers", (int64_t)facts.cutovers);
	tell_text(t, "stuck", c->stuck);
	tell_end(t);
	return 0;
}

static int show_named(struct session *s, const char *name)
{
	struct store_campaign c = { 0 };
	int r = store_find_campaign(s->desk.store, &c, name, &s->err);
	return r ? r : show(s, &c);
}

int cmd_campaign_add(struct session *s)
{
	const struct options *o = s->o;
	struct store_campaign c = { .month_cents = o->month_cents };
	const char *zone = o->zone ? o->zone : s->site.zone;
	int r = session_check_name("campaign", session_operand(s), &s->err);
	if (r)
		return r;
	if (strlen(zone) >= sizeof c.zone || strlen(o->server) >= sizeof c.server ||
	    (o->configuration && strlen(o->configuration) >= sizeof c.configuration))
		return err_say(&s->err, -EINVAL, "campaign %s: a value is longer than %d bytes",
			       session_operand(s), STORE_NAME - 1);
	snprintf(c.name, sizeof c.name, "%s", session_operand(s));
	snprintf(c.server, sizeof c.server, "%s", o->server);
	snprintf(c.zone, sizeof c.zone, "%s", zone);
	snprintf(c.configuration, sizeof c.configuration, "%s", o->configuration ? o->configuration : "");
	r = desk_add_campaign(&s->desk, &c, &s->err);
	return r ? r : show(s, &c);
}

int cmd_campaign_event(struct session *s)
{
	const char *name = session_operand(s);
	int r = desk_campaign(&s->desk, name, (enum campaign_event)s->command->event, NULL, &s->err);
	return r ? r : show_named(s, name);
}

int cmd_campaign_show(struct session *s)
{
	return show_named(s, session_operand(s));
}

static int list(void *arg, const struct store_campaign *c)
{
	struct session *s = arg;
	struct campaign_facts f;
	char step[STORE_NAME];
	if (s->tell.json)
		return show(s, c);
	int r = look_count(s, c, &f);
	if (!r)
		tell_line(&s->tell, "%-20s %-20s %-20s %zu accounts, %zu away, %zu home%s%s", c->name,
			  c->server, look_step(step, c->state), f.accounts, f.away, f.home,
			  c->stuck[0] ? "; STUCK: " : "", c->stuck);
	return r;
}

int cmd_campaign_list(struct session *s)
{
	return store_each_campaign(s->desk.store, list, s, &s->err);
}
