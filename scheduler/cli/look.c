#include "scheduler/cli/look.h"

#include <errno.h>
#include <stdio.h>

#include "scheduler/model/pool.h"

static int count_one(void *arg, const struct store_account *a)
{
	account_count(arg, a->state);
	return 0;
}

int look_count(struct session *s, const struct store_campaign *c, struct campaign_facts *out)
{
	*out = (struct campaign_facts){ 0 };
	return store_each_account(s->desk.store, c->id, count_one, out, &s->err);
}

int look_cutover(struct session *s, int64_t account, struct store_cutover *out)
{
	int r = store_find_cutover(s->desk.store, out, account, &s->err);
	return r ? r == -ENOENT ? 0 : r : 1;
}

int look_place(struct session *s, const struct store_campaign *c, char out[static STORE_NAME])
{
	struct pool_place p;
	char day[TELL_MOMENT];
	out[0] = 0;
	if (c->state != CAMPAIGN_WAITING)
		return 0;
	int r = desk_place(&s->desk, c->name, &p, &s->err);
	if (r)
		return r;
	if (p.server != SIZE_MAX)
		snprintf(out, STORE_NAME, "a transit server is free for it");
	else
		snprintf(out, STORE_NAME, "%zu before it, expected %s", p.before, tell_day(day, p.expected));
	return 0;
}

const char *look_step(char out[static STORE_NAME], enum campaign_state state)
{
	unsigned step = campaign_step(state);
	if (step)
		snprintf(out, STORE_NAME, "%s (step %u)", campaign_name(state), step);
	else
		snprintf(out, STORE_NAME, "%s", campaign_name(state));
	return out;
}
