#include "scheduler/run/step.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "xfer/base/clock.h"

int64_t step_elapsed(const struct step *s)
{
	const struct store_cutover *c = &s->party.cutover;
	char boot[STORE_NAME];
	int64_t now = work_boot(boot);
	if (!c->started)
		return 0;
	if (!strcmp(boot, c->boot))
		return now - c->boot_s;
	now = time(NULL) -
	      c->started; /* the machine was started anew: there is no other clock that has seen both */
	return now > 0 ? now : 0;
}

/* What the states behind this one are expected to take until the account is served, or thawed. */
static double expected_after(const struct step *s)
{
	const struct window_part *p = s->promise.part;
	double left = 0;
	switch (s->party.cutover.state) {
	case CUTOVER_FREEZING:
		left += fmax(p[WINDOW_FILES].seconds,
			     fmax(p[WINDOW_MARIADB].seconds, p[WINDOW_POSTGRESQL].seconds));
		/* fall through */
	case CUTOVER_COPYING:
		left += p[WINDOW_SCAN].seconds;
		/* fall through */
	case CUTOVER_SCANNING:
		left += p[WINDOW_VERIFY].seconds;
		/* fall through */
	case CUTOVER_VERIFYING:
		left += p[WINDOW_SWITCH].seconds;
		/* fall through */
	default:
		return left + p[WINDOW_THAW].seconds;
	}
}

static void warn(struct step *s, const struct window_run *r)
{
	struct err err = { 0 };
	const struct store_cutover *c = &s->party.cutover;
	struct desk_account who = { s->party.campaign.name, s->party.account.name };
	char key[96], text[256];
	if (c->warned == (int64_t)c->state + 1)
		return;
	snprintf(key, sizeof key, "cutover-%lld-warned-%s", (long long)c->id, cutover_name(c->state));
	snprintf(text, sizeof text, "%s: %.0f of %.0f s are over, about %.0f s are left to do",
		 cutover_name(c->state), r->now, r->window, r->left);
	work_notify(s->work, &s->party, key, "warning", text);
	if (desk_warned(work_desk(s->work), &who, &err))
		work_log(s->work, "%s", err.text);
	s->party.cutover.warned = (int64_t)c->state + 1;
}

/* Is the promise still kept? */
static enum step_break keep_window(struct step *s, const struct team *t)
{
	const struct store_cutover *c = &s->party.cutover;
	struct window_run r = { .window = (double)c->window_s,
				.now = (double)step_elapsed(s),
				.left = team_left(t) + expected_after(s),
				.back = (double)c->back_s };
	if (!window_is_beyond(&r))
		s->beyond_since = 0;
	else if (!s->beyond_since)
		s->beyond_since = (int64_t)r.now + 1;
	r.beyond = s->beyond_since ? r.now - (double)(s->beyond_since - 1) : 0;
	enum window_verdict v = window_judge(&r);
	if (v == WINDOW_WARN)
		warn(s, &r);
	if (v != WINDOW_LOST)
		return BREAK_NONE;
	snprintf(
		s->cause, sizeof s->cause,
		"out of time while %s: %.0f of %.0f s were over, about %.0f s were left to do, and %.0f s are kept for the way back",
		cutover_name(c->state), r.now, r.window, r.left, r.back);
	return BREAK_LATE;
}

static bool has_window(enum cutover_state s)
{
	return cutover_is_outage(s) && !cutover_is_final(s) && s <= CUTOVER_SWITCHING;
}

/* Has anybody else decided meanwhile? */
static enum step_break look(struct step *s)
{
	struct store_cutover now = { 0 };
	struct err err = { 0 };
	struct store_cutover *c = &s->party.cutover;
	int status = store_get_cutover(s->work->store, &now, c->id, &err);
	if (status == -EAGAIN)
		return BREAK_NONE; /* whoever holds it will let go; until then what is known holds */
	if (status) {
		snprintf(s->cause, sizeof s->cause, "%s", err.text);
		return BREAK_STORE;
	}
	if (now.state != c->state || (c->tries && !now.tries))
		return BREAK_OVERTAKEN;
	*c = now;
	return BREAK_NONE;
}

int step_tick(void *arg, struct team *t)
{
	struct step *s = arg;
	int64_t now = (int64_t)(clock_now() / 1000000);
	if (work_quit)
		return BREAK_QUIT;
	if (now - s->looked_ms < TEAM_TICK_MS)
		return BREAK_NONE;
	s->looked_ms = now;
	enum step_break b = look(s);
	if (b == BREAK_NONE && has_window(s->party.cutover.state))
		b = keep_window(s, t);
	return b;
}

enum step_break step_wait(struct step *s)
{
	s->team.site = s->work->site;
	s->team.lock = s->work->lock;
	s->team.log = s->work->log;
	return team_run(&s->team, step_tick, s);
}

/* Hooks. */

enum { HOOK_TRIES = 3, HOOK_PAUSE_MS = 1000 };

static void add_sample(struct step *s, unsigned kind, double value, int64_t bytes)
{
	if (s->sample_count < STEP_SAMPLES)
		s->samples[s->sample_count++] = (struct desk_sample){ kind, value, bytes };
}

static double expected_of(const struct step *s, enum cutover_state at)
{
	const struct window_part *p = s->promise.part;
	return at == CUTOVER_FREEZING				      ? p[WINDOW_FREEZE].seconds
	       : at == CUTOVER_SWITCHING || at == CUTOVER_UNSWITCHING ? p[WINDOW_SWITCH].seconds
								      : p[WINDOW_THAW].seconds;
}

/* Until it may be tried again; somebody may decide meanwhile. */
static enum step_break pause_hook(struct step *s)
{
	for (int i = 0; i < HOOK_PAUSE_MS / TEAM_TICK_MS; i++) {
		enum step_break b = step_tick(s, &s->team);
		if (b != BREAK_NONE)
			return b;
		work_pause(TEAM_TICK_MS);
	}
	return BREAK_NONE;
}

enum step_break step_hook(struct step *s, const char *name, const struct store_server *where, unsigned sample,
			  enum cutover_event *on)
{
	char key[96];
	struct store_transit transit = { 0 };
	store_transit_of(s->work->store, &transit, s->party.campaign.id, NULL);
	snprintf(key, sizeof key, "cutover-%lld-%s", (long long)s->party.cutover.id, name);
	struct hook h = { .name = name,
			  .key = key,
			  .party = &s->party,
			  .where = where,
			  .transit = transit.name,
			  .log_fd = s->work->log };
	for (int i = 1;; i++) {
		struct job j = { .hook = &h,
				 .engine = -1,
				 .expected_s = expected_of(s, s->party.cutover.state) };
		struct err err = { 0 };
		snprintf(j.name, sizeof j.name, "%s", name);
		if (team_add(&s->team, &j, &err)) {
			snprintf(s->cause, sizeof s->cause, "%s", err.text);
			return BREAK_STORE;
		}
		enum step_break b = step_wait(s);
		struct job *last = &s->team.at[s->team.count - 1];
		if (b != BREAK_NONE)
			return b;
		*on = last->ok ? CUT_OK : CUT_FAIL;
		if (last->ok && sample != STEP_UNSAMPLED)
			add_sample(s, sample,
				   (double)(child_look(last->child)->ended - child_look(last->child)->began) /
					   1e9,
				   0);
		if (last->ok || !last->child || !hook_may_retry(last->child) || i == HOOK_TRIES) {
			snprintf(s->cause, sizeof s->cause, "%s: %s", name, last->cause);
			return BREAK_NONE;
		}
		/* the team is asked anew, and judges its last member */
		work_log(s->work, "%s: %s; once more", name, last->cause);
		team_fini(&s->team);
		b = pause_hook(s);
		if (b != BREAK_NONE)
			return b;
	}
}

/* Copying, scanning, verifying. */

static bool is_folder(const struct store_item *i)
{
	return !strcmp(i->kind, "files") || !strcmp(i->kind, "mail");
}

static int fail(struct step *s, const struct err *err, enum cutover_event *on)
{
	snprintf(s->cause, sizeof s->cause, "%s", err->text);
	*on = CUT_FAIL;
	return -1;
}

/* A job for each folder. */
static int add_folders(struct step *s, enum orders_pass pass, struct job *like, enum cutover_event *on)
{
	struct err err = { 0 };
	for (size_t i = 0; i < s->party.item_count; i++) {
		const struct store_item *item = &s->party.items[i];
		if (!is_folder(item))
			continue;
		struct job j = *like;
		j.item = item;
		j.engine = -1;
		if (!j.name[0])
			snprintf(j.name, sizeof j.name, "%s", item->kind);
		if (orders_files(&j.words, &s->orders, item, pass, NULL, &err) ||
		    team_add(&s->team, &j, &err))
			return fail(s, &err, on);
	}
	return 0;
}

static int add_databases(struct step *s, enum cutover_event *on)
{
	struct err err = { 0 };
	for (int e = 0; e < ENGINES; e++) {
		struct job j = { .engine = e, .expected_s = s->promise.part[WINDOW_MARIADB + e].seconds };
		if (!party_has(&s->party, orders_kind(e)))
			continue;
		snprintf(j.name, sizeof j.name, "%s", orders_kind(e));
		if (orders_copy(&j.words, &s->orders, e, !orders_reach(&s->orders, e), &err) ||
		    team_add(&s->team, &j, &err))
			return fail(s, &err, on);
	}
	return 0;
}

static void sample_databases(struct step *s)
{
	for (size_t i = 0; i < s->team.count; i++) {
		const struct job *j = &s->team.at[i];
		int64_t bytes = j->engine >= 0 ? s->party.account.bytes[j->engine] : 0;
		if (!j->ok || bytes < WORK_SAMPLE_LEAST)
			continue;
		double total = (double)(child_look(j->child)->ended - child_look(j->child)->began) / 1e9;
		double verify = team_figure(j, "seconds", "verification"), gb = (double)bytes / 1e9;
		if (s->party.cutover.state == CUTOVER_COPYING)
			add_sample(s, SAMPLE_RATE + (unsigned)j->engine, (total - verify) / gb, bytes);
		if (s->party.cutover.state == CUTOVER_VERIFYING || verify > 0)
			add_sample(s, SAMPLE_VERIFY + (unsigned)j->engine,
				   (s->party.cutover.state == CUTOVER_VERIFYING ? total : verify) / gb,
				   bytes);
	}
}

static enum step_break finish(struct step *s, enum cutover_event *on)
{
	enum step_break b = step_wait(s);
	if (b != BREAK_NONE)
		return b;
	*on = team_succeeded(&s->team, s->cause) ? CUT_OK : CUT_FAIL;
	sample_databases(s);
	return BREAK_NONE;
}

enum step_break step_copy(struct step *s, enum cutover_event *on)
{
	struct job like = { .expected_s = s->promise.part[WINDOW_FILES].seconds };
	struct err err = { 0 };
	struct desk_account who = { s->party.campaign.name, s->party.account.name };
	if (add_folders(s, PASS_FINAL, &like, on) || add_databases(s, on))
		return BREAK_NONE;
	/* from here on there may be something at the destination that is ours to replace */
	if (desk_begun(work_desk(s->work), &who, s->party.cutover.id, &err)) {
		snprintf(s->cause, sizeof s->cause, "%s", err.text);
		return BREAK_STORE;
	}
	return finish(s, on);
}

/* What a pass would change has been changed although it was frozen. */
static void hear_leak(void *arg, const json_t *event)
{
	struct step *s = arg;
	const char *what = json_string_value(json_object_get(event, "event"));
	const char *item = json_string_value(json_object_get(event, "item"));
	const char *change = json_string_value(json_object_get(event, "change"));
	if (!what || strcmp(what, "item") != 0 || !item || !change)
		return;
	/* that a folder has another time is what its own things say better */
	bool folder = change[0] && change[1] == 'd';
	if (!s->leaks++ || (s->leak_is_folder && !folder)) {
		snprintf(s->leak, sizeof s->leak, "%.100s (%.20s)", item, change);
		s->leak_is_folder = folder;
	}
}

enum step_break step_scan(struct step *s, enum cutover_event *on)
{
	struct job like = { .name = "scan",
			    .expected_s = s->promise.part[WINDOW_SCAN].seconds,
			    .hear = hear_leak,
			    .arg = s };
	struct err err = { 0 };
	if (add_folders(s, PASS_SCAN, &like, on))
		return BREAK_NONE;
	if (step_gather_list(s, &err)) {
		fail(s, &err, on);
		return BREAK_NONE;
	}
	enum step_break b = finish(s, on);
	if (b == BREAK_NONE && *on == CUT_OK && s->leaks) {
		snprintf(s->cause, sizeof s->cause,
			 "the freeze leaks: %zu thing%s changed after the final pass; the first one: %s",
			 s->leaks, s->leaks > 1 ? "s" : "", s->leak);
		*on = CUT_LEAK;
	}
	return b;
}

enum step_break step_verify(struct step *s, enum cutover_event *on)
{
	struct err err = { 0 };
	struct job like = { .name = "verify", .expected_s = s->promise.part[WINDOW_VERIFY].seconds };
	if (s->work->site->verify_files && add_folders(s, PASS_READ, &like, on))
		return BREAK_NONE;
	for (int e = 0; e < ENGINES; e++) {
		struct job j = like;
		j.engine = e;
		if (!party_has(&s->party, orders_kind(e)) || !orders_reach(&s->orders, e))
			continue; /* what cannot be reached from here was compared within the copy */
		if (orders_verify(&j.words, &s->orders, e, &err) || team_add(&s->team, &j, &err)) {
			fail(s, &err, on);
			return BREAK_NONE;
		}
	}
	return finish(s, on);
}
