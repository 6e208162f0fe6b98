#include "scheduler/run/rehearse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scheduler/run/orders.h"
#include "scheduler/run/team.h"

enum { LOCK_WAIT_MS = 60000, SAMPLES = 2 * ENGINES };

struct rehearsal {
	struct rehearse *r;
	struct party party;
	struct orders orders;
	struct team team;
	char folder[STORE_TEXT]; /* of what dbdump writes; "": none yet */
	struct desk_sample samples[SAMPLES];
	size_t sample_count;
	char detail[STORE_TEXT];
};

static void path_of(char out[static STORE_TEXT], const struct rehearsal *h, int engine)
{
	snprintf(out, STORE_TEXT, "%.900s/%s.json", h->folder, orders_kind(engine));
}

static void rehearsal_fini(struct rehearsal *h)
{
	char path[STORE_TEXT];
	for (int e = 0; h->folder[0] && e < ENGINES; e++) {
		path_of(path, h, e);
		unlink(path);
	}
	if (h->folder[0])
		rmdir(h->folder);
	team_fini(&h->team);
	party_fini(&h->party);
}

static int make_folder(struct rehearsal *h, struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	char path[STORE_TEXT];
	snprintf(path, sizeof path, "%.900s/scheduler-rehearsal.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(path))
		return err_set(err, -errno, "folder %s", path);
	memcpy(h->folder, path, sizeof path);
	return 0;
}

static int add_engines(struct rehearsal *h, struct err *err)
{
	int status = 0;
	for (int e = 0; !status && e < ENGINES; e++) {
		struct job j = { .engine = e };
		char path[STORE_TEXT];
		if (!party_has(&h->party, orders_kind(e)))
			continue;
		path_of(path, h, e);
		snprintf(j.name, sizeof j.name, "%s", orders_kind(e));
		status = orders_rehearse(&j.words, &h->orders, e, path, err);
		if (!status)
			status = team_add(&h->team, &j, err);
	}
	if (!status && !h->team.count)
		status = err_say(err, -EINVAL, "account %s has no databases: there is nothing to rehearse",
				 h->party.account.name);
	return status;
}

static int tick(void *arg, struct team *t)
{
	struct rehearsal *h = arg;
	(void)t;
	return work_gives_way(h->r->work, h->party.account.id);
}

/* What it wrote. */

static double number(const json_t *in, const char *group, const char *name)
{
	return json_number_value(json_object_get(json_object_get(in, group), name));
}

static void add_sample(struct rehearsal *h, unsigned kind, double value, int64_t bytes)
{
	if (value > 0 && h->sample_count < SAMPLES)
		h->samples[h->sample_count++] = (struct desk_sample){ kind, value, bytes };
}

static void read_result(struct rehearsal *h, const struct job *j)
{
	char path[STORE_TEXT];
	struct rehearse_part part = { .engine = j->name, .ok = j->ok, .cause = j->ok ? NULL : j->cause };
	path_of(path, h, j->engine);
	json_t *result = json_load_file(path, 0, NULL);
	part.bytes = (int64_t)number(result, "bytes", "total");
	part.findings = json_object_get(json_object_get(result, "preflight"), "findings");
	/* what is small says how long a start takes, and not how long a gigabyte */
	if (j->ok && part.bytes >= WORK_SAMPLE_LEAST) {
		part.copy = number(result, "seconds_per_gb", "copy");
		part.verify = number(result, "seconds_per_gb", "verification");
		add_sample(h, SAMPLE_RATE + (unsigned)j->engine, part.copy, part.bytes);
		add_sample(h, SAMPLE_VERIFY + (unsigned)j->engine, part.verify, part.bytes);
	}
	size_t at = strlen(h->detail);
	if (j->ok)
		snprintf(h->detail + at, sizeof h->detail - at, "; %s: %lld bytes, %.1f and %.1f s for 10^9",
			 j->name, (long long)part.bytes, part.copy, part.verify);
	else
		snprintf(h->detail + at, sizeof h->detail - at, "; %s: failed: %.300s", j->name, j->cause);
	h->r->say(h->r->arg, &part);
	json_decref(result);
}

/* Customers' rows do not stay on a test server. What belongs to its databases alone is to be cleared: its folders were not copied. */
static void clear(struct rehearsal *h)
{
	struct party p = h->party;
	struct store_item *items = calloc(p.item_count + 1, sizeof *items);
	char key[64];
	struct hook hook = { .name = "clear", .key = key, .party = &p, .where = &h->party.to };
	struct team team = { .site = h->r->work->site, .lock = -1, .log = h->r->work->log };
	struct job j = { .name = "clear", .hook = &hook, .engine = -1 };
	struct err err = { 0 };
	if (!items || !hook_is_there(h->r->work->site, "clear")) {
		free(items);
		return;
	}
	p.items = items;
	p.item_count = 0;
	for (size_t i = 0; i < h->party.item_count; i++)
		if (strcmp(h->party.items[i].kind, "files") != 0 &&
		    strcmp(h->party.items[i].kind, "mail") != 0)
			items[p.item_count++] = h->party.items[i];
	snprintf(key, sizeof key, "rehearsal-%lld-%lld", (long long)p.account.id, (long long)time(NULL));
	if (!team_add(&team, &j, &err)) {
		team_run(&team, work_never, NULL);
		h->r->cleared = team.at[0].ok;
	}
	team_fini(&team);
	free(items);
}

static int run(struct rehearsal *h, struct err *err)
{
	struct rehearse *r = h->r;
	struct work *w = r->work;
	char cause[STORE_TEXT];
	struct err unnoted = { 0 };
	h->orders = (struct orders){ w->site, &h->party };
	h->team = (struct team){ .site = w->site, .lock = w->lock, .log = w->log, .goes_on = true };
	int status = make_folder(h, err);
	if (!status)
		status = add_engines(h, err);
	if (status)
		return status;
	snprintf(h->detail, sizeof h->detail, "onto %.100s", r->server);
	bool ended = team_run(&h->team, tick, h) == 0;
	for (size_t i = 0; i < h->team.count; i++)
		read_result(h, &h->team.at[i]);
	clear(h);
	int noted = desk_rehearsed(work_desk(w), &r->who, r->server, h->samples, h->sample_count, h->detail,
				   &unnoted);
	if (!ended)
		return err_say(err, -ECANCELED, "account %s: ended before its end%s", r->who.account,
			       work_quit ? "" : ": its cutover starts");
	if (!team_succeeded(&h->team, cause))
		return err_say(err, -EIO, "account %s: %s", r->who.account, cause);
	if (noted)
		*err = unnoted;
	return noted;
}

/* From the server that serves it. */
static int begin(struct rehearsal *h, struct err *err)
{
	struct rehearse *r = h->r;
	struct work *w = r->work;
	struct store_campaign c = { 0 };
	struct store_account a = { 0 };
	struct store_server test = { 0 };
	int status = store_find_campaign(w->store, &c, r->who.campaign, err);
	if (!status)
		status = store_find_account(w->store, &a, c.id, r->who.account, err);
	if (!status)
		status = desk_rehearse(work_desk(w), &r->who, r->server, &test, err);
	if (!status)
		status = work_lock_account(w, a.id, LOCK_WAIT_MS, err);
	if (!status)
		status = desk_rehearse(work_desk(w), &r->who, r->server, &test, err);
	if (!status)
		status = party_read(&h->party, w->store, a.id, err);
	if (status)
		return status;
	h->party.to = test;
	memcpy(h->party.cutover.to, test.name, STORE_NAME);
	return 0;
}

int rehearse_run(struct rehearse *r, struct err *err)
{
	struct rehearsal *h = calloc(1, sizeof *h);
	if (!h)
		return err_set(err, -ENOMEM, "rehearsal");
	h->r = r;
	int status = begin(h, err);
	if (!status)
		status = run(h, err);
	rehearsal_fini(h);
	free(h);
	return status;
}
