#include "scheduler/run/cutover_run.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scheduler/run/step.h"

enum { RETRY_FIRST_S = 5, RETRY_MOST_S = 300, PHASES_MOST = 64 };

static struct desk_account who_of(const struct step *s)
{
	return (struct desk_account){ s->party.campaign.name, s->party.account.name };
}

static void say(struct step *s, const char *what, const char *text)
{
	char key[128];
	const struct store_cutover *c = &s->party.cutover;
	snprintf(key, sizeof key, "cutover-%lld-%s-%s-%lld", (long long)c->id, what, cutover_name(c->state),
		 (long long)c->tries);
	work_notify(s->work, &s->party, key, what, text);
}

/* Reads it anew; 1: there is nothing (more) to be done. */
static int begin(struct step *s, struct work *w, int64_t account, struct err *err)
{
	*s = (struct step){ .work = w };
	int status = party_read(&s->party, w->store, account, err);
	if (status)
		return status;
	s->orders = (struct orders){ w->site, &s->party };
	if (!s->party.cutover.id || cutover_ended(s->party.cutover.state))
		return 1;
	struct desk_account who = who_of(s);
	status = desk_estimate(work_desk(w), &who, false, &s->promise, err);
	if (status ==
	    -EPERM) /* what it is about has changed since it was promised; it goes on by the promise */
		status = 0;
	return status;
}

static void end(struct step *s)
{
	team_fini(&s->team);
	party_fini(&s->party);
}

static enum step_break act(struct step *s, enum cutover_event *on)
{
	const struct store_server *from = &s->party.from, *to = &s->party.to;
	switch (cutover_action(s->party.cutover.state)) {
	case CUT_DO_FREEZE:
		return step_hook(s, "freeze", from, SAMPLE_FREEZE, on);
	case CUT_DO_COPY:
		return step_copy(s, on);
	case CUT_DO_SCAN:
		return step_scan(s, on);
	case CUT_DO_VERIFY:
		return step_verify(s, on);
	case CUT_DO_SWITCH:
		return step_hook(s, "switch", to, SAMPLE_SWITCH, on);
	case CUT_DO_THAW_DESTINATION:
		return step_hook(s, "thaw", to, SAMPLE_THAW, on);
	case CUT_DO_GATHER:
		return step_gather(s, on);
	case CUT_DO_UNSWITCH:
		return step_hook(s, "unswitch", from, STEP_UNSAMPLED, on);
	case CUT_DO_THAW_SOURCE:
		return step_hook(s, "thaw", from, SAMPLE_THAW, on);
	case CUT_DO_CLEAR:
		return step_hook(s, "clear", to, STEP_UNSAMPLED, on);
	case CUT_DO_NOTHING:
	case CUT_DO_CALL_SUPPORT:
		break;
	}
	CHECK(false);
	return BREAK_STORE;
}

/* What the team has measured, in the order in which it began. */
static size_t phases_of(const struct step *s, struct store_phase out[static PHASES_MOST])
{
	size_t n = 0;
	for (size_t i = 0; i < s->team.count && n < PHASES_MOST; i++)
		if (s->team.at[i].began_ms)
			team_phase(&out[n++], &s->team.at[i]);
	return n;
}

/* Stores how the step went. The new state is in *now. */
static int record(struct step *s, enum cutover_event on, struct store_cutover *now, struct err *err)
{
	static struct store_phase phases[PHASES_MOST]; /* too large for a stack */
	struct desk_account who = who_of(s);
	struct desk_outcome how = { .cutover = s->party.cutover.id,
				    .from = s->party.cutover.state,
				    .elapsed = step_elapsed(s),
				    .cause = on == CUT_OK ? NULL : s->cause,
				    .phases = phases,
				    .phase_count = phases_of(s, phases),
				    .samples = s->samples,
				    .sample_count = s->sample_count };
	return desk_cutover(work_desk(s->work), &who, on, &how, now, err);
}

/* Whoever waits for it hears of it. */
static void tell(struct step *s, enum cutover_event on, const struct store_cutover *now)
{
	enum cutover_state was = s->party.cutover.state;
	work_log(s->work, "%s/%s: %s -> %s", s->party.campaign.name, s->party.account.name, cutover_name(was),
		 cutover_name(now->state));
	if (on == CUT_FAIL && now->state == was)
		say(s, "stuck", now->stuck);
	else if (on != CUT_OK && on != CUT_RETRY)
		say(s, "rolling-back", now->cause);
	else if (cutover_arrived(now->state) && !cutover_arrived(was))
		say(s, "arrived", "served at the destination");
	else if (now->state == CUTOVER_ROLLED_BACK)
		say(s, "rolled-back", now->cause);
}

/* A step that cannot be given up has failed: it is tried again later, or as soon as somebody says so. */
static enum step_break wait_for_retry(struct step *s)
{
	const struct store_cutover *c = &s->party.cutover;
	int64_t wait = RETRY_FIRST_S << (c->tries < 7 ? c->tries - 1 : 6);
	int64_t until = c->tried + (wait < RETRY_MOST_S ? wait : RETRY_MOST_S);
	enum step_break b = BREAK_NONE;
	/* a clock that was set back is not waited for */
	while (b == BREAK_NONE && time(NULL) < until && time(NULL) >= c->tried) {
		b = step_tick(s, &s->team);
		if (b == BREAK_NONE)
			work_pause(TEAM_TICK_MS);
	}
	return b;
}

static int start_it(struct step *s, struct err *err)
{
	char boot[STORE_NAME];
	struct store_cutover now = { 0 };
	struct desk_account who = who_of(s);
	int64_t boot_s = work_boot(boot);
	if (s->party.cutover.planned > time(NULL))
		return 1; /* it is not time yet, or was moved */
	int status = desk_start(work_desk(s->work), &who, boot, boot_s, &now, err);
	if (!status)
		say(s, now.state == CUTOVER_CANCELLED ? "not-started" : "started", now.cause);
	return status;
}

/* One state. 0: on to the next; 1: the end. */
static int once(struct step *s, struct err *err)
{
	enum cutover_event on = CUT_FAIL;
	struct store_cutover now = { 0 };
	enum step_break b = BREAK_NONE;
	if (s->party.cutover.state == CUTOVER_PLANNED)
		return start_it(s, err);
	if (s->party.cutover.tries)
		b = wait_for_retry(s);
	if (b == BREAK_NONE)
		b = act(s, &on);
	if (b == BREAK_OVERTAKEN)
		return 0;
	if (b == BREAK_QUIT)
		return -ECANCELED;
	if (b == BREAK_STORE)
		return err_say(err, -EIO, "%s", s->cause);
	if (b == BREAK_LATE)
		on = CUT_OUT_OF_TIME;
	if (on == CUT_FAIL && s->party.cutover.state == CUTOVER_SWITCHING && s->team.count &&
	    s->team.at[s->team.count - 1].child && hook_untouched(s->team.at[s->team.count - 1].child))
		on = CUT_UNTOUCHED;
	int status = record(s, on, &now, err);
	if (status == -ESTALE || status == -EPERM)
		return 0; /* somebody has decided otherwise meanwhile */
	if (!status)
		tell(s, on, &now);
	return status;
}

int cutover_run(struct work *w, int64_t account, struct err *err)
{
	for (;;) {
		struct step *s = calloc(1, sizeof *s);
		if (!s)
			return err_set(err, -ENOMEM, "cutover");
		int status = begin(s, w, account, err);
		if (!status)
			status = once(s, err);
		end(s);
		free(s);
		if (status)
			return status > 0 ? 0 : status;
	}
}
