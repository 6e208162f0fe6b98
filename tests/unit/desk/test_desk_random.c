/* Random histories on a clock of the test's own: clients, support, hooks that fail, steps that take too long, and a daemon that is gone
 * for a while. Whatever happens, an account is served by exactly one side or is down within its window, no limit is broken, and no
 * deadline passes without an end. */
#include "scheduler/desk/desk.h"

#include <math.h>

#include "tests/unit/desk/desk_kit.h"

enum { ACCOUNTS = 4, HISTORIES = 16, STEPS = 3000, AWAY = 900 };

/* What really is, beside what the store says. */
struct world {
	bool serves[2];	  /* the client's server, the transit server */
	int leads_to;	  /* names and forwarding: which of the two */
	int from, to;	  /* of the cutover that runs */
	int64_t until;	  /* when its step ends, and */
	int64_t expected; /* when it is expected to */
	bool will_fail;	  /* the step */
	bool forgiven; /* a step that cannot be given up has failed: the promise is void, support was called */
	int64_t beyond_since;
	enum cutover_state acting; /* whose step it is */
	bool acts;

	/* what the store said when it was changed last */
	int64_t id;
	enum account_state state;
	struct store_cutover cutover; /* id 0: there is none */
};

static struct world worlds[ACCOUNTS];
static char names[ACCOUNTS][8];
static unsigned history, seed;
static size_t arrived, rolled_back, late_judged, refused;

static unsigned roll(unsigned n)
{
	return (unsigned)rand_r(&seed) % n;
}

static void look_at(int i)
{
	struct world *w = &worlds[i];
	struct store_account a = { 0 };
	assert_int_equal(store_get_account(desk.store, &a, w->id, NULL), 0);
	w->state = a.state;
	w->cutover = (struct store_cutover){ 0 };
	int status = store_find_cutover(desk.store, &w->cutover, w->id, NULL);
	assert_true(status == 0 || status == -ENOENT);
}

/* People may ask for what is refused; nothing else may go wrong. */
static void asked(int status, const struct err *err)
{
	if (status && status != -EPERM && status != -ENOSPC && status != -EINVAL && status != -ENOENT &&
	    status != -EEXIST)
		fail_msg("history %u: %d %s", history, status, err->text);
	refused += status != 0;
}

static void a_client_acts(int i)
{
	struct err err = { 0 };
	struct store_cutover c;
	struct desk_account w = who(names[i]);
	struct desk_wish wish = { .next = roll(2),
				  .at = desk.actor.at + roll(200),
				  .in_other_direction = roll(6) == 0 };
	switch (roll(8)) {
	case 0:
	case 1:
	case 2:
	case 3:
		asked(desk_request(&desk, &w, &wish, &c, &err), &err);
		break;
	case 4:
		asked(desk_move(&desk, &w, &wish, &c, &err), &err);
		break;
	case 5:
		asked(desk_cutover(&desk, &w, roll(4) ? CUT_GIVE_UP : CUT_CANCEL, NULL, &c, &err), &err);
		break;
	case 6:
		asked(desk_account(&desk, &w, roll(2) ? ACC_CONFIRM : ACC_UNCONFIRM, &err), &err);
		break;
	default:
		asked(desk_account(&desk, &w, roll(2) ? ACC_READY : ACC_UNREADY, &err), &err);
		break;
	}
	look_at(i);
}

static void support_acts(int i)
{
	struct err err = { 0 };
	struct store_cutover c;
	struct desk_account w = who(names[i]);
	if (roll(3) == 0)
		asked(desk_extend(&desk, &w, 1 + roll(60), &c, &err), &err);
	else
		asked(desk_cutover(&desk, &w, CUT_RETRY, NULL, &c, &err), &err);
	look_at(i);
}

/* What a step that has ended, well or not, has done to the world. One that fails may have done its work all the same. */
static void happens(struct world *w, enum cutover_action action, bool done)
{
	if (action == CUT_DO_FREEZE && (done || roll(2)))
		w->serves[w->from] = false;
	else if (action == CUT_DO_SWITCH && (done || roll(2)))
		w->leads_to = w->to;
	else if (action == CUT_DO_THAW_DESTINATION && (done || roll(2)))
		w->serves[w->to] = true;
	else if (action == CUT_DO_UNSWITCH && done)
		w->leads_to = w->from;
	else if (action == CUT_DO_THAW_SOURCE && (done || roll(2)))
		w->serves[w->from] = true;
}

static bool can_be_given_up(const struct store_cutover *c)
{
	return cutover_is_outage(c->state) && !cutover_is_final(c->state) && c->state <= CUTOVER_SWITCHING;
}

/* How long the step takes: mostly less than was expected, at times far longer. On the way back as long as is kept for it. */
static void begin_step(struct world *w, const struct store_cutover *c)
{
	int64_t part = c->window_s / 8 + 1;
	bool slow = roll(12) == 0;
	w->acts = true;
	w->acting = c->state;
	w->will_fail = roll(15) == 0;
	w->expected = desk.actor.at + part / (1 + roll(2));
	w->until = desk.actor.at + 1 +
		   (can_be_given_up(c) ? roll((unsigned)part * (slow ? 20 : 1))
				       : roll((unsigned)(c->back_s / 2) + 1));
}

static void ends(int i, const struct store_cutover *c, enum cutover_event on)
{
	struct world *w = &worlds[i];
	struct err err = { 0 };
	struct store_cutover now;
	struct desk_account whom = who(names[i]);
	struct desk_outcome how = { .cutover = c->id,
				    .from = c->state,
				    .elapsed = desk.actor.at - c->started,
				    .cause = on == CUT_OK ? NULL : "random" };
	w->acts = false;
	happens(w, cutover_action(c->state), on == CUT_OK);
	w->forgiven |= on == CUT_FAIL && !can_be_given_up(c);
	int status = desk_cutover(&desk, &whom, on, &how, &now, &err);
	if (status)
		fail_msg("history %u: %s", history, err.text);
	arrived += cutover_arrived(now.state) && !cutover_arrived(c->state);
	rolled_back += now.state == CUTOVER_ROLLED_BACK;
	/* the outage has an end: was it in time? */
	if (cutover_is_outage(c->state) && !cutover_is_outage(now.state) && !w->forgiven &&
	    now.ended - now.started > now.window_s)
		fail_msg("history %u: %s was down for %lld s of %lld", history, names[i],
			 (long long)(now.ended - now.started), (long long)now.window_s);
	look_at(i);
}

static bool is_late(struct world *w, const struct store_cutover *c)
{
	struct window_run r = { .window = (double)c->window_s,
				.now = (double)(desk.actor.at - c->started),
				.left = fmax(0, (double)(w->expected - desk.actor.at)),
				.back = (double)c->back_s };
	w->beyond_since = !window_is_beyond(&r) ? 0 : w->beyond_since ? w->beyond_since : desk.actor.at;
	r.beyond = w->beyond_since ? (double)(desk.actor.at - w->beyond_since) : 0;
	return window_judge(&r) == WINDOW_LOST;
}

static void start_it(int i)
{
	struct world *w = &worlds[i];
	struct err err = { 0 };
	struct store_cutover now;
	struct desk_account whom = who(names[i]);
	if (desk_start(&desk, &whom, "boot", 5, &now, &err))
		fail_msg("history %u: %s", history, err.text);
	w->forgiven = false;
	w->beyond_since = 0;
	w->from = strcmp(now.from, "transit3") == 0;
	w->to = !w->from;
	look_at(i);
}

/* A second of the daemon's, for one account. */
static void a_worker_acts(int i)
{
	struct world *w = &worlds[i];
	struct store_cutover c = w->cutover;
	if (!c.id)
		return;
	if (c.state == CUTOVER_PLANNED) {
		if (c.planned <= desk.actor.at)
			start_it(i);
		return;
	}
	if (w->acts &&
	    w->acting != c.state) { /* somebody has decided otherwise: what was under way is ended */
		happens(w, cutover_action(w->acting), false);
		w->acts = false;
	}
	if (!w->acts)
		begin_step(w, &c);
	if (can_be_given_up(&c) && is_late(w, &c)) {
		late_judged++;
		ends(i, &c, CUT_OUT_OF_TIME);
	} else if (w->until <= desk.actor.at) {
		ends(i, &c, w->will_fail ? CUT_FAIL : CUT_OK);
	}
}

/* What has to be true at every moment. */
static void check_account(int i)
{
	struct world *w = &worlds[i];
	const struct store_cutover *c = &w->cutover;
	int home = account_place(w->state) == PLACE_TRANSIT;
	if (w->serves[0] && w->serves[1])
		fail_msg("history %u: %s is served by both sides", history, names[i]);
	if (c->id && c->state != CUTOVER_PLANNED && !cutover_arrived(c->state)) {
		if (c->state == CUTOVER_CLEARING && !w->serves[w->from])
			fail_msg("history %u: %s is cleared while its source does not serve", history,
				 names[i]);
		return;
	}
	if (!w->serves[home] || w->serves[!home] || w->leads_to != home)
		fail_msg("history %u: %s is %s and not served there alone", history, names[i],
			 account_name(w->state));
}

/* When it occupies its servers, as far as is known; false: it does not. */
static bool window_of(int i, int64_t *start, int64_t *until)
{
	const struct store_cutover *c = &worlds[i].cutover;
	if (!c->id || cutover_arrived(c->state))
		return false;
	*start = c->started ? c->started : c->planned;
	*until = *start + c->window_s - c->extended_s;
	return true;
}

/* More begin at once than the limit allows? Those that run longer than was promised are not counted: support was called, or has made
 * them longer. */
static void check_limits(int i)
{
	int64_t start, until, other, end;
	size_t beside = 0;
	if (!window_of(i, &start, &until))
		return;
	for (int j = 0; j < ACCOUNTS; j++)
		beside += j != i && window_of(j, &other, &end) && other <= start && start < end;
	if (beside >= (size_t)site.most.pair)
		fail_msg("history %u: %s begins beside %zu others", history, names[i], beside);
}

static void check_world(void)
{
	for (int i = 0; i < ACCOUNTS; i++) {
		check_account(i);
		check_limits(i);
	}
}

static void live(void)
{
	for (int s = 0; s < STEPS; s++) {
		/* at times the daemon is gone, and so is who could keep a promise */
		bool gone = roll(400) == 0;
		desk.actor.at += gone ? 1 + roll(AWAY) : 1;
		for (int i = 0; gone && i < ACCOUNTS; i++)
			worlds[i].forgiven = true;
		if (roll(30) == 0)
			a_client_acts((int)roll(ACCOUNTS));
		if (roll(60) == 0)
			support_acts((int)roll(ACCOUNTS));
		for (int i = 0; i < ACCOUNTS; i++)
			a_worker_acts(i);
		check_world();
	}
}

static void an_account_is_served_by_one_side_or_down_within_its_window(void **state)
{
	const char *list[ACCOUNTS];
	for (int i = 0; i < ACCOUNTS; i++) {
		snprintf(names[i], sizeof names[i], "a%d", i);
		list[i] = names[i];
	}
	tear_down(state);
	for (history = 0; history < HISTORIES; history++) {
		seed = history * 7919 + 1;
		set_up(state);
		site.most.pair = 2;
		bring_out(ACCOUNTS, list);
		for (int i = 0; i < ACCOUNTS; i++) {
			struct store_account a = { 0 };
			assert_int_equal(store_find_account(desk.store, &a, campaign("anna").id, names[i],
							    NULL),
					 0);
			worlds[i] = (struct world){ .serves = { true, false }, .id = a.id, .state = a.state };
			measure(names[i], (int64_t)roll(4) * 500000000);
		}
		live();
		if (history + 1 < HISTORIES)
			tear_down(state);
	}
	print_message("%zu arrived, %zu rolled back, %zu of them out of time, %zu wishes refused\n", arrived,
		      rolled_back, late_judged, refused);
	assert_true(arrived > 20 && rolled_back > 20 && late_judged > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_account_is_served_by_one_side_or_down_within_its_window,
						set_up, tear_down),
	};
	return cmocka_run_group_tests_name("desk_random", tests, NULL, NULL);
}
