#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/cli/cmd.h"
#include "scheduler/cli/look.h"
#include "scheduler/model/pool.h"

/* A day as people write it, in days since 1970. */
static int read_day(int64_t *out, const char *text, struct err *err)
{
	char moment[STORE_NAME];
	int64_t at;
	snprintf(moment, sizeof moment, "%.60sT00:00Z", text);
	if (strlen(text) != 10 || session_moment(&at, "expected", moment, NULL))
		return err_say(err, -EINVAL, "option --expected: \"%s\" is no day as in 2026-12-24", text);
	*out = at / 86400;
	return 0;
}

static int show(void *arg, const struct store_transit *transit)
{
	struct session *s = arg;
	struct tell *t = &s->tell;
	struct store_campaign c = { 0 };
	char day[TELL_MOMENT];
	int r = transit->campaign ? store_get_campaign(s->desk.store, &c, transit->campaign, &s->err) : 0;
	if (r)
		return r;
	tell_day(day, transit->expected);
	tell_begin(t, "transit", NULL);
	if (t->json) {
		tell_text(t, "name", transit->name);
		tell_text(t, "configuration", transit->configuration);
		tell_text(t, "campaign", c.name);
		tell_text(t, "expected", transit->expected < 0 ? NULL : day);
	}
	if (transit->campaign)
		tell_line(t, "%-20s %-40s %s's, expected to be free: %s", transit->name,
			  transit->configuration, c.name, day);
	else
		tell_line(t, "%-20s %-40s free", transit->name, transit->configuration);
	tell_end(t);
	return 0;
}

static int show_waiter(void *arg, const struct store_campaign *c)
{
	struct session *s = arg;
	struct tell *t = &s->tell;
	struct pool_place p;
	char day[TELL_MOMENT], place[STORE_NAME];
	if (c->state != CAMPAIGN_WAITING)
		return 0;
	int r = desk_place(&s->desk, c->name, &p, &s->err);
	if (!r)
		r = look_place(s, c, place);
	if (r)
		return r;
	tell_begin(t, "waiting", NULL);
	if (t->json) {
		tell_text(t, "campaign", c->name);
		tell_text(t, "configuration", c->configuration);
		tell_moment(t, "since", c->waiting_since);
		tell_flag(t, "served", p.server != SIZE_MAX);
		tell_whole(t, "before", (int64_t)p.before);
		tell_text(t, "expected", p.expected < 0 ? NULL : tell_day(day, p.expected));
	}
	tell_line(t, "waiting: %-20s %-31s %s", c->name, c->configuration, place);
	tell_end(t);
	return 0;
}

int cmd_transit_add(struct session *s)
{
	struct store_transit t = { .expected = POOL_UNKNOWN };
	const char *configuration = s->o->configuration ? s->o->configuration : "";
	if (strlen(session_operand(s)) >= sizeof t.name || strlen(configuration) >= sizeof t.configuration)
		return err_say(&s->err, -EINVAL, "transit server: longer than %d bytes", STORE_NAME - 1);
	int r = s->o->expected ? read_day(&t.expected, s->o->expected, &s->err) : 0;
	snprintf(t.name, sizeof t.name, "%s", session_operand(s));
	snprintf(t.configuration, sizeof t.configuration, "%s", configuration);
	if (!r)
		r = desk_add_transit(&s->desk, &t, &s->err);
	return r ? r : show(s, &t);
}

int cmd_transit_set(struct session *s)
{
	struct store_transit t = { 0 };
	int64_t day = POOL_UNKNOWN;
	int r = s->o->expected ? read_day(&day, s->o->expected, &s->err) : 0;
	if (!r)
		r = desk_expect(&s->desk, session_operand(s), day, &s->err);
	if (!r)
		r = store_find_transit(s->desk.store, &t, session_operand(s), &s->err);
	return r ? r : show(s, &t);
}

int cmd_transit_list(struct session *s)
{
	int r = store_look(s->desk.store, &s->err);
	if (r)
		return r;
	r = store_each_transit(s->desk.store, show, s, &s->err);
	if (!r)
		r = store_each_campaign(s->desk.store, show_waiter, s, &s->err);
	store_abort(s->desk.store);
	return r;
}
