#include "dbdump/copy.h"

#include "tests/unit/db/trial.h"

static void everything_arrives_and_is_proven(void **state)
{
	(void)state;
	static const unsigned jobs[] = { 1, 2, 5 };
	for (size_t i = 0; i < 3; i++) {
		struct trial t;
		trial_init(&t);
		t.options.jobs = jobs[i];
		make_shop();
		assert_int_equal(copy(&t), EXIT_OK);
		assert_int_equal(t.report.table_count, 3);
		for (size_t k = 0; k < t.report.table_count; k++) {
			const struct table_report *r = &t.report.tables[k];
			assert_int_equal(r->verdict, VERDICT_EQUAL);
			assert_true(r->read && r->reread && r->digested);
			assert_true(rows_digest_equal(&r->source, &r->target));
		}
		assert_int_equal(table_of(&t, "orders")->source.rows, 20000);
		assert_int_equal(table_of(&t, "orders")->taken, 20000);
		assert_int_equal(t.report.rows, 23000);
		assert_int_equal(toy_find(&toy_servers[1], "shop", "orders")->rows.count, 20000);
		assert_int_equal(t.report.object_count, 0);
		assert_int_equal(t.report.kind_count, 4);
		assert_int_equal(t.report.moment_count, 1);
		assert_string_equal(t.report.moments[0].snapshot.position, "1:2");
		assert_int_equal(t.report.verified, VERIFY_ROWS);
		assert_int_equal(t.seen.connected, 2);
		assert_string_equal(t.seen.last.phase, "verify");
		assert_int_equal(t.seen.last.done_bytes, t.seen.last.total_bytes);
		assert_int_equal(t.seen.last.done_items, t.seen.last.total_items);
		trial_fini(&t);
	}
}

static void a_table_in_many_parts_by_many_connections_is_whole_once(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	t.options.jobs = 4;
	toy_add(&toy_servers[0], "s", "t", 10000)->data_bytes = UINT64_C(10) << 30;
	assert_int_equal(copy(&t), EXIT_OK);
	assert_true(toy_log.count > 100);
	assert_int_equal(t.report.tables[0].target.rows, 10000);
	trial_fini(&t);
}

static void what_stands_on_a_table_is_made_when_its_rows_are_there(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_shop();
	assert_int_equal(copy(&t), EXIT_OK);
	assert_true(when("table shop.items") < when("rows items"));
	assert_true(when("rows items") < when("index shop.items.by_name"));
	assert_true(when("index shop.items.by_name") < when("index shop.items.by_price"));
	assert_true(when("index shop.items.by_price") < when("view shop.recent"));
	assert_true(when("view shop.recent") < when("sequence shop.numbers"));
	/* the large table's own go before the rows of smaller ones: with one connection that is an order */
	toy_reset();
	make_shop();
	t.options.jobs = 1;
	assert_int_equal(copy(&t), EXIT_OK);
	assert_true(when("index shop.orders.by_date") < when("rows items"));
	trial_fini(&t);
}

static void one_connection_of_the_source_feeds_the_run_too(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_shop();
	toy_servers[0].shares = 1;
	assert_int_equal(copy(&t), EXIT_OK);
	trial_fini(&t);
}

static void each_database_is_a_run_where_sessions_do_not_span(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	t.engine.spans = false;
	toy_add(&toy_servers[0], "one", "t", 10);
	toy_add(&toy_servers[0], "two", "t", 20);
	assert_int_equal(copy(&t), EXIT_OK);
	assert_int_equal(toy_servers[0].opened, 2);
	assert_int_equal(t.report.table_count, 2);
	assert_int_equal(t.report.rows, 30);
	assert_int_equal(t.report.moment_count, 2);
	assert_string_equal(t.report.moments[1].database, "two");
	trial_fini(&t);
}

static void a_database_may_have_another_name_there(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_shop();
	t.from = "mysql://a/shop";
	t.to = "mysql://b/store";
	assert_int_equal(copy(&t), EXIT_OK);
	assert_non_null(toy_find(&toy_servers[1], "store", "orders"));
	assert_int_equal(t.report.databases.count, 1);
	trial_fini(&t);
}

static void two_databases_cannot_get_one_name(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	toy_add(&toy_servers[0], "one", "t", 10);
	toy_add(&toy_servers[0], "two", "t", 20);
	t.to = "mysql://b/three";
	assert_int_equal(copy(&t), EXIT_USAGE);
	t.to = "mysql://b/";
	strings_add(&t.options.renames, "one", 3);
	strings_add(&t.options.renames, "two", 3);
	assert_int_equal(copy(&t), EXIT_USAGE);
	assert_int_equal(toy_servers[1].table_count, 0);
	trial_fini(&t);
}

static void a_database_that_is_not_there_is_said(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_shop();
	t.from = "mysql://u:secret@a/nothing_*";
	assert_int_equal(copy(&t), EXIT_SELECT);
	assert_null(strstr(t.report.error.text, "secret"));
	trial_fini(&t);
}

static void rows_that_no_snapshot_holds_are_warned_of(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_shop();
	toy_servers[0].tables[1].kind = ROWS_LIVE;
	assert_int_equal(copy(&t), EXIT_OK);
	assert_int_equal(t.seen.warnings, 1);
	assert_int_equal(t.report.warnings.count, 1);
	assert_true(table_of(&t, "items")->live);
	trial_fini(&t);
}

static void *calm_down(void *arg)
{
	pthread_mutex_lock(&toy_lock);
	while (toy_servers[1].loads_asked < 2)
		pthread_cond_wait(&toy_changed, &toy_lock);
	toy_servers[1].load = 3;
	*(size_t *)arg = toy_log.count;
	pthread_mutex_unlock(&toy_lock);
	return NULL;
}

static void nothing_is_read_while_a_server_is_busy(void **state)
{
	(void)state;
	struct trial t;
	pthread_t thread;
	size_t log = 0;
	trial_init(&t);
	toy_add(&toy_servers[0], "s", "t", 100000);
	t.options.max_load = 3;
	t.options.jobs = 1;
	toy_servers[1].load = 4;
	assert_int_equal(pthread_create(&thread, NULL, calm_down, &log), 0);
	assert_int_equal(copy(&t), EXIT_OK);
	pthread_join(thread, NULL);
	assert_true(toy_servers[1].loads_asked >= 2);
	trial_fini(&t);
}

static void large_rows_pass(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	static char row[6 << 20];
	memset(row, 'x', sizeof row - 1);
	t.options.jobs = 4;
	for (int i = 0; i < 4; i++) {
		char name[8];
		snprintf(name, sizeof name, "t%d", i);
		struct toy_table *table = toy_add(&toy_servers[0], "s", name, 100);
		for (int k = 0; k < 2; k++)
			strings_add(&table->rows, row, sizeof row - 1 - (size_t)k);
	}
	assert_int_equal(copy(&t), EXIT_OK);
	assert_int_equal(t.report.rows, 408);
	trial_fini(&t);
}

static void a_rate_is_kept(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	toy_add(&toy_servers[0], "s", "t", 4000);
	t.options.bwlimit = toy_servers[0].tables[0].data_bytes * 2;
	t.options.verify = VERIFY_NONE;
	assert_int_equal(copy(&t), EXIT_OK);
	assert_true(t.report.seconds > 0.3);
	trial_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_arrives_and_is_proven),
		cmocka_unit_test(a_table_in_many_parts_by_many_connections_is_whole_once),
		cmocka_unit_test(what_stands_on_a_table_is_made_when_its_rows_are_there),
		cmocka_unit_test(one_connection_of_the_source_feeds_the_run_too),
		cmocka_unit_test(each_database_is_a_run_where_sessions_do_not_span),
		cmocka_unit_test(a_database_may_have_another_name_there),
		cmocka_unit_test(two_databases_cannot_get_one_name),
		cmocka_unit_test(a_database_that_is_not_there_is_said),
		cmocka_unit_test(rows_that_no_snapshot_holds_are_warned_of),
		cmocka_unit_test(nothing_is_read_while_a_server_is_busy),
		cmocka_unit_test(large_rows_pass),
		cmocka_unit_test(a_rate_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
