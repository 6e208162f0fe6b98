#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/desk/desk_inner.h"

/* Resync. */

/* As it is kept in the audit log; a dry run counts for what has the same words alone. */
static void say_wish(char out[static STORE_TEXT], const struct desk_resync *wish)
{
	snprintf(out, STORE_TEXT, "%.400s to %.120s%s", wish->parts, wish->to, wish->force ? ", forced" : "");
}

static int check_place(struct desk *d, const struct desk_case *k, const struct desk_resync *wish, bool *live,
		       struct err *err)
{
	struct store_transit t = { 0 };
	const char *serves = k->campaign.server;
	int status = store_transit_of(d->store, &t, k->campaign.id, err);
	if (status == -ENOENT)
		return err_say(err, -EPERM, "campaign %s has no transit server: there is nothing to copy to",
			       k->campaign.name);
	if (status)
		return status;
	if (account_place(k->account.state) == PLACE_TRANSIT)
		serves = t.name;
	if (strcmp(wish->to, t.name) != 0 && strcmp(wish->to, k->campaign.server) != 0)
		return err_say(err, -EPERM, "account %s is on %s or %s, and on %s never", k->account.name,
			       k->campaign.server, t.name, wish->to);
	*live = !strcmp(wish->to, serves);
	if (*live && !wish->force)
		return err_say(err, -EPERM,
			       "account %s is served by %s: what its users have changed there since would be "
			       "overwritten; --force does it all the same",
			       k->account.name, wish->to);
	return 0;
}

static int check_state(struct desk *d, const struct desk_case *k, struct err *err)
{
	struct store_cutover c = { 0 };
	int status = store_find_cutover(d->store, &c, k->account.id, NULL);
	if (k->account.state == ACCOUNT_REMOVED)
		return err_say(err, -EPERM, "account %s was removed", k->account.name);
	if (status == -ENOENT || (!status && (c.state == CUTOVER_PLANNED || cutover_arrived(c.state))))
		return 0;
	return status ? err_set(err, status, "the cutover of account %s", k->account.name)
		      : err_say(err, -EPERM, "account %s is in its cutover, which copies by itself",
				k->account.name);
}

static int check_tried(struct desk *d, const struct desk_case *k, const char *words, struct err *err)
{
	struct store_audit last = { 0 };
	int status = store_last_audit(d->store, &last, &k->account, "resync tried", err);
	if (status && status != -ENOENT)
		return status;
	if (status || strcmp(last.detail, words) != 0 || d->actor.at - last.at > DESK_TRIED)
		return err_say(err, -EPERM,
			       "account %s: %s: a dry run of the same comes first, within the last hour: "
			       "the same command without --go",
			       k->account.name, words);
	return 0;
}

int desk_resync(struct desk *d, const struct desk_account *who, const struct desk_resync *wish, bool *live,
		struct err *err)
{
	struct desk_case k;
	char words[STORE_TEXT];
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	say_wish(words, wish);
	status = check_state(d, &k, err);
	if (!status)
		status = check_place(d, &k, wish, live, err);
	if (!status && wish->go)
		status = check_tried(d, &k, words, err);
	if (status || !wish->go) {
		store_abort(d->store);
		return status;
	}
	status = store_note_account(d->store, &k.account, "resync begun", words, err);
	if (!status && wish->databases && !*live) {
		snprintf(k.account.resynced, sizeof k.account.resynced, "%s", wish->to);
		status = store_set_account(d->store, &k.account, err);
	}
	return desk_close(d, status, err);
}

int desk_resynced(struct desk *d, const struct desk_account *who, const struct desk_resync *wish,
		  const char *cause, struct err *err)
{
	struct desk_case k;
	char words[STORE_TEXT], detail[STORE_TEXT];
	const char *what = cause ? "resync failed" : wish->go ? "resync done" : "resync tried";
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	say_wish(words, wish);
	snprintf(detail, sizeof detail, "%.540s%s%.400s", words, cause ? ": " : "", cause ? cause : "");
	return desk_close(d, store_note_account(d->store, &k.account, what, detail, err), err);
}

/* Rehearsal. */

struct served {
	const char *server;
	struct store_campaign by; /* id 0: nobody's */
};

static int look_at_campaign(void *arg, const struct store_campaign *c)
{
	struct served *s = arg;
	if (!campaign_ended(c->state) && !strcmp(c->server, s->server))
		s->by = *c;
	return 0;
}

/* What is there under the account's names is dropped there: so nobody may be served from it. */
static int check_unused(struct desk *d, const char *server, struct err *err)
{
	struct served s = { .server = server };
	struct store_transit t = { 0 };
	int status = store_each_campaign(d->store, look_at_campaign, &s, err);
	if (!status && !s.by.id && store_find_transit(d->store, &t, server, NULL) == 0 && t.campaign)
		status = store_get_campaign(d->store, &s.by, t.campaign, err);
	if (!status && s.by.id)
		status =
			err_say(err, -EPERM,
				"server %s is campaign %s's: a rehearsal drops databases, and takes a server "
				"that serves nobody",
				server, s.by.name);
	return status;
}

int desk_rehearse(struct desk *d, const struct desk_account *who, const char *server,
		  struct store_server *test, struct err *err)
{
	struct desk_case k;
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	status = check_state(d, &k, err);
	if (!status)
		status = store_find_server(d->store, test, server, err);
	if (!status)
		status = check_unused(d, server, err);
	store_abort(d->store);
	return status;
}

int desk_rehearsed(struct desk *d, const struct desk_account *who, const char *server,
		   const struct desk_sample *samples, size_t count, const char *detail, struct err *err)
{
	struct desk_case k;
	struct store_cutover pair = { 0 };
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	snprintf(pair.from, sizeof pair.from, "%s", k.campaign.server);
	snprintf(pair.to, sizeof pair.to, "%s", server);
	for (size_t i = 0; !status && i < count; i++)
		status = store_add_sample(d->store, samples[i].kind, &pair, samples[i].value,
					  samples[i].bytes, err);
	if (!status)
		status = store_note_account(d->store, &k.account, "account rehearsed", detail, err);
	return desk_close(d, status, err);
}
