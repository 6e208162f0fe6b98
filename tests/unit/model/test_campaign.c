/* account and campaign together: the gates hold whatever the order of events. */
#include "scheduler/model/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

enum { ACCOUNTS = 2 };

/* Two accounts, their cutovers, and their campaign: small enough to walk every state that there is. */
struct world {
	unsigned char campaign, account[ACCOUNTS], cutover[ACCOUNTS];
};

enum { WORLDS = CAMPAIGN_STATES * (ACCOUNT_STATES * CUTOVER_STATES) * (ACCOUNT_STATES * CUTOVER_STATES) };

static size_t number(const struct world *w)
{
	size_t n = w->campaign;
	for (size_t i = 0; i < ACCOUNTS; i++)
		n = (n * ACCOUNT_STATES + w->account[i]) * CUTOVER_STATES + w->cutover[i];
	return n;
}

static struct campaign_facts facts(const struct world *w)
{
	struct campaign_facts f = { 0 };
	for (size_t i = 0; i < ACCOUNTS; i++)
		account_count(&f, w->account[i]);
	return f;
}

/* What may come next: campaign's events, then each account's, then each cutover's. */
enum { CHOICES = CAMPAIGN_EVENTS + ACCOUNTS * (ACCOUNT_EVENTS + CUTOVER_EVENTS) };

static bool step_campaign(struct world *w, enum campaign_event e)
{
	struct campaign_facts f = facts(w);
	struct campaign_move m = campaign_next(w->campaign, e, &f);
	w->campaign = (unsigned char)m.to;
	return m.allowed;
}

static bool step_account(struct world *w, size_t i, enum account_event e)
{
	/* these are the end of a cutover, and come from it */
	if (e == ACC_ARRIVED || e == ACC_STAYED)
		return false;
	struct account_move m = account_next(w->account[i], e, w->campaign);
	w->account[i] = (unsigned char)m.to;
	if (m.allowed && account_in_cutover(m.to))
		w->cutover[i] = CUTOVER_PLANNED;
	return m.allowed;
}

static bool step_cutover(struct world *w, size_t i, enum cutover_event e)
{
	if (!account_in_cutover(w->account[i]))
		return false;
	struct cutover_move m = cutover_next(w->cutover[i], e);
	w->cutover[i] = (unsigned char)m.to;
	if (m.allowed && cutover_ended(m.to)) {
		struct account_move a = account_next(w->account[i],
						     m.to == CUTOVER_DONE ? ACC_ARRIVED : ACC_STAYED,
						     w->campaign);
		assert_true(a.allowed); /* whatever the campaign's step */
		w->account[i] = (unsigned char)a.to;
		w->cutover[i] = CUTOVER_PLANNED;
	}
	return m.allowed;
}

static bool step(struct world *w, unsigned choice)
{
	if (choice < CAMPAIGN_EVENTS)
		return step_campaign(w, choice);
	choice -= CAMPAIGN_EVENTS;
	size_t i = choice / (ACCOUNT_EVENTS + CUTOVER_EVENTS);
	choice %= ACCOUNT_EVENTS + CUTOVER_EVENTS;
	return choice < ACCOUNT_EVENTS ? step_account(w, i, choice)
				       : step_cutover(w, i, choice - ACCOUNT_EVENTS);
}

/* Nothing that is true at every moment is broken. */
static void check(const struct world *w)
{
	for (size_t i = 0; i < ACCOUNTS; i++) {
		enum account_state a = w->account[i];
		enum account_place place = account_place(a);
		if (a == ACCOUNT_REMOVED)
			continue;
		switch (w->campaign) {
		case CAMPAIGN_WAITING:
		case CAMPAIGN_INSTALLING:
		case CAMPAIGN_AHEAD:
			assert_int_equal(a, ACCOUNT_READY);
			break;
		case CAMPAIGN_REROUTING:
		case CAMPAIGN_REROUTED:
		case CAMPAIGN_LOOKING:
		case CAMPAIGN_REINSTALLING: /* what is still at the server is gone now */
		case CAMPAIGN_BEHIND:
			assert_int_equal(a, ACCOUNT_CONFIRMED);
			break;
		case CAMPAIGN_ROUTING:
		case CAMPAIGN_SWEEPING:
		case CAMPAIGN_RELEASING:
		case CAMPAIGN_DONE: /* what is still at the transit server is gone now */
			assert_int_equal(a, ACCOUNT_HOME);
			break;
		case CAMPAIGN_DROPPING:
		case CAMPAIGN_RESTORING:
		case CAMPAIGN_CANCELLED:
			assert_int_equal(place, PLACE_SERVER);
			assert_false(account_in_cutover(a));
			break;
		default:
			break;
		}
		if (w->campaign < CAMPAIGN_OUT)
			assert_int_equal(place, PLACE_SERVER);
		if (w->campaign > CAMPAIGN_REINSTALLING && w->campaign <= CAMPAIGN_RELEASING)
			assert_int_not_equal(place, PLACE_SERVER);
	}
}

/* Marks the worlds that can be reached, each checked; *goal of them are where a campaign ends. */
static unsigned char *walk(size_t *count)
{
	unsigned char *seen = calloc(1, WORLDS);
	struct world *queue = calloc(WORLDS, sizeof *queue);
	assert_non_null(seen);
	assert_non_null(queue);
	size_t head = 0, tail = 1;
	seen[number(&queue[0])] = 1;
	while (head < tail) {
		check(&queue[head]);
		for (unsigned c = 0; c < CHOICES; c++) {
			struct world w = queue[head];
			if (step(&w, c) && !seen[number(&w)]) {
				seen[number(&w)] = 1;
				queue[tail++] = w;
			}
		}
		head++;
	}
	free(queue);
	*count = tail;
	return seen;
}

static void no_order_of_events_leads_around_a_gate(void **state)
{
	(void)state;
	size_t count;
	unsigned char *seen = walk(&count);
	assert_true(count > 1000);
	static bool met[CAMPAIGN_STATES], at[ACCOUNT_STATES];
	for (unsigned c = 0; c < CAMPAIGN_STATES; c++)
		for (size_t n = 0; n < WORLDS / CAMPAIGN_STATES; n++)
			if (seen[c * (WORLDS / CAMPAIGN_STATES) + n]) {
				met[c] = true;
				at[n % (ACCOUNT_STATES * CUTOVER_STATES) / CUTOVER_STATES] = true;
			}
	for (unsigned c = 0; c < CAMPAIGN_STATES; c++)
		assert_true(met[c]);
	for (unsigned a = 0; a < ACCOUNT_STATES; a++)
		assert_true(at[a]);
	free(seen);
}

static struct world world_of(size_t n)
{
	struct world w = { 0 };
	for (size_t i = ACCOUNTS; i-- > 0;) {
		w.cutover[i] = (unsigned char)(n % CUTOVER_STATES);
		n /= CUTOVER_STATES;
		w.account[i] = (unsigned char)(n % ACCOUNT_STATES);
		n /= ACCOUNT_STATES;
	}
	w.campaign = (unsigned char)n;
	return w;
}

/* From the ends backwards: whatever has happened, there is a way to an end. */
static void there_is_no_dead_end(void **state)
{
	(void)state;
	size_t count, left = 0, before;
	unsigned char *seen = walk(&count);
	for (size_t n = 0; n < WORLDS; n++) {
		struct world w = world_of(n);
		if (seen[n] && !campaign_ended(w.campaign))
			left++;
		else
			seen[n] = 0;
	}
	assert_true(left > 1000);
	do {
		before = left;
		for (size_t n = 0; n < WORLDS; n++)
			for (unsigned c = 0; seen[n] && c < CHOICES; c++) {
				struct world w = world_of(n);
				if (step(&w, c) && !seen[number(&w)]) {
					seen[n] = 0;
					left--;
				}
			}
	} while (left < before && left);
	assert_int_equal(left, 0);
	free(seen);
}

static void a_gate_says_what_is_missing(void **state)
{
	(void)state;
	struct campaign_facts f = { .accounts = 3, .ready = 2 };
	assert_string_equal(campaign_next(CAMPAIGN_PREPARING, CAMP_REQUEST, &f).refused,
			    "not all accounts are ready");
	f = (struct campaign_facts){ .accounts = 3, .ready = 3, .away = 3, .confirmed = 2 };
	assert_non_null(
		strstr(campaign_next(CAMPAIGN_VERIFYING, CAMP_ASK_REINSTALL, &f).refused, "confirmed"));
	f = (struct campaign_facts){ 0 };
	assert_false(campaign_next(CAMPAIGN_PREPARING, CAMP_REQUEST, &f)
			     .allowed); /* of a campaign without accounts */
}

static void an_inventory_that_finds_something_leads_back_to_the_client(void **state)
{
	(void)state;
	struct campaign_facts f = { .accounts = 1, .ready = 1, .away = 1, .confirmed = 1 };
	assert_int_equal(campaign_next(CAMPAIGN_INVENTORY, CAMP_DIRTY, &f).to, CAMPAIGN_VERIFYING);
	assert_int_equal(campaign_next(CAMPAIGN_INVENTORY, CAMP_OK, &f).to, CAMPAIGN_REROUTING);
	/* only it opens the way to the reinstallation */
	for (unsigned s = 0; s < CAMPAIGN_STATES; s++)
		for (unsigned e = 0; e < CAMPAIGN_EVENTS; e++) {
			struct campaign_move m = campaign_next(s, e, &f);
			if (m.allowed && m.to == CAMPAIGN_REROUTING && s != CAMPAIGN_REROUTING)
				assert_true(s == CAMPAIGN_INVENTORY && e == CAMP_OK);
			if (m.allowed && m.to == CAMPAIGN_REINSTALLING && s != CAMPAIGN_REINSTALLING)
				assert_true(s == CAMPAIGN_LOOKING && e == CAMP_OK);
		}
}

/* All ways to the release lead over this one. */
static void the_addresses_lead_home_again_before_the_transit_server_is_released(void **state)
{
	(void)state;
	struct campaign_facts f = { .accounts = 1, .ready = 1, .home = 1 };
	for (unsigned s = 0; s < CAMPAIGN_STATES; s++)
		for (unsigned e = 0; e < CAMPAIGN_EVENTS; e++) {
			struct campaign_move m = campaign_next(s, e, &f);
			if (m.allowed && m.to == CAMPAIGN_HELD && s != CAMPAIGN_SWEEPING &&
			    s != CAMPAIGN_HELD)
				assert_int_equal(s, CAMPAIGN_ROUTING);
			if (m.allowed && m.to == CAMPAIGN_RELEASING && s != CAMPAIGN_RELEASING)
				assert_true(s == CAMPAIGN_SWEEPING && e == CAMP_OK);
		}
	assert_int_equal(campaign_work(CAMPAIGN_ROUTING), CAMP_DO_UNROUTE);
}

static void what_never_will_succeed_is_done_by_hand_but_no_inventory(void **state)
{
	(void)state;
	struct campaign_facts f = { .accounts = 1, .ready = 1, .away = 1, .confirmed = 1 };
	for (unsigned s = 0; s < CAMPAIGN_STATES; s++) {
		enum campaign_work w = campaign_work(s);
		bool inventory = w == CAMP_DO_INVENTORY || w == CAMP_DO_SWEEP;
		assert_int_equal(campaign_next(s, CAMP_BY_HAND, &f).allowed,
				 w != CAMP_DO_NOTHING && !inventory);
	}
}

static void an_account_that_is_found_late_is_made_ready_late(void **state)
{
	(void)state;
	assert_true(account_next(ACCOUNT_PREPARING, ACC_READY, CAMPAIGN_VERIFYING).allowed);
	assert_true(account_next(ACCOUNT_READY, ACC_REMOVE, CAMPAIGN_OUT).allowed);
	/* but not while a transit server is got for those that were ready */
	assert_false(account_next(ACCOUNT_READY, ACC_UNREADY, CAMPAIGN_WAITING).allowed);
	assert_false(account_next(ACCOUNT_READY, ACC_REMOVE, CAMPAIGN_INSTALLING).allowed);
	/* and the campaign is in step 4 again as long as it is not away */
	struct campaign_facts f = { .accounts = 2, .ready = 1, .away = 1, .confirmed = 1 };
	assert_int_equal(campaign_next(CAMPAIGN_VERIFYING, CAMP_ONE_BACK, &f).to, CAMPAIGN_OUT);
}

static void a_hook_that_fails_moves_nothing_and_calls_support(void **state)
{
	(void)state;
	struct campaign_facts f = { .accounts = 1 };
	for (unsigned s = 0; s < CAMPAIGN_STATES; s++) {
		struct campaign_move m = campaign_next(s, CAMP_FAIL, &f);
		assert_int_equal(m.to, s);
		assert_int_equal(m.call_support, campaign_work(s) != CAMP_DO_NOTHING);
	}
}

/* Most of these are left out, or hardly any history would get far. */
static bool is_setback(unsigned choice)
{
	if (choice < CAMPAIGN_EVENTS)
		return choice == CAMP_WITHDRAW || choice == CAMP_CANCEL;
	choice = (choice - CAMPAIGN_EVENTS) % (ACCOUNT_EVENTS + CUTOVER_EVENTS);
	if (choice < ACCOUNT_EVENTS)
		return choice == ACC_UNREADY || choice == ACC_UNCONFIRM || choice == ACC_PLAN_BACK ||
		       choice == ACC_REMOVE;
	choice -= ACCOUNT_EVENTS;
	return choice == CUT_CANCEL || choice == CUT_FAIL || choice == CUT_LEAK ||
	       choice == CUT_OUT_OF_TIME || choice == CUT_GIVE_UP;
}

/* Longer histories of the same kind, with what a person sees of them: an account is served by one side, or by none while down. */
static void random_histories_keep_each_account_at_one_place(void **state)
{
	(void)state;
	unsigned seed = (unsigned)time(NULL), moved = 0;
	printf("seed %u\n", seed);
	for (unsigned run = 0; run < 300; run++) {
		struct world w = { 0 };
		for (unsigned i = 0; i < 20000 && !campaign_ended(w.campaign); i++) {
			enum account_place before[ACCOUNTS];
			enum account_state was[ACCOUNTS];
			for (size_t k = 0; k < ACCOUNTS; k++) {
				was[k] = w.account[k];
				before[k] = account_place(was[k]);
			}
			unsigned c = (unsigned)rand_r(&seed) % CHOICES;
			if (is_setback(c) && rand_r(&seed) % 20)
				continue;
			step(&w, c);
			check(&w);
			for (size_t k = 0; k < ACCOUNTS; k++)
				if (account_place(w.account[k]) != before[k] &&
				    w.account[k] != ACCOUNT_REMOVED) {
					/* it is where its cutover led to, and that has ended */
					assert_true(account_in_cutover(was[k]) &&
						    !account_in_cutover(w.account[k]));
					assert_int_equal(account_place(w.account[k]),
							 account_destination(was[k]));
					moved++;
				}
		}
	}
	printf("%u moves\n", moved);
	assert_true(moved > 100);
}

static void names_are_read_back(void **state)
{
	(void)state;
	for (unsigned s = 0; s < ACCOUNT_STATES; s++) {
		enum account_state back;
		assert_int_equal(account_parse(&back, account_name(s)), 0);
		assert_int_equal(back, s);
	}
	for (unsigned s = 0; s < CAMPAIGN_STATES; s++) {
		enum campaign_state back;
		assert_int_equal(campaign_parse(&back, campaign_name(s)), 0);
		assert_int_equal(back, s);
		assert_true(campaign_step(s) <= 8 && (campaign_step(s) || s == CAMPAIGN_CANCELLED));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_order_of_events_leads_around_a_gate),
		cmocka_unit_test(there_is_no_dead_end),
		cmocka_unit_test(a_gate_says_what_is_missing),
		cmocka_unit_test(an_inventory_that_finds_something_leads_back_to_the_client),
		cmocka_unit_test(the_addresses_lead_home_again_before_the_transit_server_is_released),
		cmocka_unit_test(what_never_will_succeed_is_done_by_hand_but_no_inventory),
		cmocka_unit_test(an_account_that_is_found_late_is_made_ready_late),
		cmocka_unit_test(a_hook_that_fails_moves_nothing_and_calls_support),
		cmocka_unit_test(random_histories_keep_each_account_at_one_place),
		cmocka_unit_test(names_are_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
