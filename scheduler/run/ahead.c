#include "scheduler/run/ahead.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scheduler/run/orders.h"
#include "scheduler/run/team.h"
#include "xfer/base/buf.h"
#include "xfer/base/exit.h"

bool ahead_wanted(enum campaign_state campaign, enum account_state account)
{
	bool out = account == ACCOUNT_READY || account == ACCOUNT_LEAVING;
	bool back = account == ACCOUNT_CONFIRMED || account == ACCOUNT_AWAY || account == ACCOUNT_HOMING;
	if (campaign == CAMPAIGN_AHEAD || campaign == CAMPAIGN_OUT || campaign == CAMPAIGN_VERIFYING)
		return out;
	return (campaign == CAMPAIGN_BEHIND || campaign == CAMPAIGN_BACK) && back;
}

struct pass {
	struct work *work;
	struct party party;
	struct team team;
	struct orders orders;
	enum { PASS_GOES, PASS_DUE, PASS_OVER } state;
};

/* Ends it when its cutover is due, or when the store says that something else is by now. */
static int tick(void *arg, struct team *t)
{
	struct pass *p = arg;
	(void)t;
	return work_gives_way(p->work, p->party.account.id) ? PASS_DUE : PASS_GOES;
}

static int add_folders(struct pass *p, struct err *err)
{
	int status = 0;
	for (size_t i = 0; !status && i < p->party.item_count; i++) {
		const struct store_item *item = &p->party.items[i];
		struct job j = { .item = item, .engine = -1, .accepted = EXIT_VANISHED };
		if (strcmp(item->kind, "files") != 0 && strcmp(item->kind, "mail") != 0)
			continue;
		snprintf(j.name, sizeof j.name, "%s", item->kind);
		status = orders_files(&j.words, &p->orders, item, PASS_AHEAD, NULL, err);
		if (!status)
			status = team_add(&p->team, &j, err);
	}
	return status;
}

static int add_sizes(struct pass *p, struct err *err)
{
	int status = 0;
	for (int e = 0; !status && e < ENGINES; e++) {
		struct job j = { .engine = e };
		if (!party_has(&p->party, orders_kind(e)))
			continue;
		snprintf(j.name, sizeof j.name, "size of %s", orders_kind(e));
		status = orders_size(&j.words, &p->orders, e, err);
		if (!status)
			status = team_add(&p->team, &j, err);
	}
	return status;
}

static void note_sizes(struct pass *p, struct store_account *news)
{
	for (int e = 0; e < ENGINES; e++)
		if (!party_has(&p->party, orders_kind(e)))
			news->bytes[e] = 0;
	for (size_t i = 0; i < p->team.count; i++) {
		const struct job *j = &p->team.at[i];
		if (j->engine >= 0 && j->ok)
			news->bytes[j->engine] = (int64_t)team_figure(j, "bytes", "total");
	}
}

/* The folders' passes run side by side: the longest counts. What a pass took for finding out what has changed is what it took,
 * less what it spent on sending; xfer does both at once, so the whole of a pass without changes is the best that is known. */
static void note_passes(struct pass *p, struct store_account *news)
{
	double longest = 0;
	for (size_t i = 0; i < p->team.count; i++) {
		const struct job *j = &p->team.at[i];
		double s = j->engine < 0 && j->child
				   ? (double)(child_look(j->child)->ended - child_look(j->child)->began) / 1e9
				   : 0;
		longest = s > longest ? s : longest;
	}
	/* the first one has all to send, and says nothing of the last one */
	if (news->precopies++) {
		bool shorter = news->precopy_scan_s < 0 || longest < news->precopy_scan_s;
		news->precopy_s = longest;
		news->precopy_scan_s = shorter ? longest : news->precopy_scan_s;
	}
}

static int record(struct pass *p, bool copied, const char *cause, struct err *err)
{
	struct desk_account who = { p->party.campaign.name, p->party.account.name };
	struct store_account news = p->party.account;
	note_sizes(p, &news);
	if (copied && !cause[0])
		note_passes(p, &news);
	news.precopied = time(NULL);
	snprintf(news.precopy_cause, sizeof news.precopy_cause, "%s", cause);
	return desk_measured(work_desk(p->work), &who, &news, err);
}

static int run(struct pass *p, struct err *err)
{
	char cause[STORE_TEXT] = "";
	bool copies = p->party.to.name[0] && ahead_wanted(p->party.campaign.state, p->party.account.state);
	p->orders = (struct orders){ p->work->site, &p->party };
	p->team = (struct team){
		.site = p->work->site, .lock = p->work->lock, .log = p->work->log, .goes_on = true
	};
	struct err why = { 0 };
	int status = add_sizes(p, &why);
	if (!status && copies)
		status = add_folders(p, &why);
	if (status)
		snprintf(cause, sizeof cause, "%s", why.text);
	else if (team_run(&p->team, tick, p) != PASS_GOES)
		return -ECANCELED;
	else
		team_succeeded(&p->team, cause);
	status = record(p, copies, cause, err);
	return !status && cause[0] ? err_say(err, -EIO, "account %s: %s", p->party.account.name, cause)
				   : status;
}

int ahead_run(struct work *w, int64_t account, struct err *err)
{
	struct pass *p = calloc(1, sizeof *p);
	if (!p)
		return err_set(err, -ENOMEM, "copying ahead");
	p->work = w;
	int status = party_read(&p->party, w->store, account, err);
	if (!status)
		status = run(p, err);
	team_fini(&p->team);
	party_fini(&p->party);
	free(p);
	return status;
}
