#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scheduler/desk/desk_inner.h"
#include "xfer/base/buf.h"

enum { SAMPLES_MOST = 100 }; /* the newest ones; what was long ago says little */

int desk_servers(struct desk *d, const struct desk_case *k, enum account_state moving,
		 struct store_cutover *out, struct err *err)
{
	struct store_transit t = { 0 };
	int status = store_transit_of(d->store, &t, k->campaign.id, err);
	if (status == -ENOENT)
		status = err_say(err, -EPERM, "campaign %s has no transit server", k->campaign.name);
	bool leaves = account_place(moving) != PLACE_TRANSIT;
	memcpy(out->from, leaves ? k->campaign.server : t.name, STORE_NAME);
	memcpy(out->to, leaves ? t.name : k->campaign.server, STORE_NAME);
	return status;
}

/* The state in which its cutover would be. -EPERM */
static int moving_state(const struct desk_case *k, bool back, enum account_state *out, struct err *err)
{
	if (account_in_cutover(k->account.state)) {
		*out = k->account.state;
		return 0;
	}
	/* what it will be like can be asked before it is allowed */
	for (unsigned s = 0; s < CAMPAIGN_STATES; s++) {
		struct account_move m = account_next(k->account.state, back ? ACC_PLAN_BACK : ACC_PLAN, s);
		if (m.allowed) {
			*out = m.to;
			return 0;
		}
	}
	return err_say(err, -EPERM, "account %s is %s: no cutover starts from there", k->account.name,
		       account_name(k->account.state));
}

struct measured {
	double at[5 + 2 * ENGINES][SAMPLES_MOST];
	size_t used;
};

static void measured_freep(struct measured **m)
{
	free(*m);
}

static int samples(struct desk *d, struct measured *m, unsigned kind, const struct store_cutover *pair,
		   struct window_samples *out, struct err *err)
{
	out->at = m->at[m->used];
	int status = store_samples(d->store, kind, pair, m->at[m->used], SAMPLES_MOST, &out->count, err);
	out->rehearsed = !status && !out->count;
	if (out->rehearsed)
		status = store_rehearsals(d->store, kind, pair->from, m->at[m->used], SAMPLES_MOST,
					  &out->count, err);
	m->used++;
	return status;
}

static int all_samples(struct desk *d, struct measured *m, const struct store_cutover *pair,
		       struct window_input *in, struct err *err)
{
	int status = samples(d, m, SAMPLE_FREEZE, pair, &in->freeze.taken, err);
	if (!status)
		status = samples(d, m, SAMPLE_SWITCH, pair, &in->switching.taken, err);
	if (!status)
		status = samples(d, m, SAMPLE_THAW, pair, &in->thaw.taken, err);
	for (unsigned e = 0; !status && e < ENGINES; e++) {
		status = samples(d, m, SAMPLE_RATE + e, pair, &in->databases[e].rate, err);
		if (!status)
			status = samples(d, m, SAMPLE_VERIFY + e, pair, &in->databases[e].verify, err);
	}
	return status;
}

/* Of k's cutover, of which the servers are known. */
static int estimate(struct desk *d, const struct desk_case *k, enum account_state moving,
		    const struct store_cutover *pair, struct window *out, struct err *err)
{
	AUTO(measured_freep) struct measured *m = calloc(1, sizeof *m);
	if (!m)
		return err_set(err, -ENOMEM, "estimate");
	struct window_input in = {
		.freeze.rule = d->site->freeze_s,
		.switching.rule = d->site->switch_s,
		.thaw.rule = d->site->thaw_s,
		.files_rule = d->site->files_s,
		.precopy = { k->account.precopy_s >= 0, k->account.precopy_s, k->account.precopy_scan_s },
		.factor = d->site->factor,
		.least = d->site->least_s,
	};
	for (unsigned e = 0; e < ENGINES; e++) {
		/* not measured is not empty */
		if (k->account.bytes[e] < 0)
			return err_say(err, -EPERM,
				       "account %s: how large its databases are was not measured yet",
				       k->account.name);
		in.databases[e].bytes = (uint64_t)k->account.bytes[e];
	}
	int64_t first = 0;
	int status = all_samples(d, m, pair, &in, err);
	if (!status && moving == ACCOUNT_HOMING) {
		status = store_first_outage(d->store, k->account.id, &first, err);
		in.least = fmax(in.least, (double)first);
	}
	if (!status)
		window_estimate(out, &in);
	return status;
}

int desk_estimate(struct desk *d, const struct desk_account *who, bool back, struct window *out,
		  struct err *err)
{
	struct desk_case k;
	struct store_cutover pair = { 0 };
	enum account_state moving = ACCOUNT_LEAVING;
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	status = moving_state(&k, back, &moving, err);
	/* before there is a transit server nothing but a rehearsal was measured */
	memcpy(pair.from, k.campaign.server, STORE_NAME);
	if (!status && k.campaign.transit)
		status = desk_servers(d, &k, moving, &pair, err);
	if (!status)
		status = estimate(d, &k, moving, &pair, out, err);
	store_abort(d->store); /* nothing was changed */
	return status;
}

/* The others' windows. */
struct planned {
	struct store_cutover *rows;
	struct limits_window *windows;
	size_t count;
	int64_t except; /* this cutover, which is about to be moved */
	int64_t slack;	/* so much later one that has not started may be */
};

static void planned_fini(struct planned *p)
{
	free(p->rows);
	free(p->windows);
}

static int add_planned(void *arg, const struct store_cutover *c)
{
	struct planned *p = arg;
	/* what is served where it went to is no burden but for late mail */
	if (c->id == p->except || cutover_arrived(c->state))
		return 0;
	struct store_cutover *grown = reallocarray(p->rows, p->count + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	p->rows = grown;
	grown[p->count++] = *c;
	return 0;
}

static int planned_read(struct planned *p, struct desk *d, struct err *err)
{
	int status = store_each_cutover(d->store, add_planned, p, err);
	p->windows = calloc(p->count + 1, sizeof *p->windows);
	if (status == -ENOMEM || !p->windows)
		return err_set(err, -ENOMEM, "cutovers");
	for (size_t i = 0; i < p->count; i++) {
		const struct store_cutover *c = &p->rows[i];
		/* one that runs late is there until it has ended */
		int64_t start = c->started ? c->started : c->planned;
		int64_t until = start + c->window_s + (c->started ? 0 : p->slack);
		p->windows[i] = (struct limits_window){ c->from, c->to, start,
							until > d->actor.at ? until : d->actor.at + 1 };
	}
	return status;
}

static const char *limit_name(enum limits_hit hit)
{
	return hit == LIMIT_ALL ? "all" : hit == LIMIT_SERVER ? "server" : "pair";
}

struct search {
	const struct calendar *hours;
	const struct planned *others;
	struct limits limits;
	struct limits_window wanted; /* start: from then on */
	int64_t seconds;
};

/* The next start that hours and limits allow, in wanted. -ENOSPC: none, and *longest is the longest time at a stretch. *hit: the
 * limit that the first one met. */
static int search(struct search *s, enum limits_hit *hit, int64_t *longest)
{
	*hit = LIMIT_NONE;
	for (;;) {
		int64_t start;
		if (calendar_find(s->hours, s->wanted.start, s->seconds, &start, longest))
			return -ENOSPC;
		s->wanted.start = start;
		s->wanted.until = start + s->seconds + s->others->slack;
		enum limits_hit now = limits_check(&s->limits, s->others->windows, s->others->count,
						   &s->wanted);
		if (now == LIMIT_NONE)
			return 0;
		*hit = *hit == LIMIT_NONE ? now : *hit;
		/* nothing changes before one of those that are in the way has ended */
		int64_t next = INT64_MAX;
		for (size_t i = 0; i < s->others->count; i++)
			if (s->others->windows[i].until > start && s->others->windows[i].until < next)
				next = s->others->windows[i].until;
		s->wanted.start = next;
	}
}

static void say_moment(char out[32], int64_t at)
{
	time_t t = at;
	struct tm tm;
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
}

static int say_no_slot(const struct search *s, const struct window *w, int64_t longest, struct err *err)
{
	double databases = w->part[WINDOW_MARIADB].seconds + w->part[WINDOW_POSTGRESQL].seconds;
	return err_say(
		err, -ENOSPC,
		"a window of %lld s fits into no slot of the next %d days: the longest is %lld s. Longer hours would "
		"help, or a rehearsal: databases are %.0f s of the window, %s",
		(long long)s->seconds, CALENDAR_HORIZON, (long long)longest, databases,
		w->part[WINDOW_MARIADB].from == FROM_RULE || w->part[WINDOW_POSTGRESQL].from == FROM_RULE
			? "by the rule"
			: "as measured");
}

static int choose(struct desk *d, struct search *s, const struct desk_wish *wish, const struct window *w,
		  struct err *err)
{
	enum limits_hit hit;
	int64_t longest = 0;
	char then[32];
	if (wish->at < d->actor.at)
		return err_say(err, -EINVAL, "this time has passed");
	s->wanted.start = wish->at;
	if (search(s, &hit, &longest))
		return say_no_slot(s, w, longest, err);
	if (wish->next || s->wanted.start == wish->at)
		return 0;
	say_moment(then, s->wanted.start);
	if (hit != LIMIT_NONE)
		return err_say(err, -EPERM,
			       "others move then, as many as [limits] %s allows; it can start at %s",
			       limit_name(hit), then);
	return err_say(err, -EPERM,
		       "a window of %lld s does not fit into the allowed hours then; it can start at %s",
		       (long long)s->seconds, then);
}

int desk_weigh(struct desk *d, const struct desk_case *k, struct window *out, struct err *err)
{
	return estimate(d, k, k->account.state, &k->cutover, out, err);
}

struct wanted {
	const struct desk_wish *wish;
	const struct window *window;
	int64_t slack; /* what is planned is not started in that very second */
};

/* Into *c: the first start from the wish on that holds the window, or the wish refused. */
static int place(struct desk *d, const struct desk_case *k, const struct wanted *w, struct store_cutover *c,
		 struct err *err)
{
	AUTO(calendar_freep) struct calendar *hours = NULL;
	AUTO(planned_fini) struct planned others = { .except = c->id, .slack = w->slack };
	int status = site_calendar(&hours, d->site, k->campaign.zone, k->account.state == ACCOUNT_HOMING,
				   err);
	if (!status)
		status = planned_read(&others, d, err);
	if (status)
		return status;
	struct search s = { .hours = hours,
			    .others = &others,
			    .wanted = { .from = c->from, .to = c->to },
			    .seconds = (int64_t)w->window->total };
	site_limits(&s.limits, d->site);
	status = choose(d, &s, w->wish, w->window, err);
	c->planned = s.wanted.start;
	return status;
}

int desk_fits(struct desk *d, const struct desk_case *k, struct err *err)
{
	struct store_cutover c = k->cutover;
	struct desk then = *d;
	struct window w = { .total = (double)c.window_s };
	/* that nothing is started in that very second was known when it was planned */
	if (d->actor.at >= c.planned && d->actor.at - c.planned <= DESK_SLACK)
		then.actor.at = c.planned;
	struct desk_wish now = { .at = then.actor.at };
	return place(&then, k, &(struct wanted){ &now, &w, 0 }, &c, err);
}

int desk_schedule(struct desk *d, const struct desk_case *k, const struct desk_wish *wish,
		  struct store_cutover *c, struct err *err)
{
	struct window w;
	int status = desk_servers(d, k, k->account.state, c, err);
	if (!status)
		status = estimate(d, k, k->account.state, c, &w, err);
	if (status)
		return status;
	c->window_s = (int64_t)w.total;
	c->back_s = (int64_t)ceil(w.back);
	status = place(d, k, &(struct wanted){ wish, &w, DESK_SLACK }, c, err);
	if (status)
		err_context(err, "account %s", k->account.name);
	return status;
}
