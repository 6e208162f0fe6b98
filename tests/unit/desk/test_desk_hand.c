/* What support does by hand: when it may be, and what is on record. */
#include "scheduler/desk/desk.h"

#include "tests/unit/desk/desk_kit.h"

static struct desk_resync onto(const char *server, bool go)
{
	return (struct desk_resync){ .parts = "files mariadb", .to = server, .databases = true, .go = go };
}

/* With its dry run. */
static void resync(const char *account, struct desk_resync wish)
{
	bool live;
	struct desk_account w = who(account);
	wish.go = false;
	DONE(desk_resync(&desk, &w, &wish, &live, &err));
	DONE(desk_resynced(&desk, &w, &wish, NULL, &err));
	wish.go = true;
	DONE(desk_resync(&desk, &w, &wish, &live, &err));
}

static struct store_account account(const char *name)
{
	struct store_account a = { 0 };
	assert_int_equal(store_find_account(desk.store, &a, campaign("anna").id, name, NULL), 0);
	return a;
}

static void a_dry_run_of_the_same_comes_first(void **state)
{
	(void)state;
	bool live;
	bring_out(3, three);
	struct desk_account w = who("blog");
	struct desk_resync try = onto("transit3", false), go = onto("transit3", true);
	struct desk_resync other = { .parts = "files", .to = "transit3", .go = true };
	REFUSED(-EPERM, "dry run", desk_resync(&desk, &w, &go, &live, &err));
	DONE(desk_resync(&desk, &w, &try, &live, &err));
	assert_false(live);
	/* it was begun, and not seen to its end; then it has failed */
	REFUSED(-EPERM, "dry run", desk_resync(&desk, &w, &go, &live, &err));
	DONE(desk_resynced(&desk, &w, &try, "no connection", &err));
	REFUSED(-EPERM, "dry run", desk_resync(&desk, &w, &go, &live, &err));
	DONE(desk_resynced(&desk, &w, &try, NULL, &err));
	REFUSED(-EPERM, "dry run", desk_resync(&desk, &w, &other, &live, &err));
	struct desk_account shop = who("shop");
	REFUSED(-EPERM, "dry run", desk_resync(&desk, &shop, &go, &live, &err));
	desk.actor.at += DESK_TRIED;
	DONE(desk_resync(&desk, &w, &go, &live, &err));
	desk.actor.at++;
	REFUSED(-EPERM, "last hour", desk_resync(&desk, &w, &go, &live, &err));
}

static void what_was_put_there_by_hand_is_ours_to_replace(void **state)
{
	(void)state;
	bring_out(3, three);
	assert_string_equal(account("blog").resynced, "");
	resync("blog", onto("transit3", true));
	assert_string_equal(account("blog").resynced, "transit3");
	assert_string_equal(account("shop").resynced, "");
}

static void nothing_is_copied_onto_the_side_that_serves_but_by_force(void **state)
{
	(void)state;
	bool live = false;
	bring_out(3, three);
	struct desk_account w = who("blog");
	struct desk_resync wish = onto("vps-anna", false);
	REFUSED(-EPERM, "served by vps-anna", desk_resync(&desk, &w, &wish, &live, &err));
	wish.force = true;
	DONE(desk_resync(&desk, &w, &wish, &live, &err));
	assert_true(live);
	/* what was tried without force is another wish */
	DONE(desk_resynced(&desk, &w, &wish, NULL, &err));
	wish.go = true;
	DONE(desk_resync(&desk, &w, &wish, &live, &err));
	assert_string_equal(account("blog").resynced, ""); /* the side that serves is no cutover's to drop */
	wish = onto("elsewhere", false);
	REFUSED(-EPERM, "never", desk_resync(&desk, &w, &wish, &live, &err));
}

static void a_cutover_copies_by_itself(void **state)
{
	(void)state;
	bool live;
	struct store_server test;
	bring_out(3, three);
	add_server("test1");
	measure("blog", 1000000000);
	plan("blog", (struct desk_wish){ 0 });
	struct desk_account w = who("blog");
	struct desk_resync wish = onto("transit3", false);
	DONE(desk_resync(&desk, &w, &wish, &live, &err)); /* it is only planned */
	cut("blog", CUT_START, NULL);
	REFUSED(-EPERM, "in its cutover", desk_resync(&desk, &w, &wish, &live, &err));
	REFUSED(-EPERM, "in its cutover", desk_rehearse(&desk, &w, "test1", &test, &err));
	for (int i = 0; i < 6; i++)
		cut("blog", CUT_OK, NULL);
	assert_int_equal(state_of("blog"), ACCOUNT_AWAY);
	REFUSED(-EPERM, "served by transit3", desk_resync(&desk, &w, &wish, &live, &err));
	wish = onto("vps-anna", false);
	DONE(desk_resync(&desk, &w, &wish, &live, &err));
}

static void without_a_transit_server_there_is_nowhere_to_copy_to(void **state)
{
	(void)state;
	bool live;
	add_campaign("anna");
	add_account("blog");
	struct desk_account w = who("blog");
	struct desk_resync wish = onto("transit3", false);
	REFUSED(-EPERM, "no transit server", desk_resync(&desk, &w, &wish, &live, &err));
}

static void a_rehearsal_takes_a_server_that_serves_nobody(void **state)
{
	(void)state;
	struct store_server test = { 0 };
	bring_out(3, three);
	add_campaign("bernd");
	struct store_transit t = { .name = "transit4", .configuration = "large", .expected = -1 };
	add_server(t.name);
	DONE(desk_add_transit(&desk, &t, &err));
	struct desk_account w = who("blog");
	REFUSED(-EPERM, "campaign anna's", desk_rehearse(&desk, &w, "vps-anna", &test, &err));
	REFUSED(-EPERM, "campaign bernd's", desk_rehearse(&desk, &w, "vps-bernd", &test, &err));
	REFUSED(-EPERM, "campaign anna's", desk_rehearse(&desk, &w, "transit3", &test, &err));
	REFUSED(-ENOENT, "no server", desk_rehearse(&desk, &w, "test1", &test, &err));
	DONE(desk_rehearse(&desk, &w, "transit4", &test, &err)); /* a free one */
	assert_string_equal(test.name, "transit4");
}

static void what_a_rehearsal_measured_counts_until_a_cutover_has(void **state)
{
	(void)state;
	struct window w;
	bring_out(3, three);
	measure("blog", 1000000000);
	struct desk_account blog = who("blog");
	struct desk_sample s[] = { { SAMPLE_RATE + ENGINE_MARIADB, 20, 50000000 },
				   { SAMPLE_VERIFY + ENGINE_MARIADB, 4, 50000000 } };
	DONE(desk_estimate(&desk, &blog, false, &w, &err));
	assert_int_equal(w.part[WINDOW_MARIADB].from, FROM_RULE);
	DONE(desk_rehearsed(&desk, &blog, "test1", s, 2, "onto test1", &err));
	DONE(desk_estimate(&desk, &blog, false, &w, &err));
	assert_int_equal(w.part[WINDOW_MARIADB].from, FROM_REHEARSED);
	assert_true(w.part[WINDOW_MARIADB].seconds == 20);
	assert_true(w.part[WINDOW_VERIFY].seconds == 4);
	plan("blog", (struct desk_wish){ 0 });
	cut("blog", CUT_START, NULL);
	cut("blog", CUT_OK, NULL);
	struct desk_sample measured = { SAMPLE_RATE + ENGINE_MARIADB, 30, 50000000 };
	struct desk_outcome how = { .samples = &measured, .sample_count = 1 };
	struct store_cutover c;
	DONE(desk_cutover(&desk, &blog, CUT_OK, &how, &c, &err));
	measure("shop", 1000000000);
	struct desk_account shop = who("shop");
	DONE(desk_estimate(&desk, &shop, false, &w, &err));
	assert_int_equal(w.part[WINDOW_MARIADB].from, FROM_MEASURED);
	assert_true(w.part[WINDOW_MARIADB].seconds == 30);
	assert_int_equal(w.part[WINDOW_VERIFY].from, FROM_REHEARSED);
}

static void a_start_that_is_some_seconds_late_has_the_hours_that_it_was_planned_for(void **state)
{
	(void)state;
	bring_out(3, three);
	measure("blog", 1000000000);
	free(site.out);
	site.out = strdup("mon-fri 09:00-10:00");
	assert_non_null(site.out);
	struct window w;
	struct desk_account blog = who("blog");
	DONE(desk_estimate(&desk, &blog, false, &w, &err));
	/* it fills the last second of them */
	int64_t start = utc("2026-03-24 09:00") - (int64_t)w.total;
	struct store_cutover c = plan("blog", (struct desk_wish){ .at = start });
	assert_int_equal(c.planned, start);
	desk.actor.at = start + 2;
	DONE(desk_start(&desk, &blog, "boot", 5, &c, &err));
	assert_int_equal(c.state, CUTOVER_FREEZING);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_dry_run_of_the_same_comes_first),
		T(what_was_put_there_by_hand_is_ours_to_replace),
		T(nothing_is_copied_onto_the_side_that_serves_but_by_force),
		T(a_cutover_copies_by_itself),
		T(without_a_transit_server_there_is_nowhere_to_copy_to),
		T(a_rehearsal_takes_a_server_that_serves_nobody),
		T(what_a_rehearsal_measured_counts_until_a_cutover_has),
		T(a_start_that_is_some_seconds_late_has_the_hours_that_it_was_planned_for),
	};
	return cmocka_run_group_tests_name("desk_hand", tests, NULL, NULL);
}
