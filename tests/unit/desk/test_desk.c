/* The desk's rules over a real store. */
#include "scheduler/desk/desk.h"

#include "tests/unit/desk/desk_kit.h"

/* From the start until it has been gathered. */
static struct store_cutover through(const char *name, int64_t start)
{
	struct store_cutover c = { 0 };
	desk.actor.at = start;
	for (int i = 0; i < 8; i++)
		c = cut(name, i ? CUT_OK : CUT_START, NULL);
	return c;
}

static void shop_is_rolled_back_by_its_deadline(void)
{
	struct store_cutover c = plan("shop", (struct desk_wish){ 0 });
	cut("shop", CUT_START, NULL);
	cut("shop", CUT_OK, NULL);
	assert_int_equal(cut("shop", CUT_OUT_OF_TIME, "3.1 GB were left").state, CUTOVER_RETHAWING);
	assert_int_equal(state_of("shop"), ACCOUNT_LEAVING);
	cut("shop", CUT_OK, NULL);
	c = cut("shop", CUT_OK, NULL);
	assert_int_equal(c.state, CUTOVER_ROLLED_BACK);
	assert_string_equal(c.cause, "3.1 GB were left");
	assert_int_equal(c.ended - c.started, 21);
	assert_int_equal(state_of("shop"), ACCOUNT_READY);
}

static void three_accounts_go_out_and_come_home(void **state)
{
	(void)state;
	bring_out(3, three);
	int64_t usable = desk.actor.at;
	for (size_t i = 0; i < 3; i++)
		measure(three[i], (int64_t)(i + 1) * 1000000000);
	struct store_cutover c = plan("blog", (struct desk_wish){ 0 });
	/* 10 + 20 + 60 + 5 + 30 + 10 + 10, times 1.5, and 20 for the way back */
	assert_int_equal(c.window_s, 238);
	assert_int_equal(c.planned, desk.actor.at);
	assert_string_equal(c.from, "vps-anna");
	assert_string_equal(c.to, "transit3");
	assert_int_equal(through("blog", c.planned).state, CUTOVER_DONE);
	assert_int_equal(state_of("blog"), ACCOUNT_AWAY);
	shop_is_rolled_back_by_its_deadline();
	/* it tries again; the last one ends step 4 by itself */
	assert_int_equal(through("shop", plan("shop", (struct desk_wish){ 0 }).planned).state, CUTOVER_DONE);
	assert_int_equal(campaign("anna").state, CAMPAIGN_OUT);
	through("wiki", plan("wiki", (struct desk_wish){ 0 }).planned);
	assert_int_equal(campaign("anna").state, CAMPAIGN_VERIFYING);
	REFUSED(-EPERM, "confirmed", desk_campaign(&desk, "anna", CAMP_ASK_REINSTALL, NULL, &err));
	for (size_t i = 0; i < 3; i++)
		account_event(three[i], ACC_CONFIRM);
	event(CAMP_ASK_REINSTALL);
	event(CAMP_OK);	       /* the inventory */
	event(CAMP_OK);	       /* rerouted */
	event(CAMP_REINSTALL); /* looks once more */
	for (int i = 0; i < 3; i++)
		event(CAMP_OK);
	assert_int_equal(campaign("anna").state, CAMPAIGN_BACK);
	/* home in business hours alone: asked for on a Saturday, it is on Monday, on the other side of daylight saving time */
	at("2026-03-28 12:00");
	struct desk_account w = who("blog");
	struct desk_wish now = { .at = desk.actor.at };
	REFUSED(-EPERM, "it can start at 2026-03-30T07:00:00Z", desk_request(&desk, &w, &now, &c, &err));
	assert_int_equal(state_of("blog"), ACCOUNT_CONFIRMED);
	for (size_t i = 0; i < 3; i++) {
		c = plan(three[i], (struct desk_wish){ .next = true });
		assert_string_equal(c.from, "transit3");
		if (!i)
			assert_int_equal(c.planned, utc("2026-03-30 07:00"));
		through(three[i], c.planned);
		assert_int_equal(state_of(three[i]), ACCOUNT_HOME);
	}
	event(CAMP_OK); /* the addresses lead home */
	event(CAMP_RELEASE);
	event(CAMP_OK); /* nothing is left there */
	event(CAMP_OK);
	struct store_campaign end = campaign("anna");
	assert_int_equal(end.state, CAMPAIGN_DONE);
	assert_int_equal(end.usable_since, usable);
	struct store_transit t = { 0 };
	assert_int_equal(store_find_transit(desk.store, &t, "transit3", NULL), 0);
	assert_int_equal(t.campaign, 0);
}

static void the_way_home_is_promised_what_the_way_out_took(void **state)
{
	(void)state;
	bring_out(1, three);
	measure("blog", 1000);
	struct store_cutover c = plan("blog", (struct desk_wish){ 0 });
	desk.actor.at = c.planned;
	cut("blog", CUT_START, NULL);
	desk.actor.at += 5000; /* support gave it more time */
	for (int i = 0; i < 7; i++)
		cut("blog", CUT_OK, NULL);
	struct window w;
	struct desk_account blog = who("blog");
	account_event("blog", ACC_CONFIRM);
	DONE(desk_estimate(&desk, &blog, false, &w, &err));
	assert_true(w.by_least && w.total > 5000);
	DONE(desk_estimate(&desk, &blog, true, &w, &err));
	assert_false(w.by_least);
}

static void it_can_be_moved_and_cancelled_until_it_starts(void **state)
{
	(void)state;
	bring_out(1, three);
	measure("blog", 1000);
	struct desk_account w = who("blog");
	struct store_cutover c;
	plan("blog", (struct desk_wish){ .at = desk.actor.at + DAY });
	struct desk_wish later = { .at = desk.actor.at + 2 * DAY }, past = { .at = desk.actor.at - 1 };
	REFUSED(-EINVAL, "passed", desk_move(&desk, &w, &past, &c, &err));
	DONE(desk_move(&desk, &w, &later, &c, &err));
	assert_int_equal(c.planned, later.at);
	/* it is not in its own way */
	later.at += 5;
	DONE(desk_move(&desk, &w, &later, &c, &err));
	REFUSED(-EPERM, "account blog is leaving", desk_request(&desk, &w, &later, &c, &err));
	cut("blog", CUT_CANCEL, NULL);
	assert_int_equal(state_of("blog"), ACCOUNT_READY);
	c = plan("blog", (struct desk_wish){ 0 });
	cut("blog", CUT_START, NULL);
	REFUSED(-EPERM, "too late", desk_move(&desk, &w, &later, &c, &err));
	REFUSED(-EPERM, "too late", desk_cutover(&desk, &w, CUT_CANCEL, NULL, &c, &err));
	/* only longer, and on the record */
	REFUSED(-EINVAL, "longer", desk_extend(&desk, &w, -5, &c, &err));
	int64_t promised = c.window_s;
	DONE(desk_extend(&desk, &w, 600, &c, &err));
	assert_int_equal(c.window_s, promised + 600);
}

static void a_window_that_no_slot_holds_says_so_and_what_would_help(void **state)
{
	(void)state;
	bring_out(1, three);
	measure("blog", INT64_C(100) * 1000000000);
	struct desk_account w = who("blog");
	struct store_cutover c;
	struct desk_wish next = { .next = true, .at = desk.actor.at };
	free(site.out);
	site.out = strdup("mon-fri 09:00-11:00");
	REFUSED(-ENOSPC,
		"the longest is 7200 s. Longer hours would help, or a rehearsal: databases are 6000 s",
		desk_request(&desk, &w, &next, &c, &err));
	assert_int_equal(state_of("blog"), ACCOUNT_READY);
	/* with what a rehearsal measured it fits */
	struct store_cutover pair = { .from = "vps-anna", .to = "transit3" };
	assert_int_equal(store_begin(desk.store, &desk.actor, NULL), 0);
	assert_int_equal(store_add_sample(desk.store, SAMPLE_RATE + ENGINE_MARIADB, &pair, 15, 0, NULL), 0);
	assert_int_equal(store_add_sample(desk.store, SAMPLE_VERIFY + ENGINE_MARIADB, &pair, 2, 0, NULL), 0);
	assert_int_equal(store_commit(desk.store, NULL), 0);
	DONE(desk_request(&desk, &w, &next, &c, &err));
	assert_int_equal(c.window_s, 2653); /* (10 + 20 + 1500 + 5 + 200 + 10 + 10) * 1.5 + 20 */
}

static void what_was_not_measured_is_not_taken_for_empty(void **state)
{
	(void)state;
	bring_out(1, three);
	struct window out;
	struct desk_account w = who("blog");
	REFUSED(-EPERM, "was not measured yet", desk_estimate(&desk, &w, false, &out, &err));
}

static void at_most_so_many_move_at_once(void **state)
{
	(void)state;
	bring_out(3, three);
	for (size_t i = 0; i < 3; i++)
		measure(three[i], 1000);
	struct store_cutover first = plan("blog", (struct desk_wish){ .at = desk.actor.at + HOUR }), c;
	struct desk_account w = who("shop");
	struct desk_wish same = { .at = first.planned + 1 };
	REFUSED(-EPERM, "[limits] pair", desk_request(&desk, &w, &same, &c, &err));
	/* the next one is when the first one's window is over; a short time before it is too short */
	c = plan("shop", (struct desk_wish){ .at = first.planned - 10, .next = true });
	assert_int_equal(c.planned, first.planned + first.window_s + DESK_SLACK);
	c = plan("wiki", (struct desk_wish){ .next = true });
	assert_int_equal(c.planned, desk.actor.at);
	cut("wiki", CUT_CANCEL, NULL);
	desk.actor.at = first.planned;
	/* a start that comes some seconds late does not run into the next window */
	assert_int_equal(cut("blog", CUT_START, NULL).state, CUTOVER_FREEZING);
	plan("wiki", (struct desk_wish){ .next = true });
	/* one that runs late is still in the way */
	desk.actor.at = first.planned + 10 * HOUR;
	struct desk_account wiki = who("wiki");
	struct desk_wish now = { .at = desk.actor.at };
	REFUSED(-EPERM, "[limits]", desk_move(&desk, &wiki, &now, &c, &err));
}

static void a_campaign_waits_in_line_and_sees_its_place(void **state)
{
	(void)state;
	bring_out(1, three);
	struct pool_place p;
	add_campaign("bert");
	struct store_account a = { .name = "mail", .bytes = { 0, 0 } };
	DONE(desk_add_account(&desk, "bert", &a, &err));
	struct desk_account w = { "bert", "mail" };
	DONE(desk_account(&desk, &w, ACC_READY, &err));
	static const enum campaign_event on[] = { CAMP_REQUEST, CAMP_OK, CAMP_ASK_TRANSIT };
	for (size_t i = 0; i < 3; i++)
		DONE(desk_campaign(&desk, "bert", on[i], NULL, &err));
	size_t given;
	DONE(desk_assign(&desk, &given, &err));
	assert_int_equal(given, 0);
	DONE(desk_place(&desk, "bert", &p, &err));
	assert_int_equal(p.before, 0);
	assert_int_equal(p.expected, POOL_UNKNOWN);
	REFUSED(-ENOENT, "does not wait", desk_place(&desk, "anna", &p, &err));
	/* nobody helps himself */
	REFUSED(-EPERM, "the line", desk_campaign(&desk, "bert", CAMP_ASSIGNED, NULL, &err));
	REFUSED(-EPERM, "is waiting", desk_add_account(&desk, "bert", &a, &err));
	/* anna gives up, and her transit server is bert's */
	event(CAMP_WITHDRAW);
	event(CAMP_OK);
	assert_int_equal(campaign("anna").transit, 0);
	DONE(desk_assign(&desk, &given, &err));
	assert_int_equal(given, 1);
	assert_int_equal(campaign("bert").state, CAMPAIGN_INSTALLING);
}

static void an_account_that_is_found_late_opens_step_4_again(void **state)
{
	(void)state;
	bring_out(1, three);
	measure("blog", 1000);
	through("blog", plan("blog", (struct desk_wish){ 0 }).planned);
	assert_int_equal(campaign("anna").state, CAMPAIGN_VERIFYING);
	add_account("forgotten");
	assert_int_equal(campaign("anna").state, CAMPAIGN_OUT);
	account_event("forgotten", ACC_READY);
	/* or it is none of theirs after all */
	account_event("forgotten", ACC_REMOVE);
	assert_int_equal(campaign("anna").state, CAMPAIGN_VERIFYING);
}

static void the_client_may_go_back_while_late_mail_is_still_gathered(void **state)
{
	(void)state;
	bring_out(1, three);
	measure("blog", 1000);
	struct store_cutover c = plan("blog", (struct desk_wish){ 0 });
	desk.actor.at = c.planned;
	for (int i = 0; i < 7; i++)
		c = cut("blog", i ? CUT_OK : CUT_START, NULL);
	assert_int_equal(c.state, CUTOVER_GATHERING);
	assert_true(c.ended > c.started);
	assert_int_equal(state_of("blog"), ACCOUNT_AWAY);
	account_event("blog", ACC_CONFIRM);
	int64_t ended = c.ended;
	/* the old server is gone for good */
	cut("blog", CUT_FAIL, NULL);
	c = cut("blog", CUT_BY_HAND, NULL);
	assert_int_equal(c.state, CUTOVER_DONE);
	assert_int_equal(c.ended, ended); /* of the outage */
	plan("blog", (struct desk_wish){ .in_other_direction = true });
	assert_int_equal(state_of("blog"), ACCOUNT_RETURNING);
	assert_int_equal(campaign("anna").state, CAMPAIGN_OUT);
}

static void names_that_are_not_there_are_said(void **state)
{
	(void)state;
	add_campaign("anna");
	struct desk_account nobody = { "anna", "nobody" }, nowhere = { "nowhere", "blog" };
	REFUSED(-ENOENT, "there is no account nobody", desk_account(&desk, &nobody, ACC_READY, &err));
	REFUSED(-ENOENT, "there is no campaign nowhere", desk_account(&desk, &nowhere, ACC_READY, &err));
	REFUSED(-EPERM, "not all accounts are ready", desk_campaign(&desk, "anna", CAMP_REQUEST, NULL, &err));
	struct store_campaign twice = { .name = "anna", .server = "vps-anna", .zone = "UTC" },
			      zone = { .name = "x", .zone = "Mars/Olympus" },
			      lost = { .name = "x", .server = "vps-nobody", .zone = "UTC" };
	REFUSED(-ENOENT, "there is no server vps-nobody", desk_add_campaign(&desk, &lost, &err));
	REFUSED(-EEXIST, "campaign anna is there already", desk_add_campaign(&desk, &twice, &err));
	REFUSED(-EINVAL, "Mars/Olympus", desk_add_campaign(&desk, &zone, &err));
}

int main(void)
{
#define DESK_TEST(x) cmocka_unit_test_setup_teardown(x, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		DESK_TEST(three_accounts_go_out_and_come_home),
		DESK_TEST(the_way_home_is_promised_what_the_way_out_took),
		DESK_TEST(it_can_be_moved_and_cancelled_until_it_starts),
		DESK_TEST(a_window_that_no_slot_holds_says_so_and_what_would_help),
		DESK_TEST(what_was_not_measured_is_not_taken_for_empty),
		DESK_TEST(at_most_so_many_move_at_once),
		DESK_TEST(a_campaign_waits_in_line_and_sees_its_place),
		DESK_TEST(an_account_that_is_found_late_opens_step_4_again),
		DESK_TEST(the_client_may_go_back_while_late_mail_is_still_gathered),
		DESK_TEST(names_that_are_not_there_are_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
