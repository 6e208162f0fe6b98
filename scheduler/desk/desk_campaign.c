#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/desk/desk_inner.h"
#include "scheduler/model/pool.h"
#include "xfer/base/buf.h"

/* Its time with the transit server begins, and costs what it costs today. */
static int begin_use(struct desk *d, const struct store_campaign *c, const struct store_transit *transit,
		     struct err *err)
{
	struct store_use use = { .campaign = c->id,
				 .since = d->actor.at,
				 .free_days = d->site->free_days,
				 .month_cents = c->month_cents,
				 .warned = -1 };
	memcpy(use.transit, transit->name, sizeof use.transit);
	return store_add_use(d->store, &use, err);
}

static int end_use(struct desk *d, const struct store_campaign *c, struct err *err)
{
	struct store_use use = { 0 };
	int status = store_find_use(d->store, &use, c->id, err);
	if (status)
		return status == -ENOENT ? 0 : status;
	use.until = d->actor.at;
	return store_set_use(d->store, &use, err);
}

/* What belongs to a new state; within the transaction. */
static int enter(struct desk *d, struct store_campaign *c, struct store_transit *transit, struct err *err)
{
	int status = 0;
	c->tries = c->tried = 0;
	c->stuck[0] = 0;
	if (c->state == CAMPAIGN_WAITING)
		c->waiting_since = d->actor.at;
	if (c->state == CAMPAIGN_OUT && !c->usable_since) {
		c->usable_since = d->actor.at;
		status = begin_use(d, c, transit, err);
	}
	bool gives_back = c->state == CAMPAIGN_RESTORING || c->state == CAMPAIGN_DONE;
	if (status || !gives_back || !transit->id)
		return status;
	transit->campaign = 0;
	transit->expected = -1;
	c->transit = 0;
	c->usable_since = c->state == CAMPAIGN_DONE ? c->usable_since : 0;
	status = end_use(d, c, err);
	return status ? status : store_set_transit(d->store, transit, err);
}

static int step(struct desk *d, struct store_campaign *c, enum campaign_event on, const char *cause,
		struct err *err)
{
	struct campaign_facts facts;
	struct store_transit transit = { 0 };
	enum campaign_state was = c->state;
	int status = desk_count(d, c, &facts, err);
	if (!status && (status = store_transit_of(d->store, &transit, c->id, err)) == -ENOENT)
		status = 0;
	if (status)
		return status;
	struct campaign_move m = campaign_next(was, on, &facts);
	if (!m.allowed)
		return err_say(err, -EPERM, "campaign %s is %s: %s", c->name, campaign_name(was), m.refused);
	c->state = m.to;
	if (m.to != was)
		status = enter(d, c, &transit, err);
	if (m.call_support) {
		c->tries++;
		c->tried = d->actor.at;
		snprintf(c->stuck, sizeof c->stuck, "%s", cause ? cause : "it failed");
	}
	if (on == CAMP_DIRTY && cause) /* what it waits for now is a person */
		snprintf(c->stuck, sizeof c->stuck, "%s", cause);
	return status ? status : store_set_campaign(d->store, c, err);
}

static bool follows_from_accounts(enum campaign_event on)
{
	return on == CAMP_ALL_AWAY || on == CAMP_ONE_BACK || on == CAMP_ALL_HOME || on == CAMP_ONE_AWAY ||
	       on == CAMP_ASSIGNED;
}

int desk_follow(struct desk *d, struct store_campaign *c, struct err *err)
{
	static const enum campaign_event on[] = { CAMP_ALL_AWAY, CAMP_ONE_BACK, CAMP_ALL_HOME,
						  CAMP_ONE_AWAY };
	struct campaign_facts facts;
	int status = desk_count(d, c, &facts, err);
	for (size_t i = 0; !status && i < sizeof on / sizeof *on; i++)
		if (campaign_next(c->state, on[i], &facts).allowed)
			return step(d, c, on[i], NULL, err);
	return status;
}

int desk_campaign(struct desk *d, const char *name, enum campaign_event on, const char *cause,
		  struct err *err)
{
	struct store_campaign c = { 0 };
	if (follows_from_accounts(on))
		return err_say(err, -EPERM, "campaign %s: this follows from its accounts, or from the line",
			       name);
	int status = store_begin(d->store, &d->actor, err);
	if (status)
		return status;
	status = store_find_campaign(d->store, &c, name, err);
	return desk_close(d, status ? status : step(d, &c, on, cause, err), err);
}

/* The pool as the model sees it; the rows behind it in the same order. */
struct line {
	struct store_transit *servers;
	struct store_campaign *waiters;
	struct pool_server *as_servers;
	struct pool_waiter *as_waiters;
	size_t server_count, waiter_count;
};

static void line_fini(struct line *l)
{
	free(l->servers);
	free(l->waiters);
	free(l->as_servers);
	free(l->as_waiters);
}

static int add_server(void *arg, const struct store_transit *t)
{
	struct line *l = arg;
	struct store_transit *grown = reallocarray(l->servers, l->server_count + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	l->servers = grown;
	grown[l->server_count++] = *t;
	return 0;
}

static int add_waiter(void *arg, const struct store_campaign *c)
{
	struct line *l = arg;
	if (c->state != CAMPAIGN_WAITING)
		return 0;
	struct store_campaign *grown = reallocarray(l->waiters, l->waiter_count + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	l->waiters = grown;
	grown[l->waiter_count++] = *c;
	return 0;
}

static int line_read(struct line *l, struct desk *d, struct err *err)
{
	int status = store_each_transit(d->store, add_server, l, err);
	if (!status)
		status = store_each_campaign(d->store, add_waiter, l, err);
	l->as_servers = calloc(l->server_count + 1, sizeof *l->as_servers);
	l->as_waiters = calloc(l->waiter_count + 1, sizeof *l->as_waiters);
	if (status == -ENOMEM || !l->as_servers || !l->as_waiters)
		return err_set(err, -ENOMEM, "transit servers");
	for (size_t i = 0; i < l->server_count; i++)
		l->as_servers[i] = (struct pool_server){ l->servers[i].configuration, !l->servers[i].campaign,
							 l->servers[i].expected };
	for (size_t i = 0; i < l->waiter_count; i++)
		l->as_waiters[i] = (struct pool_waiter){ l->waiters[i].configuration,
							 l->waiters[i].waiting_since };
	return status;
}

static struct pool_place place_of(const struct line *l, size_t waiter)
{
	struct pool pool = { l->as_servers, l->server_count, l->as_waiters, l->waiter_count };
	struct pool_place out;
	pool_place(&out, &pool, waiter);
	return out;
}

/* Within the transaction. */
static int give(struct desk *d, struct store_transit *t, struct store_campaign *c, struct err *err)
{
	t->campaign = c->id;
	int status = store_set_transit(d->store, t, err);
	c->transit = t->id;
	return status ? status : step(d, c, CAMP_ASSIGNED, NULL, err);
}

int desk_assign(struct desk *d, size_t *given, struct err *err)
{
	AUTO(line_fini) struct line l = { 0 };
	*given = 0;
	int status = store_begin(d->store, &d->actor, err);
	if (status)
		return status;
	status = line_read(&l, d, err);
	for (size_t i = 0; !status && i < l.waiter_count; i++) {
		/* of the line as it was: each has a server of its own */
		struct pool_place p = place_of(&l, i);
		if (p.server == SIZE_MAX)
			continue;
		status = give(d, &l.servers[p.server], &l.waiters[i], err);
		*given += !status;
	}
	return desk_close(d, status, err);
}

int desk_place(struct desk *d, const char *campaign, struct pool_place *out, struct err *err)
{
	AUTO(line_fini) struct line l = { 0 };
	int status = line_read(&l, d, err);
	for (size_t i = 0; !status && i < l.waiter_count; i++)
		if (!strcmp(l.waiters[i].name, campaign)) {
			*out = place_of(&l, i);
			return 0;
		}
	return status ? status
		      : err_say(err, -ENOENT, "campaign %s does not wait for a transit server", campaign);
}

int desk_billed(struct desk *d, const struct store_use *use, int64_t days_left, struct err *err)
{
	struct store_use now = *use;
	int status = store_begin(d->store, &d->actor, err);
	now.warned = days_left;
	return status ? status : desk_close(d, store_set_use(d->store, &now, err), err);
}
