#include "scheduler/desk/desk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/desk/desk_inner.h"
#include "scheduler/model/pool.h"

int desk_close(struct desk *d, int status, struct err *err)
{
	if (!status)
		return store_commit(d->store, err);
	store_abort(d->store);
	return status;
}

int desk_open(struct desk *d, const struct desk_account *who, struct desk_case *out, struct err *err)
{
	*out = (struct desk_case){ 0 };
	int status = store_begin(d->store, &d->actor, err);
	if (status)
		return status;
	status = store_find_campaign(d->store, &out->campaign, who->campaign, err);
	if (!status)
		status = store_find_account(d->store, &out->account, out->campaign.id, who->account, err);
	if (status)
		store_abort(d->store);
	return status;
}

static int count_one(void *arg, const struct store_account *a)
{
	account_count(arg, a->state);
	return 0;
}

int desk_count(struct desk *d, const struct store_campaign *c, struct campaign_facts *out, struct err *err)
{
	*out = (struct campaign_facts){ 0 };
	return store_each_account(d->store, c->id, count_one, out, err);
}

/* Adding. */

int desk_add_server(struct desk *d, struct store_server *v, struct err *err)
{
	int status = store_begin(d->store, &d->actor, err);
	return status ? status : desk_close(d, store_add_server(d->store, v, err), err);
}

int desk_set_server(struct desk *d, const struct store_server *v, struct err *err)
{
	struct store_server was = { 0 }, now = *v;
	int status = store_begin(d->store, &d->actor, err);
	if (status)
		return status;
	status = store_find_server(d->store, &was, v->name, err);
	now.id = was.id;
	now.version = was.version;
	return desk_close(d, status ? status : store_set_server(d->store, &now, err), err);
}

void desk_configuration(char out[static STORE_NAME], const struct store_server *v)
{
	snprintf(out, STORE_NAME, "%lld cores, %lld GB, disk %lld GB%s%.60s", (long long)v->cores,
		 (long long)v->memory_gb, (long long)v->disk_gb, v->generation[0] ? ", " : "", v->generation);
}

/* Into configuration, where that is empty. */
static int take_configuration(struct desk *d, const char *server, char configuration[static STORE_NAME],
			      struct err *err)
{
	struct store_server v = { 0 };
	int status = store_find_server(d->store, &v, server, err);
	if (!status && !configuration[0])
		desk_configuration(configuration, &v);
	return status;
}

int desk_add_campaign(struct desk *d, struct store_campaign *c, struct err *err)
{
	AUTO(calendar_freep) struct calendar *zone = NULL;
	int status = calendar_new(&zone, c->zone, err);
	if (!status)
		status = store_begin(d->store, &d->actor, err);
	if (status)
		return status;
	c->state = CAMPAIGN_PREPARING;
	status = take_configuration(d, c->server, c->configuration, err);
	return desk_close(d, status ? status : store_add_campaign(d->store, c, err), err);
}

int desk_expect(struct desk *d, const char *transit, int64_t day, struct err *err)
{
	struct store_transit t = { 0 };
	int status = store_begin(d->store, &d->actor, err);
	if (status)
		return status;
	status = store_find_transit(d->store, &t, transit, err);
	t.expected = day;
	return desk_close(d, status ? status : store_set_transit(d->store, &t, err), err);
}

/* Within the transaction. */
static int change_part(struct desk *d, const struct store_account *a, const struct desk_part *part, bool drop,
		       struct err *err)
{
	struct store_item i = { .account = a->id };
	if (!part->value[0] || strlen(part->kind) >= sizeof i.kind || strlen(part->value) >= sizeof i.value)
		return err_say(err, -EINVAL, "account %s: %s: nothing, or too long", a->name, part->kind);
	snprintf(i.kind, sizeof i.kind, "%s", part->kind);
	snprintf(i.value, sizeof i.value, "%s", part->value);
	return drop ? store_drop_item(d->store, &i, err) : store_add_item(d->store, &i, err);
}

int desk_add_whole_account(struct desk *d, const char *campaign, struct store_account *a,
			   const struct desk_part *parts, size_t count, struct err *err)
{
	struct store_campaign c = { 0 };
	int status = store_begin(d->store, &d->actor, err);
	if (status)
		return status;
	status = store_find_campaign(d->store, &c, campaign, err);
	/* what could not be made ready in this step would hold up the others */
	if (!status && !account_next(ACCOUNT_PREPARING, ACC_READY, c.state).allowed)
		status = err_say(err, -EPERM, "campaign %s is %s: no account can be added now", campaign,
				 campaign_name(c.state));
	a->campaign = c.id;
	a->state = ACCOUNT_PREPARING;
	if (!status)
		status = store_add_account(d->store, a, err);
	for (size_t i = 0; !status && i < count; i++)
		status = change_part(d, a, &parts[i], false, err);
	if (!status)
		status = desk_follow(d, &c, err);
	return desk_close(d, status, err);
}

int desk_add_account(struct desk *d, const char *campaign, struct store_account *a, struct err *err)
{
	return desk_add_whole_account(d, campaign, a, NULL, 0, err);
}

int desk_add_transit(struct desk *d, struct store_transit *t, struct err *err)
{
	int status = store_begin(d->store, &d->actor, err);
	if (status)
		return status;
	status = take_configuration(d, t->name, t->configuration, err);
	return desk_close(d, status ? status : store_add_transit(d->store, t, err), err);
}

int desk_claim(struct desk *d, const struct desk_account *who, const struct desk_claim *claim,
	       struct err *err)
{
	struct desk_case k;
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	if (account_in_cutover(k.account.state))
		status = err_say(err, -EPERM, "account %s is %s: what moves is not changed now", who->account,
				 account_name(k.account.state));
	for (size_t i = 0; !status && i < claim->count; i++)
		status = change_part(d, &k.account, &claim->parts[i], claim->drop, err);
	return desk_close(d, status, err);
}

int desk_item(struct desk *d, const struct desk_account *who, const char *kind, const char *value, bool drop,
	      struct err *err)
{
	const struct desk_part part = { kind, value };
	return desk_claim(d, who, &(struct desk_claim){ &part, 1, drop }, err);
}

/* Accounts. */

int desk_step_account(struct desk *d, struct desk_case *k, enum account_event on, struct err *err)
{
	enum account_state was = k->account.state;
	struct account_move m = account_next(was, on, k->campaign.state);
	if (!m.allowed)
		return err_say(err, -EPERM, "account %s is %s: %s", k->account.name, account_name(was),
			       m.refused);
	k->account.state = m.to;
	int status = store_set_account(d->store, &k->account, err);
	return status ? status : desk_follow(d, &k->campaign, err);
}

int desk_account(struct desk *d, const struct desk_account *who, enum account_event on, struct err *err)
{
	struct desk_case k;
	/* these come with a cutover */
	if (on == ACC_PLAN || on == ACC_PLAN_BACK || on == ACC_ARRIVED || on == ACC_STAYED)
		return err_say(err, -EPERM, "account %s: a cutover is asked for by itself", who->account);
	int status = desk_open(d, who, &k, err);
	return status ? status : desk_close(d, desk_step_account(d, &k, on, err), err);
}

int desk_measured(struct desk *d, const struct desk_account *who, const struct store_account *news,
		  struct err *err)
{
	struct desk_case k;
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	memcpy(k.account.bytes, news->bytes, sizeof k.account.bytes);
	k.account.precopy_s = news->precopy_s;
	k.account.precopy_scan_s = news->precopy_scan_s;
	k.account.precopies = news->precopies;
	k.account.precopied = news->precopied;
	memcpy(k.account.precopy_cause, news->precopy_cause, sizeof k.account.precopy_cause);
	return desk_close(d, store_set_account(d->store, &k.account, err), err);
}
