#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/desk/desk_inner.h"

int desk_request(struct desk *d, const struct desk_account *who, const struct desk_wish *wish,
		 struct store_cutover *planned, struct err *err)
{
	struct desk_case k;
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	status = desk_step_account(d, &k, wish->in_other_direction ? ACC_PLAN_BACK : ACC_PLAN, err);
	struct store_cutover c = { .account = k.account.id, .state = CUTOVER_PLANNED };
	if (!status)
		status = desk_schedule(d, &k, wish, &c, err);
	if (!status)
		status = store_add_cutover(d->store, &c, err);
	status = desk_close(d, status, err);
	if (!status)
		*planned = c;
	return status;
}

/* The account's cutover, which must be in a state in which this may happen. Within the transaction. */
static int step_cutover(struct desk *d, struct desk_case *k, enum cutover_event on, enum cutover_state *was,
			struct err *err)
{
	int status = store_find_cutover(d->store, &k->cutover, k->account.id, err);
	if (status)
		return status;
	*was = k->cutover.state;
	struct cutover_move m = cutover_next(*was, on);
	if (!m.allowed)
		return err_say(err, -EPERM,
			       "the cutover of account %s is %s: too late for this, or too early",
			       k->account.name, cutover_name(*was));
	k->cutover.state = m.to;
	return 0;
}

int desk_move(struct desk *d, const struct desk_account *who, const struct desk_wish *wish,
	      struct store_cutover *planned, struct err *err)
{
	struct desk_case k;
	enum cutover_state was;
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	status = step_cutover(d, &k, CUT_MOVE, &was, err);
	if (!status)
		status = desk_schedule(d, &k, wish, &k.cutover, err);
	if (!status)
		status = store_set_cutover(d->store, &k.cutover, err);
	status = desk_close(d, status, err);
	if (!status)
		*planned = k.cutover;
	return status;
}

static void note_times(struct store_cutover *c, enum cutover_state was, const struct desk_outcome *how,
		       int64_t at)
{
	if (!cutover_is_outage(was) && cutover_is_outage(c->state) && !c->started)
		c->started = at;
	if (cutover_is_outage(was) && !cutover_is_outage(c->state))
		c->ended = how->cutover ? c->started + how->elapsed : at;
}

/* The cutover's state has changed, or its step has failed and is still to be done. */
static void note_state(struct store_cutover *c, enum cutover_state was, enum cutover_event on,
		       const struct desk_outcome *how, int64_t at)
{
	const char *cause = how->cause;
	note_times(c, was, how, at);
	if (on == CUT_FAIL && c->state == was) {
		c->tries++;
		c->tried = at;
		snprintf(c->stuck, sizeof c->stuck, "%s", cause ? cause : "it failed");
		return;
	}
	c->tries = c->tried = 0;
	c->stuck[0] = 0;
	if (cause && !c->cause[0]) /* the first one is what began it */
		snprintf(c->cause, sizeof c->cause, "%s", cause);
}

static int keep_measured(struct desk *d, const struct store_cutover *c, const struct desk_outcome *how,
			 struct err *err)
{
	int status = 0;
	for (size_t i = 0; !status && i < how->phase_count; i++) {
		struct store_phase p = how->phases[i];
		p.cutover = c->id;
		status = store_add_phase(d->store, &p, err);
	}
	for (size_t i = 0; !status && i < how->sample_count; i++)
		status = store_add_sample(d->store, how->samples[i].kind, c, how->samples[i].value,
					  how->samples[i].bytes, err);
	return status;
}

/* The account's cutover was in this state: what follows for the account. It arrives when it is served there; what is gathered behind
 * that is no concern of the client's. */
static int follow_cutover(struct desk *d, struct desk_case *k, enum cutover_state was, struct err *err)
{
	enum cutover_state s = k->cutover.state;
	if (cutover_arrived(s) && !cutover_arrived(was))
		return desk_step_account(d, k, ACC_ARRIVED, err);
	if (cutover_ended(s) && !cutover_arrived(was))
		return desk_step_account(d, k, ACC_STAYED, err);
	return 0;
}

static int apply(struct desk *d, struct desk_case *k, enum cutover_event on, const struct desk_outcome *how,
		 struct err *err)
{
	enum cutover_state was;
	int status = step_cutover(d, k, on, &was, err);
	if (!status && how->cutover && (how->cutover != k->cutover.id || how->from != was))
		return err_say(err, -ESTALE, "the cutover of account %s is %s by now", k->account.name,
			       cutover_name(was));
	if (status)
		return status;
	note_state(&k->cutover, was, on, how, d->actor.at);
	status = store_set_cutover(d->store, &k->cutover, err);
	if (!status)
		status = keep_measured(d, &k->cutover, how, err);
	return status ? status : follow_cutover(d, k, was, err);
}

int desk_cutover(struct desk *d, const struct desk_account *who, enum cutover_event on,
		 const struct desk_outcome *how, struct store_cutover *now, struct err *err)
{
	static const struct desk_outcome nothing;
	struct desk_case k;
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	status = desk_close(d, apply(d, &k, on, how ? how : &nothing, err), err);
	if (!status)
		*now = k.cutover;
	return status;
}

/* Why it is not started after all; *why stays "" where it is. */
static int object(struct desk *d, const struct desk_case *k, char why[static STORE_TEXT], struct err *err)
{
	const struct store_cutover *c = &k->cutover;
	struct err no = { 0 };
	struct window w;
	why[0] = 0;
	if (d->actor.at - c->planned > DESK_LATE) {
		snprintf(why, STORE_TEXT, "its start was missed by %lld s: nothing could be started then",
			 (long long)(d->actor.at - c->planned));
		return 0;
	}
	int status = desk_weigh(d, k, &w, err);
	if (status)
		return status;
	if (w.sum + w.back > (double)c->window_s)
		snprintf(why, STORE_TEXT,
			 "it is expected to take %.0f s by now, and %lld s were promised: ask anew",
			 w.sum + w.back, (long long)c->window_s);
	else if (desk_fits(d, k, &no))
		snprintf(why, STORE_TEXT, "%s", no.text);
	return 0;
}

int desk_start(struct desk *d, const struct desk_account *who, const char *boot, int64_t boot_s,
	       struct store_cutover *now, struct err *err)
{
	struct desk_case k;
	char why[STORE_TEXT];
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	status = store_find_cutover(d->store, &k.cutover, k.account.id, err);
	if (!status && k.cutover.state == CUTOVER_PLANNED)
		status = object(d, &k, why, err);
	struct desk_outcome how = { .cause = !status && why[0] ? why : NULL };
	if (!status)
		status = apply(d, &k, how.cause ? CUT_CANCEL : CUT_START, &how, err);
	if (!status && !how.cause) {
		snprintf(k.cutover.boot, sizeof k.cutover.boot, "%s", boot);
		k.cutover.boot_s = boot_s;
		status = store_set_cutover(d->store, &k.cutover, err);
	}
	status = desk_close(d, status, err);
	if (!status)
		*now = k.cutover;
	return status;
}

/* Changes what the account's cutover is like, whatever its state. */
static int amend(struct desk *d, const struct desk_account *who,
		 void (*fn)(struct store_cutover *c, int64_t by), int64_t by, struct store_cutover *now,
		 struct err *err)
{
	struct desk_case k;
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	status = store_find_cutover(d->store, &k.cutover, k.account.id, err);
	if (!status) {
		fn(&k.cutover, by);
		status = store_set_cutover(d->store, &k.cutover, err);
	}
	status = desk_close(d, status, err);
	if (!status)
		*now = k.cutover;
	return status;
}

static int look_for_copying(void *arg, const struct store_phase *p)
{
	*(bool *)arg |= !strcmp(p->name, "copying");
	return 0;
}

int desk_begun(struct desk *d, const struct desk_account *who, int64_t cutover, struct err *err)
{
	struct desk_case k;
	bool was = false;
	struct store_phase p = {
		.cutover = cutover, .name = "copying", .began_ms = d->actor.at * 1000, .ok = 1
	};
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	status = store_each_phase(d->store, cutover, look_for_copying, &was, err);
	if (!status && !was)
		status = store_add_phase(d->store, &p, err);
	return desk_close(d, status, err);
}

static void set_warned(struct store_cutover *c, int64_t by)
{
	(void)by;
	c->warned = (int64_t)c->state + 1;
}

int desk_warned(struct desk *d, const struct desk_account *who, struct err *err)
{
	struct store_cutover now;
	return amend(d, who, set_warned, 0, &now, err);
}

static void set_longer(struct store_cutover *c, int64_t by)
{
	c->window_s += by;
	c->extended_s += by;
}

int desk_extend(struct desk *d, const struct desk_account *who, int64_t seconds, struct store_cutover *now,
		struct err *err)
{
	if (seconds <= 0)
		return err_say(err, -EINVAL, "account %s: a window is made longer, not shorter",
			       who->account);
	return amend(d, who, set_longer, seconds, now, err);
}
