#include "scheduler/run/party.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void party_fini(struct party *p)
{
	free(p->items);
	p->items = NULL;
	p->item_count = 0;
}

bool party_has(const struct party *p, const char *kind)
{
	for (size_t i = 0; i < p->item_count; i++)
		if (!strcmp(p->items[i].kind, kind))
			return true;
	return false;
}

static int keep_item(void *arg, const struct store_item *item)
{
	struct party *p = arg;
	struct store_item *grown = reallocarray(p->items, p->item_count + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	p->items = grown;
	grown[p->item_count++] = *item;
	return 0;
}

/* Has an earlier one begun to copy the same way? */
static int look_back(void *arg, const struct store_cutover *c)
{
	struct party *p = arg;
	p->again |= c->id < p->cutover.id && c->started && !strcmp(c->to, p->cutover.to);
	return 0;
}

static int look_forward(void *arg, const struct store_phase *phase)
{
	struct party *p = arg;
	p->again |= !strcmp(phase->name, "copying");
	return 0;
}

/* Where it is, and where it would go next. */
static int read_way(struct party *p, struct store *s, struct err *err)
{
	struct store_transit t = { 0 };
	bool away = account_place(p->account.state) == PLACE_TRANSIT;
	int status = store_transit_of(s, &t, p->campaign.id, err);
	memcpy(p->cutover.from, away ? t.name : p->campaign.server, STORE_NAME);
	if (status)
		return status == -ENOENT ? 0 : status;
	memcpy(p->cutover.to, away ? p->campaign.server : t.name, STORE_NAME);
	return 0;
}

static int read_cutover(struct party *p, struct store *s, struct err *err)
{
	enum account_state state = p->account.state;
	int status = store_find_cutover(s, &p->cutover, p->account.id, NULL);
	if (status == -ENOENT)
		return read_way(p, s, err);
	if (status)
		return err_set(err, status, "the cutover of account %s", p->account.name);
	/* what it left there when it moved the other way is old now */
	p->again = state == ACCOUNT_RETURNING || state == ACCOUNT_REVOKING ||
		   !strcmp(p->account.resynced, p->cutover.to);
	status = store_each_cutover_of(s, p->account.id, look_back, p, err);
	return status ? status : store_each_phase(s, p->cutover.id, look_forward, p, err);
}

static int read_all(struct party *p, struct store *s, int64_t account, struct err *err)
{
	int status = store_get_account(s, &p->account, account, err);
	if (!status)
		status = store_get_campaign(s, &p->campaign, p->account.campaign, err);
	if (!status)
		status = store_each_item(s, account, keep_item, p, err);
	if (!status)
		status = read_cutover(p, s, err);
	if (!status && p->cutover.from[0])
		status = store_find_server(s, &p->from, p->cutover.from, err);
	if (!status && p->cutover.to[0])
		status = store_find_server(s, &p->to, p->cutover.to, err);
	return status;
}

int party_read(struct party *out, struct store *s, int64_t account, struct err *err)
{
	*out = (struct party){ 0 };
	int status = store_look(s, err);
	if (status)
		return status;
	status = read_all(out, s, account, err);
	store_abort(s);
	return status;
}
