#include "scheduler/run/resync.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/run/lock.h"
#include "scheduler/run/orders.h"
#include "scheduler/run/team.h"
#include "xfer/base/exit.h"

enum { LOCK_WAIT_MS = 60000 };

struct changes {
	struct strings shown;
	size_t count;
};

struct copying {
	struct resync *r;
	struct party party;
	struct orders orders;
	struct team team;
	struct changes *changes; /* of each job */
};

static void copying_fini(struct copying *c)
{
	for (size_t i = 0; c->changes && i < c->party.item_count + ENGINES; i++)
		strings_fini(&c->changes[i].shown);
	free(c->changes);
	team_fini(&c->team);
	party_fini(&c->party);
}

/* What is to be copied. */

static bool is_wanted(const struct resync *r, const char *kind)
{
	for (size_t i = 0; i < r->kinds->count; i++)
		if (!strcmp(r->kinds->at[i], kind))
			return true;
	return !r->kinds->count;
}

/* Into parts, in an order that does not depend on how it was asked for. */
static int know_parts(struct copying *c, struct err *err)
{
	static const char *const kinds[] = { "files", "mail", "mariadb", "postgresql" };
	struct resync *r = c->r;
	size_t at = 0;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		bool there = party_has(&c->party, kinds[i]);
		if (r->kinds->count && is_wanted(r, kinds[i]) && !there)
			return err_say(err, -EINVAL, "account %s has no %s", r->who.account, kinds[i]);
		if (!there || !is_wanted(r, kinds[i]))
			continue;
		at += (size_t)snprintf(r->parts + at, sizeof r->parts - at, "%s%s", at ? " " : "", kinds[i]);
		r->wish.databases |= i >= 2;
	}
	r->wish.parts = r->parts;
	return at ? 0
		  : err_say(err, -EINVAL, "account %s consists of nothing that is copied", r->who.account);
}

/* Unless it was said: the side that does not serve. "": there is none. */
static const char *other_side(const struct party *p)
{
	if (account_place(p->account.state) == PLACE_TRANSIT)
		return p->campaign.server;
	return !strcmp(p->from.name, p->campaign.server) ? p->to.name : p->from.name;
}

/* Which of its servers is which. */
static int know_ends(struct copying *c, struct err *err)
{
	struct party *p = &c->party;
	struct store_server *ends[] = { &p->from, &p->to };
	for (size_t i = 0; i < 2; i++) {
		if (!ends[i]->name[0] || strcmp(ends[i]->name, c->r->wish.to) != 0)
			continue;
		struct store_server other = *ends[1 - i];
		p->to = *ends[i];
		p->from = other;
		snprintf(c->r->from, sizeof c->r->from, "%s", other.name);
		p->again = c->r->live || !strcmp(p->account.resynced, p->to.name) || p->again;
		return 0;
	}
	return err_say(err, -EPERM, "account %s is never on %s", c->r->who.account, c->r->wish.to);
}

static enum orders_pass pass_of(const struct resync *r, const struct store_item *item)
{
	if (!r->live)
		return r->wish.go ? PASS_FINAL : PASS_TRY;
	if (!strcmp(item->kind, "mail"))
		return r->wish.go ? PASS_MAIL_INTO : PASS_TRY_MAIL_INTO;
	return r->wish.go ? PASS_INTO : PASS_TRY_INTO;
}

static void hear(void *arg, const json_t *event)
{
	struct changes *c = arg;
	const char *what = json_string_value(json_object_get(event, "event"));
	const char *item = json_string_value(json_object_get(event, "item"));
	const char *change = json_string_value(json_object_get(event, "change"));
	char line[CHILD_TEXT];
	if (!what || strcmp(what, "item") != 0 || !item || !change || change[0] == '.')
		return;
	int n = snprintf(line, sizeof line, "%.20s %s", change, item);
	/* what is not shown is counted all the same */
	if (c->count++ < RESYNC_SHOWN)
		strings_add(&c->shown, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static int add_folders(struct copying *c, struct err *err)
{
	int status = 0;
	for (size_t i = 0; !status && i < c->party.item_count; i++) {
		const struct store_item *item = &c->party.items[i];
		struct job j = { .item = item, .engine = -1, .accepted = EXIT_VANISHED, .hear = hear };
		if ((strcmp(item->kind, "files") != 0 && strcmp(item->kind, "mail") != 0) ||
		    !is_wanted(c->r, item->kind))
			continue;
		j.arg = &c->changes[c->team.count];
		snprintf(j.name, sizeof j.name, "%s", item->kind);
		status = orders_files(&j.words, &c->orders, item, pass_of(c->r, item), NULL, err);
		if (!status)
			status = team_add(&c->team, &j, err);
	}
	return status;
}

/* A dry run compares where both can be reached from here, and weighs else. */
static int order_databases(struct copying *c, struct job *j, struct err *err)
{
	bool reach = orders_reach(&c->orders, j->engine);
	if (c->r->wish.go)
		return orders_copy(&j->words, &c->orders, j->engine, true, err);
	j->accepted = reach ? EXIT_DIFFERENT : 0;
	return reach ? orders_verify(&j->words, &c->orders, j->engine, err)
		     : orders_size(&j->words, &c->orders, j->engine, err);
}

static int add_databases(struct copying *c, struct err *err)
{
	int status = 0;
	for (int e = 0; !status && e < ENGINES; e++) {
		struct job j = { .engine = e };
		if (!party_has(&c->party, orders_kind(e)) || !is_wanted(c->r, orders_kind(e)))
			continue;
		snprintf(j.name, sizeof j.name, "%s", orders_kind(e));
		status = order_databases(c, &j, err);
		if (!status)
			status = team_add(&c->team, &j, err);
	}
	return status;
}

/* How it went. */

static void say_part(struct copying *c, size_t i)
{
	const struct job *j = &c->team.at[i];
	struct store_phase phase;
	team_phase(&phase, j);
	struct resync_part part = {
		.kind = j->name,
		.value = j->item ? j->item->value : "",
		.ok = j->ok,
		.different = j->ok && child_look(j->child)->status == EXIT_DIFFERENT,
		.cause = j->ok ? NULL : j->cause,
		.shown = &c->changes[i].shown,
		.changes = c->changes[i].count,
		.updated = team_figure(j, "items", "copied") + team_figure(j, "items", "updated") +
			   team_figure(j, "items", "renamed"),
		.deleted = team_figure(j, "items", "deleted"),
		.sent = team_figure(j, "bytes", "sent"),
		.proof = j->ok ? phase.detail : "",
	};
	c->r->say(c->r->arg, &part);
}

static int tick(void *arg, struct team *t)
{
	struct copying *c = arg;
	(void)t;
	return work_gives_way(c->r->work, c->party.account.id);
}

static int copy(struct copying *c, struct err *err)
{
	struct resync *r = c->r;
	char cause[STORE_TEXT] = "";
	c->team = (struct team){
		.site = r->work->site, .lock = r->work->lock, .log = r->work->log, .goes_on = true
	};
	int status = add_folders(c, err);
	if (!status)
		status = add_databases(c, err);
	if (status)
		return status;
	bool ended = team_run(&c->team, tick, c) == 0;
	for (size_t i = 0; i < c->team.count; i++)
		say_part(c, i);
	if (!ended)
		return err_say(err, -ECANCELED, "account %s: ended before its end%s", r->who.account,
			       work_quit ? "" : ": its cutover starts");
	if (!team_succeeded(&c->team, cause))
		return err_say(err, -EIO, "account %s: %s", r->who.account, cause);
	return 0;
}

/* Whose late mail is gathered for days has a worker with the account's lock all that time, who adds alone: he is in nobody's way. */
static int lock(struct copying *c, struct err *err)
{
	struct work *w = c->r->work;
	struct store_cutover cut = { 0 };
	char name[STORE_NAME];
	if (store_find_cutover(w->store, &cut, c->party.account.id, NULL) || !cutover_arrived(cut.state))
		return work_lock_account(w, c->party.account.id, LOCK_WAIT_MS, err);
	snprintf(name, sizeof name, "resync-%lld", (long long)c->party.account.id);
	w->lock = lock_take(w->site->store, name, err);
	return w->lock < 0 ? w->lock : 0;
}

/* err is of the copy, and stays. */
static int record(struct resync *r, int status, struct err *err)
{
	struct err why = { 0 };
	int noted = desk_resynced(work_desk(r->work), &r->who, &r->wish, status ? err->text : NULL, &why);
	if (!status && noted)
		*err = why;
	return status ? status : noted;
}

static int run(struct copying *c, struct err *err)
{
	struct resync *r = c->r;
	int status = know_parts(c, err);
	snprintf(r->to, sizeof r->to, "%s", r->wish.to ? r->wish.to : other_side(&c->party));
	r->wish.to = r->to; /* the party's own change their places */
	struct desk_resync look = { .to = r->to, .force = r->wish.force };
	look.parts = r->parts;
	/* what is refused is so at once, and once more when nobody else is at work on it */
	if (!status)
		status = desk_resync(work_desk(r->work), &r->who, &look, &r->live, err);
	if (!status)
		status = lock(c, err);
	if (!status)
		status = know_ends(c, err);
	if (!status)
		status = desk_resync(work_desk(r->work), &r->who, &r->wish, &r->live, err);
	if (status)
		return status;
	c->orders = (struct orders){ r->work->site, &c->party };
	return record(r, copy(c, err), err);
}

static int find(struct resync *r, int64_t *account, struct err *err)
{
	struct store_campaign c = { 0 };
	struct store_account a = { 0 };
	int status = store_find_campaign(r->work->store, &c, r->who.campaign, err);
	if (!status)
		status = store_find_account(r->work->store, &a, c.id, r->who.account, err);
	*account = a.id;
	return status;
}

int resync_run(struct resync *r, struct err *err)
{
	int64_t account;
	struct copying *c = calloc(1, sizeof *c);
	int status = c ? find(r, &account, err) : err_set(err, -ENOMEM, "resync");
	if (!status) {
		c->r = r;
		status = party_read(&c->party, r->work->store, account, err);
	}
	if (!status) {
		c->changes = calloc(c->party.item_count + ENGINES, sizeof *c->changes);
		status = c->changes ? run(c, err) : err_set(err, -ENOMEM, "resync");
	}
	if (c)
		copying_fini(c);
	free(c);
	return status;
}
