#include <errno.h>
#include <stdio.h>

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

static void note_times(struct store_cutover *c, enum cutover_state was, int64_t at)
{
	if (!cutover_is_outage(was) && cutover_is_outage(c->state) && !c->started)
		c->started = at;
	if (cutover_is_outage(was) && !cutover_is_outage(c->state))
		c->ended = at;
}

int desk_cutover(struct desk *d, const struct desk_account *who, enum cutover_event on, const char *cause,
		 struct store_cutover *now, struct err *err)
{
	struct desk_case k;
	enum cutover_state was;
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	status = step_cutover(d, &k, on, &was, err);
	if (!status && cause && !k.cutover.cause[0]) /* the first one is what began it */
		snprintf(k.cutover.cause, sizeof k.cutover.cause, "%s", cause);
	if (!status) {
		note_times(&k.cutover, was, d->actor.at);
		status = store_set_cutover(d->store, &k.cutover, err);
	}
	/* it arrives when it is served there; what is gathered behind that is no concern of the client's */
	if (!status && cutover_arrived(k.cutover.state) && !cutover_arrived(was))
		status = desk_step_account(d, &k, ACC_ARRIVED, err);
	else if (!status && cutover_ended(k.cutover.state) && !cutover_arrived(was))
		status = desk_step_account(d, &k, ACC_STAYED, err);
	status = desk_close(d, status, err);
	if (!status)
		*now = k.cutover;
	return status;
}

int desk_extend(struct desk *d, const struct desk_account *who, int64_t seconds, struct store_cutover *now,
		struct err *err)
{
	struct desk_case k;
	int status = desk_open(d, who, &k, err);
	if (status)
		return status;
	status = store_find_cutover(d->store, &k.cutover, k.account.id, err);
	if (!status && seconds <= 0)
		status = err_say(err, -EINVAL, "account %s: a window is made longer, not shorter",
				 who->account);
	k.cutover.window_s += seconds;
	if (!status)
		status = store_set_cutover(d->store, &k.cutover, err);
	status = desk_close(d, status, err);
	if (!status)
		*now = k.cutover;
	return status;
}
