#include "scheduler/run/campaign_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scheduler/run/ahead.h"
#include "scheduler/run/claims.h"
#include "scheduler/run/lock.h"
#include "scheduler/run/step.h"
#include "scheduler/run/team.h"
#include "xfer/base/fd.h"

/* Which hook a state's work is, and where it acts. */
static const struct {
	enum campaign_work work;
	const char *hook;
	bool undo, at_transit, looks;
} hooks[] = {
	{ CAMP_DO_REMOVE_LANGUAGES, "remove-languages", false, false, false },
	{ CAMP_DO_RESTORE_LANGUAGES, "restore-languages", false, false, false },
	{ CAMP_DO_INSTALL, "install-transit", false, true, false },
	{ CAMP_DO_INVENTORY, "inventory", false, false, true },
	{ CAMP_DO_REROUTE, "reroute-ip", false, false, false },
	{ CAMP_DO_UNROUTE, "reroute-ip", true, false, false },
	{ CAMP_DO_REINSTALL, "reinstall", false, false, false },
	{ CAMP_DO_SWEEP, "inventory", false, true, true },
	{ CAMP_DO_RELEASE, "release-transit", false, true, false },
};

struct part {
	struct work *work;
	struct party party; /* the campaign's; from: its server, to: the transit server */
	struct store_item *claims;
	size_t claim_count;
	size_t strange; /* what nobody claims */
	char cause[STORE_TEXT];
};

static int read_servers(struct part *p, struct err *err)
{
	struct store_transit t = { 0 };
	struct store *s = p->work->store;
	int status = store_find_server(s, &p->party.from, p->party.campaign.server, err);
	if (status)
		return status;
	status = store_transit_of(s, &t, p->party.campaign.id, err);
	if (status)
		return status == -ENOENT ? 0 : status;
	return store_find_server(s, &p->party.to, t.name, err);
}

static int keep_claim(void *arg, const struct store_item *item)
{
	struct part *p = arg;
	struct store_item *grown = reallocarray(p->claims, p->claim_count + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	p->claims = grown;
	grown[p->claim_count++] = *item;
	return 0;
}

struct names {
	int64_t *at;
	size_t count;
};

static int keep_account(void *arg, const struct store_account *a)
{
	struct names *n = arg;
	if (a->state == ACCOUNT_REMOVED)
		return 0;
	int64_t *grown = reallocarray(n->at, n->count + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	n->at = grown;
	grown[n->count++] = a->id;
	return 0;
}

static int read_claims(struct part *p, struct err *err)
{
	struct names accounts = { 0 };
	int status = store_each_account(p->work->store, p->party.campaign.id, keep_account, &accounts, err);
	for (size_t i = 0; !status && i < accounts.count; i++)
		status = store_each_item(p->work->store, accounts.at[i], keep_claim, p, err);
	free(accounts.at);
	return status;
}

/* The first things that nobody claims are said; of the others their number. */
static void hear_found(void *arg, const json_t *event)
{
	struct part *p = arg;
	const char *what = json_string_value(json_object_get(event, "event"));
	struct claims_found f = { json_string_value(json_object_get(event, "kind")),
				  json_string_value(json_object_get(event, "name")),
				  json_string_value(json_object_get(event, "engine")) };
	if (!what || strcmp(what, "found") != 0)
		return;
	if (f.kind && f.name && claims_cover(&f, p->claims, p->claim_count))
		return;
	size_t at = strlen(p->cause);
	if (p->strange++ < 5)
		snprintf(p->cause + at, sizeof p->cause - at, "%s%.20s %.100s", at ? ", " : "",
			 f.kind ? f.kind : "?", f.name ? f.name : "(a name that cannot be read)");
}

static int tick(void *arg, struct team *t)
{
	(void)arg;
	(void)t;
	return work_quit;
}

static int run_hook(struct part *p, size_t which, enum campaign_event *on)
{
	char key[128];
	const struct store_campaign *c = &p->party.campaign;
	/* each failure is a version more: the same key for the same step, and another one when it comes again */
	snprintf(key, sizeof key, "campaign-%lld-%s-%s-%lld", (long long)c->id, hooks[which].hook,
		 campaign_name(c->state), (long long)(c->version - c->tries));
	struct hook h = { .name = hooks[which].hook,
			  .key = key,
			  .undo = hooks[which].undo,
			  .party = &p->party,
			  .where = hooks[which].at_transit ? &p->party.to : &p->party.from,
			  .transit = p->party.to.name,
			  .log_fd = p->work->log,
			  .hear = hooks[which].looks ? hear_found : NULL,
			  .arg = p };
	struct team team = { .site = p->work->site, .lock = p->work->lock, .log = p->work->log };
	struct job j = { .hook = &h, .engine = -1 };
	snprintf(j.name, sizeof j.name, "%s", h.name);
	if (team_add(&team, &j, NULL))
		return -ENOMEM;
	int broken = team_run(&team, tick, NULL);
	char why[STORE_TEXT];
	*on = team_succeeded(&team, why) ? CAMP_OK : CAMP_FAIL;
	team_fini(&team);
	if (*on == CAMP_FAIL)
		snprintf(p->cause, sizeof p->cause, "%s", why);
	else if (p->strange)
		*on = CAMP_DIRTY;
	return broken ? -ECANCELED : 0;
}

/* The account's lock is waited for: a pass that goes on is as good as one of ours, but its end has to be seen. */
static int with_lock(struct part *p, int64_t account,
		     int (*fn)(struct part *p, int64_t account, struct err *err), struct err *err)
{
	char name[64];
	int lock;
	snprintf(name, sizeof name, "account-%lld", (long long)account);
	while ((lock = lock_take(p->work->site->store, name, err)) == -EAGAIN && !work_quit)
		work_pause(TEAM_TICK_MS);
	if (lock < 0)
		return work_quit ? -ECANCELED : lock;
	int was = p->work->lock;
	p->work->lock = lock;
	int status = fn(p, account, err);
	p->work->lock = was;
	close(lock);
	return status;
}

static int ahead_one(struct part *p, int64_t account, struct err *err)
{
	return ahead_run(p->work, account, err);
}

/* Mail that has come to the side that is about to be emptied since it was gathered last. */
static int gather_one(struct part *p, int64_t account, struct err *err)
{
	bool sweeps = campaign_work(p->party.campaign.state) == CAMP_DO_SWEEP;
	return step_gather_again(p->work, account, sweeps ? p->party.to.name : p->party.from.name, err);
}

/* All accounts, one after the other. */
static int each_account(struct part *p, int (*fn)(struct part *p, int64_t account, struct err *err),
			enum campaign_event *on, struct err *err)
{
	struct names accounts = { 0 };
	int status = store_each_account(p->work->store, p->party.campaign.id, keep_account, &accounts, err);
	*on = CAMP_OK;
	for (size_t i = 0; !status && i < accounts.count; i++) {
		struct err why = { 0 };
		status = with_lock(p, accounts.at[i], fn, &why);
		if (status == -EIO) { /* the others' turn comes all the same */
			*on = CAMP_FAIL;
			snprintf(p->cause, sizeof p->cause, "%s", why.text);
			status = 0;
		} else if (status) {
			err_say(err, status, "%s", why.text);
		}
	}
	free(accounts.at);
	return status;
}

static int act(struct part *p, enum campaign_event *on, struct err *err)
{
	enum campaign_work work = campaign_work(p->party.campaign.state);
	if (work == CAMP_DO_PRECOPY || work == CAMP_DO_PRECOPY_BACK)
		return each_account(p, ahead_one, on, err);
	if (work == CAMP_DO_INVENTORY || work == CAMP_DO_SWEEP) {
		int status = each_account(p, gather_one, on, err);
		if (status || *on != CAMP_OK)
			return status;
	}
	for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
		if (hooks[i].work == work)
			return run_hook(p, i, on);
	CHECK(false);
	return 0;
}

static int record(struct part *p, enum campaign_event on, struct err *err)
{
	const struct store_campaign *c = &p->party.campaign;
	char key[128], cause[STORE_TEXT];
	snprintf(cause, sizeof cause, "%s%.900s%s", on == CAMP_DIRTY ? "nobody claims " : "", p->cause,
		 p->strange > 5 ? ", and more" : "");
	int status = desk_campaign(work_desk(p->work), c->name, on, on == CAMP_OK ? NULL : cause, err);
	if (status == -EPERM)
		return 0; /* somebody has decided otherwise meanwhile */
	work_log(p->work, "%s: %s %s", c->name, campaign_name(c->state), on == CAMP_OK ? "done" : cause);
	if (status || on == CAMP_OK)
		return status;
	snprintf(key, sizeof key, "campaign-%lld-%lld", (long long)c->id, (long long)c->version);
	work_notify(p->work, &p->party, key, on == CAMP_DIRTY ? "unclaimed" : "stuck", cause);
	return 0;
}

static int run(struct part *p, const char *campaign, struct err *err)
{
	enum campaign_event on = CAMP_FAIL;
	int status = store_find_campaign(p->work->store, &p->party.campaign, campaign, err);
	if (status || campaign_work(p->party.campaign.state) == CAMP_DO_NOTHING)
		return status;
	status = read_servers(p, err);
	if (!status)
		status = read_claims(p, err);
	if (!status)
		status = act(p, &on, err);
	return status ? status : record(p, on, err);
}

int campaign_run(struct work *w, const char *campaign, struct err *err)
{
	struct part *p = calloc(1, sizeof *p);
	if (!p)
		return err_set(err, -ENOMEM, "campaign %s", campaign);
	p->work = w;
	int status = run(p, campaign, err);
	free(p->claims);
	free(p);
	return status;
}
