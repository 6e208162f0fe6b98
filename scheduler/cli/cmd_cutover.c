#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/cli/cmd.h"
#include "scheduler/cli/estimate.h"
#include "scheduler/cli/look.h"

static void show(struct session *s, const struct store_cutover *c)
{
	struct tell *t = &s->tell;
	tell_begin(t, "cutover", NULL);
	if (t->json) {
		tell_text(t, "campaign", s->account.campaign);
		tell_text(t, "account", s->account.account);
	}
	tell_line(t, "cutover of %s: %s", session_operand(s), cutover_name(c->state));
	tell_text(t, "from", c->from);
	tell_text(t, "to", c->to);
	if (t->json)
		tell_text(t, "state", cutover_name(c->state));
	tell_moment(t, "planned", c->planned);
	tell_whole(t, "window_s", c->window_s);
	if (c->extended_s)
		tell_whole(t, "extended_s", c->extended_s);
	tell_moment(t, "latest_end", (c->started ? c->started : c->planned) + c->window_s);
	tell_moment(t, "started", c->started);
	tell_moment(t, "ended", c->ended);
	tell_text(t, "cause", c->cause);
	tell_text(t, "stuck", c->stuck);
	tell_end(t);
}

static int find(struct session *s, struct store_campaign *c, struct store_account *a)
{
	int r = store_find_campaign(s->desk.store, c, s->account.campaign, &s->err);
	return r ? r : store_find_account(s->desk.store, a, c->id, s->account.account, &s->err);
}

int cmd_account_estimate(struct session *s)
{
	struct window w;
	int r = desk_estimate(&s->desk, &s->account, s->o->back, &w, &s->err);
	if (!r)
		estimate_tell(s, &w);
	return r;
}

static int read_wish(struct session *s, struct desk_wish *out)
{
	const struct options *o = s->o;
	*out = (struct desk_wish){ .in_other_direction = o->back, .next = o->next, .at = s->desk.actor.at };
	return o->at ? session_moment(&out->at, "at", o->at, &s->err) : 0;
}

/* Home, and from there once more, support brings them. */
static int may_request(struct session *s)
{
	struct store_campaign c = { 0 };
	struct store_account a = { 0 };
	int r = find(s, &c, &a);
	if (r || !session_is_client(s))
		return r;
	enum account_state to = account_next(a.state, s->o->back ? ACC_PLAN_BACK : ACC_PLAN, c.state).to;
	if (to == ACCOUNT_HOMING || to == ACCOUNT_REVOKING)
		return err_say(&s->err, -EPERM, "account %s is %s: its next cutover is support's to ask for",
			       a.name, account_name(a.state));
	return 0;
}

int cmd_account_request(struct session *s)
{
	struct desk_wish wish;
	struct store_cutover planned = { 0 };
	struct window w;
	int r = read_wish(s, &wish);
	if (!r)
		r = may_request(s);
	if (!r)
		r = desk_estimate(&s->desk, &s->account, s->o->back, &w, &s->err);
	if (r)
		return r;
	estimate_tell(s, &w);
	r = desk_request(&s->desk, &s->account, &wish, &planned, &s->err);
	if (!r)
		show(s, &planned);
	return r;
}

int cmd_account_move(struct session *s)
{
	struct desk_wish wish;
	struct store_cutover planned = { 0 };
	int r = read_wish(s, &wish);
	if (!r)
		r = desk_move(&s->desk, &s->account, &wish, &planned, &s->err);
	if (!r)
		show(s, &planned);
	return r;
}

static int event(struct session *s, enum cutover_event on, const char *verb)
{
	struct store_cutover now = { 0 };
	char cause[STORE_TEXT];
	snprintf(cause, sizeof cause, "%s by %.120s%s%.800s", verb, s->desk.actor.who,
		 s->desk.actor.why[0] ? ": " : "", s->desk.actor.why);
	struct desk_outcome how = { .cause = verb[0] ? cause : NULL };
	int r = desk_cutover(&s->desk, &s->account, on, &how, &now, &s->err);
	if (!r)
		show(s, &now);
	return r;
}

int cmd_account_cancel(struct session *s)
{
	return event(s, CUT_CANCEL, "cancelled");
}

/* Why it cannot be rolled back, and what can be done instead. code: what was said already. */
static int explain(struct session *s, int code)
{
	struct store_campaign c = { 0 };
	struct store_account a = { 0 };
	struct store_cutover cut = { 0 };
	struct err said = s->err;
	int r = find(s, &c, &a), has = r ? r : look_cutover(s, a.id, &cut);
	s->err = said;
	if (has < 0)
		return code;
	bool moved = account_place(a.state) != PLACE_SERVER || (has && cutover_is_final(cut.state));
	if (!moved || (has && !cutover_is_final(cut.state)))
		return code;
	bool can = account_next(a.state, ACC_PLAN_BACK, c.state).allowed;
	return err_say(
		&s->err, -EPERM,
		"account %s is %s: the point of no return is behind it, and there is only a cutover in the "
		"other direction%s: scheduler account request %s --back --next",
		a.name, account_name(a.state), can ? "" : ", which this step does not allow now",
		session_operand(s));
}

int cmd_account_rollback(struct session *s)
{
	int r = event(s, CUT_GIVE_UP, "rolled back");
	return r == -EPERM || r == -ENOENT ? explain(s, r) : r;
}

int cmd_account_extend(struct session *s)
{
	struct store_cutover now = { 0 };
	int r = desk_extend(&s->desk, &s->account, s->o->seconds, &now, &s->err);
	if (!r)
		show(s, &now);
	return r;
}

int cmd_account_support(struct session *s)
{
	return event(s, (enum cutover_event)s->command->event, "");
}
