/* What the desk makes of a cutover's steps, and of what belongs to them. */
#include "scheduler/desk/desk.h"

#include "tests/unit/desk/desk_kit.h"

static struct store_cutover start(const char *name)
{
	struct store_cutover c = { 0 };
	struct desk_account w = who(name);
	DONE(desk_start(&desk, &w, "boot", 5, &c, &err));
	return c;
}

static void a_start_that_was_missed_is_not_made_up_for(void **state)
{
	(void)state;
	bring_out(3, three);
	measure("blog", 1000000000);
	measure("shop", 1000000000);
	struct store_cutover c = plan("blog", (struct desk_wish){ .at = desk.actor.at + HOUR });
	desk.actor.at = c.planned + DESK_LATE;
	assert_int_equal(start("blog").state, CUTOVER_FREEZING);
	c = plan("shop", (struct desk_wish){ .at = desk.actor.at + 3 * HOUR });
	desk.actor.at = c.planned + DESK_LATE + 1;
	c = start("shop");
	assert_int_equal(c.state, CUTOVER_CANCELLED);
	assert_non_null(strstr(c.cause, "missed by 301 s"));
	assert_int_equal(state_of("shop"), ACCOUNT_READY);
}

static void what_would_take_longer_by_now_than_was_promised_is_not_started(void **state)
{
	(void)state;
	bring_out(3, three);
	measure("blog", 1000000000);
	struct store_cutover c = plan("blog", (struct desk_wish){ .at = desk.actor.at + HOUR });
	measure("blog", 1200000000); /* the factor has room for that */
	desk.actor.at = c.planned - 1;
	measure("blog", 9000000000);
	desk.actor.at = c.planned;
	c = start("blog");
	assert_int_equal(c.state, CUTOVER_CANCELLED);
	assert_non_null(strstr(c.cause, "ask anew"));
	plan("blog", (struct desk_wish){ .at = desk.actor.at + HOUR });
	measure("blog", 9500000000);
	desk.actor.at += HOUR;
	assert_int_equal(start("blog").state, CUTOVER_FREEZING);
}

static void what_comes_late_from_a_step_that_is_over_changes_nothing(void **state)
{
	(void)state;
	bring_out(3, three);
	measure("blog", 1000000000);
	struct store_cutover c = plan("blog", (struct desk_wish){ 0 }), now;
	struct desk_account w = who("blog");
	c = start("blog");
	struct desk_outcome how = { .cutover = c.id, .from = CUTOVER_COPYING };
	REFUSED(-ESTALE, "is freezing by now", desk_cutover(&desk, &w, CUT_OK, &how, &now, &err));
	how = (struct desk_outcome){ .cutover = c.id + 1, .from = CUTOVER_FREEZING };
	REFUSED(-ESTALE, "is freezing by now", desk_cutover(&desk, &w, CUT_OK, &how, &now, &err));
	how.cutover = c.id;
	DONE(desk_cutover(&desk, &w, CUT_OK, &how, &now, &err));
	assert_int_equal(now.state, CUTOVER_COPYING);
}

static void a_step_that_cannot_be_given_up_says_what_it_waits_for(void **state)
{
	(void)state;
	bring_out(3, three);
	measure("blog", 1000000000);
	plan("blog", (struct desk_wish){ 0 });
	cut("blog", CUT_START, NULL);
	for (int i = 0; i < 5; i++)
		cut("blog", CUT_OK, NULL);
	struct store_cutover c = cut("blog", CUT_FAIL, "no route to host");
	assert_int_equal(c.state, CUTOVER_THAWING);
	assert_int_equal(cut("blog", CUT_FAIL, "still none").tries, 2);
	c = cut("blog", CUT_OK, NULL);
	assert_int_equal(c.tries, 0);
	assert_string_equal(c.stuck, "");
	assert_string_equal(c.cause, ""); /* it was no way back */
}

static int count_row(void *arg, const struct store_use *u)
{
	*(struct store_use *)arg = *u;
	return 0;
}

static void a_transit_server_is_paid_for_from_its_first_use_to_its_release(void **state)
{
	(void)state;
	struct store_use use = { 0 };
	bring_out(3, three);
	assert_int_equal(store_each_use(desk.store, count_row, &use, NULL), 0);
	assert_string_equal(use.transit, "transit3");
	assert_int_equal(use.since, desk.actor.at);
	assert_int_equal(use.until, 0);
	assert_int_equal(use.month_cents, 3100);
	DONE(desk_billed(&desk, &use, 7, &err));
	desk.actor.at += DAY;
	event(CAMP_WITHDRAW);
	event(CAMP_OK);
	assert_int_equal(store_each_use(desk.store, count_row, &use, NULL), 0);
	assert_int_equal(use.until, desk.actor.at);
	assert_int_equal(use.warned, 7);
}

static void what_an_account_consists_of_stays_while_it_moves(void **state)
{
	(void)state;
	bring_out(3, three);
	struct desk_account w = who("blog");
	DONE(desk_item(&desk, &w, "files", "/home/blog", false, &err));
	REFUSED(-EEXIST, "/home/blog is there already",
		desk_item(&desk, &w, "files", "/home/blog", false, &err));
	REFUSED(-ENOENT, "has no mail", desk_item(&desk, &w, "mail", "/home/blog", true, &err));
	measure("blog", 0);
	plan("blog", (struct desk_wish){ 0 });
	REFUSED(-EPERM, "is leaving", desk_item(&desk, &w, "files", "/home/blog", true, &err));
	cut("blog", CUT_CANCEL, NULL);
	DONE(desk_item(&desk, &w, "files", "/home/blog", true, &err));
}

int main(void)
{
#define DESK_TEST(x) cmocka_unit_test_setup_teardown(x, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		DESK_TEST(a_start_that_was_missed_is_not_made_up_for),
		DESK_TEST(what_would_take_longer_by_now_than_was_promised_is_not_started),
		DESK_TEST(what_comes_late_from_a_step_that_is_over_changes_nothing),
		DESK_TEST(a_step_that_cannot_be_given_up_says_what_it_waits_for),
		DESK_TEST(a_transit_server_is_paid_for_from_its_first_use_to_its_release),
		DESK_TEST(what_an_account_consists_of_stays_while_it_moves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
