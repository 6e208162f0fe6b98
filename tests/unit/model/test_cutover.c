#include "scheduler/model/cutover.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* Marks all that can be reached from s, by all events but those that skip holds. */
static void reach(bool seen[CUTOVER_STATES], enum cutover_state s, unsigned skip)
{
	if (seen[s])
		return;
	seen[s] = true;
	for (unsigned e = 0; e < CUTOVER_EVENTS; e++) {
		struct cutover_move m = cutover_next(s, e);
		if (m.allowed && !(skip >> e & 1))
			reach(seen, m.to, skip);
	}
}

static void every_state_can_end_and_the_ends_are_ends(void **state)
{
	(void)state;
	for (unsigned s = 0; s < CUTOVER_STATES; s++) {
		bool seen[CUTOVER_STATES] = { false };
		reach(seen, s, 0);
		assert_true(seen[CUTOVER_DONE] || seen[CUTOVER_ROLLED_BACK] || seen[CUTOVER_CANCELLED]);
		for (unsigned e = 0; e < CUTOVER_EVENTS; e++) {
			struct cutover_move m = cutover_next(s, e);
			assert_true(m.allowed || m.to == s);
			assert_false(m.allowed && cutover_ended(s));
		}
	}
}

static void every_state_can_be_reached(void **state)
{
	(void)state;
	bool seen[CUTOVER_STATES] = { false };
	reach(seen, CUTOVER_PLANNED, 0);
	for (unsigned s = 0; s < CUTOVER_STATES; s++)
		assert_true(seen[s]);
}

static void behind_the_point_of_no_return_there_is_only_done(void **state)
{
	(void)state;
	for (unsigned s = 0; s < CUTOVER_STATES; s++) {
		bool seen[CUTOVER_STATES] = { false };
		/* but for a destination that is lost before it served anybody */
		reach(seen, s, 1u << CUT_LOST);
		if (cutover_is_final(s)) {
			assert_false(seen[CUTOVER_ROLLED_BACK] || seen[CUTOVER_CANCELLED]);
			assert_true(seen[CUTOVER_DONE]);
		}
		/* and on the way back there is no way to be done any more */
		if (s == CUTOVER_UNSWITCHING || s == CUTOVER_RETHAWING || s == CUTOVER_CLEARING)
			assert_false(seen[CUTOVER_DONE]);
	}
}

static void only_a_switch_that_succeeded_is_the_point_of_no_return(void **state)
{
	(void)state;
	for (unsigned s = 0; s < CUTOVER_STATES; s++)
		for (unsigned e = 0; e < CUTOVER_EVENTS; e++) {
			struct cutover_move m = cutover_next(s, e);
			if (m.allowed && cutover_is_final(m.to) && !cutover_is_final(s)) {
				assert_int_equal(s, CUTOVER_SWITCHING);
				assert_int_equal(e, CUT_OK);
			}
		}
}

static void nothing_is_switched_that_was_not_scanned_and_verified(void **state)
{
	(void)state;
	enum cutover_state s = CUTOVER_FREEZING;
	static const enum cutover_state way[] = { CUTOVER_COPYING,   CUTOVER_SCANNING, CUTOVER_VERIFYING,
						  CUTOVER_SWITCHING, CUTOVER_THAWING,  CUTOVER_GATHERING,
						  CUTOVER_DONE };
	for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
		s = cutover_next(s, CUT_OK).to;
		assert_int_equal(s, way[i]);
	}
	/* no other event than a success leads forward */
	bool seen[CUTOVER_STATES] = { false };
	reach(seen, CUTOVER_FREEZING, 1u << CUT_OK);
	assert_false(seen[CUTOVER_SWITCHING] || seen[CUTOVER_VERIFYING] || seen[CUTOVER_DONE]);
}

static void a_switch_that_failed_is_taken_back_before_the_source_serves_again(void **state)
{
	(void)state;
	static const enum cutover_event why[] = { CUT_FAIL, CUT_OUT_OF_TIME, CUT_GIVE_UP };
	for (size_t i = 0; i < sizeof why / sizeof *why; i++)
		assert_int_equal(cutover_next(CUTOVER_SWITCHING, why[i]).to, CUTOVER_UNSWITCHING);
	assert_int_equal(cutover_next(CUTOVER_UNSWITCHING, CUT_OK).to, CUTOVER_RETHAWING);
	/* what is at the destination goes when the outage has ended */
	assert_int_equal(cutover_next(CUTOVER_RETHAWING, CUT_OK).to, CUTOVER_CLEARING);
	assert_true(cutover_is_outage(CUTOVER_RETHAWING));
	assert_false(cutover_is_outage(CUTOVER_CLEARING));
}

static void a_leak_of_the_freeze_leads_back_from_the_scan_alone(void **state)
{
	(void)state;
	for (unsigned s = 0; s < CUTOVER_STATES; s++)
		assert_int_equal(cutover_next(s, CUT_LEAK).allowed, s == CUTOVER_SCANNING);
	assert_int_equal(cutover_next(CUTOVER_SCANNING, CUT_LEAK).to, CUTOVER_RETHAWING);
}

static void what_must_be_done_stays_until_it_is_and_calls_support(void **state)
{
	(void)state;
	static const enum cutover_state must[] = { CUTOVER_THAWING, CUTOVER_GATHERING, CUTOVER_UNSWITCHING,
						   CUTOVER_RETHAWING, CUTOVER_CLEARING };
	for (size_t i = 0; i < sizeof must / sizeof *must; i++) {
		struct cutover_move failed = cutover_next(must[i], CUT_FAIL);
		assert_int_equal(failed.to, must[i]);
		assert_int_equal(failed.action, CUT_DO_CALL_SUPPORT);
		struct cutover_move again = cutover_next(must[i], CUT_RETRY);
		assert_int_equal(again.to, must[i]);
		assert_int_equal(again.action, cutover_action(must[i]));
		assert_false(cutover_next(must[i], CUT_OUT_OF_TIME).allowed);
		/* what never will succeed is no dead end */
		assert_int_equal(cutover_next(must[i], CUT_BY_HAND).to, cutover_next(must[i], CUT_OK).to);
	}
	for (unsigned s = 0; s < CUTOVER_STATES; s++) {
		bool seen[CUTOVER_STATES] = { false };
		reach(seen, s, 1u << CUT_OK);
		assert_true(seen[CUTOVER_DONE] || seen[CUTOVER_ROLLED_BACK] || seen[CUTOVER_CANCELLED]);
	}
}

static void nobody_is_said_to_have_been_served_by_what_is_lost(void **state)
{
	(void)state;
	for (unsigned s = 0; s < CUTOVER_STATES; s++)
		assert_int_equal(cutover_next(s, CUT_LOST).allowed, s == CUTOVER_THAWING);
	assert_int_equal(cutover_next(CUTOVER_THAWING, CUT_LOST).to, CUTOVER_UNSWITCHING);
	assert_false(cutover_arrived(CUTOVER_THAWING));
}

static void a_switch_that_has_changed_nothing_need_not_be_taken_back(void **state)
{
	(void)state;
	for (unsigned s = 0; s < CUTOVER_STATES; s++)
		assert_int_equal(cutover_next(s, CUT_UNTOUCHED).allowed, s == CUTOVER_SWITCHING);
	assert_int_equal(cutover_next(CUTOVER_SWITCHING, CUT_UNTOUCHED).to, CUTOVER_RETHAWING);
}

static void it_can_be_moved_and_cancelled_until_it_starts_and_no_longer(void **state)
{
	(void)state;
	for (unsigned s = 0; s < CUTOVER_STATES; s++) {
		assert_int_equal(cutover_next(s, CUT_MOVE).allowed, s == CUTOVER_PLANNED);
		assert_int_equal(cutover_next(s, CUT_CANCEL).allowed, s == CUTOVER_PLANNED);
		assert_int_equal(cutover_next(s, CUT_START).allowed, s == CUTOVER_PLANNED);
	}
}

static void who_serves_changes_hands_only_over_nobody(void **state)
{
	(void)state;
	for (unsigned s = 0; s < CUTOVER_STATES; s++)
		for (unsigned e = 0; e < CUTOVER_EVENTS; e++) {
			struct cutover_move m = cutover_next(s, e);
			enum cutover_side before = cutover_serves(s), after = cutover_serves(m.to);
			assert_true(!m.allowed || before == after || before == SIDE_NOBODY ||
				    after == SIDE_NOBODY);
		}
}

static void names_are_read_back(void **state)
{
	(void)state;
	for (unsigned s = 0; s < CUTOVER_STATES; s++) {
		enum cutover_state back;
		assert_int_equal(cutover_parse(&back, cutover_name(s)), 0);
		assert_int_equal(back, s);
	}
	enum cutover_state none;
	assert_int_equal(cutover_parse(&none, "frozen"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_can_end_and_the_ends_are_ends),
		cmocka_unit_test(every_state_can_be_reached),
		cmocka_unit_test(behind_the_point_of_no_return_there_is_only_done),
		cmocka_unit_test(only_a_switch_that_succeeded_is_the_point_of_no_return),
		cmocka_unit_test(nothing_is_switched_that_was_not_scanned_and_verified),
		cmocka_unit_test(a_switch_that_failed_is_taken_back_before_the_source_serves_again),
		cmocka_unit_test(a_leak_of_the_freeze_leads_back_from_the_scan_alone),
		cmocka_unit_test(what_must_be_done_stays_until_it_is_and_calls_support),
		cmocka_unit_test(nobody_is_said_to_have_been_served_by_what_is_lost),
		cmocka_unit_test(a_switch_that_has_changed_nothing_need_not_be_taken_back),
		cmocka_unit_test(it_can_be_moved_and_cancelled_until_it_starts_and_no_longer),
		cmocka_unit_test(who_serves_changes_hands_only_over_nobody),
		cmocka_unit_test(names_are_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
