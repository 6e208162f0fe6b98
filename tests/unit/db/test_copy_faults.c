#include "dbdump/copy.h"

#include <limits.h>

#include "tests/unit/db/trial.h"
#include "xfer/base/clock.h"

static void what_cannot_be_opened_ends_the_run_with_its_status(void **state)
{
	(void)state;
	static const struct {
		int code, status;
	} cases[] = { { -ECONNREFUSED, EXIT_CONNECTION }, { -EACCES, EXIT_CONNECTION },
		      { -ENOENT, EXIT_SELECT },		  { -EPERM, EXIT_START },
		      { -EPROTONOSUPPORT, EXIT_START },	  { -ENOTEMPTY, EXIT_REFUSED } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct trial t;
		trial_init(&t);
		make_shop();
		toy_servers[1].open_fails = cases[i].code;
		assert_int_equal(copy(&t), cases[i].status);
		assert_int_equal(t.report.error.code, cases[i].code);
		trial_fini(&t);
	}
}

static void a_table_that_nobody_has_is_not_copied_in_silence(void **state)
{
	(void)state;
	static const struct {
		const char *pattern;
		int status;
	} cases[] = {
		{ "shop.ordres", EXIT_SELECT }, { "x*", EXIT_SELECT },	    { "empty", EXIT_OK },
		{ "shop.it?ms", EXIT_OK },	{ "shop.recent", EXIT_OK }, { "nonesuch.items", EXIT_SELECT },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct trial t;
		trial_init(&t);
		make_shop();
		strings_add(&t.options.only_tables, "orders", strlen("orders"));
		strings_add(&t.options.only_tables, cases[i].pattern, strlen(cases[i].pattern));
		int status = copy(&t);
		/* what the toy makes of objects whose tables are left out is not of interest */
		assert_int_equal(status == EXIT_SELECT, cases[i].status == EXIT_SELECT);
		assert_int_equal(strstr(t.report.error.text, cases[i].pattern) != NULL,
				 status == EXIT_SELECT);
		assert_int_equal(toy_servers[1].table_count == 0, status == EXIT_SELECT);
		trial_fini(&t);
	}
}

static void a_pattern_that_leaves_nothing_out_is_warned_of(void **state)
{
	(void)state;
	static const struct {
		const char *pattern;
		unsigned warnings;
	} cases[] = {
		{ "shop.ordres", 1 }, { "x*", 1 }, { "nonesuch.items", 1 }, { "empty", 0 }, { "shop.e*", 0 }
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct trial t;
		trial_init(&t);
		make_shop();
		strings_add(&t.options.exclude_tables, cases[i].pattern, strlen(cases[i].pattern));
		copy(&t);
		assert_int_equal(t.seen.warnings, cases[i].warnings);
		if (cases[i].warnings)
			assert_non_null(strstr(t.report.warnings.at[0], cases[i].pattern));
		trial_fini(&t);
	}
}

static void a_destination_that_is_not_empty_is_left_alone(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_shop();
	toy_add(&toy_servers[1], "shop", "mine", 5);
	assert_int_equal(copy(&t), EXIT_REFUSED);
	assert_int_equal(toy_servers[1].table_count, 1);
	trial_fini(&t);
}

static void a_database_that_is_refused_is_listed_and_the_others_arrive(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	t.engine.spans = false;
	toy_add(&toy_servers[0], "one", "t", 10);
	toy_add(&toy_servers[0], "three", "t", 10);
	toy_add(&toy_servers[0], "two", "t", 10);
	toy_add(&toy_servers[1], "three", "mine", 5);
	assert_int_equal(copy(&t), EXIT_PARTIAL);
	assert_int_equal(t.report.error.code, 0);
	assert_int_equal(t.report.failure_count, 1);
	assert_string_equal(t.report.failures[0].kind, "database");
	assert_string_equal(t.report.failures[0].name, "three");
	assert_int_equal(t.report.failures[0].code, -ENOTEMPTY);
	assert_non_null(toy_find(&toy_servers[1], "one", "t"));
	assert_non_null(toy_find(&toy_servers[1], "two", "t"));
	assert_null(toy_find(&toy_servers[1], "three", "t"));
	t.seen.failures = 0; /* now all of them are */
	assert_int_equal(copy(&t), EXIT_REFUSED);
	assert_int_equal(t.report.failure_count, 3);
	trial_fini(&t);
}

static void a_table_that_fails_is_listed_and_the_rest_arrives(void **state)
{
	(void)state;
	static const char *const which[] = { "orders", "items" };
	for (size_t i = 0; i < 4; i++) {
		struct trial t;
		trial_init(&t);
		make_shop();
		toy_servers[0].code = toy_servers[1].code = -EIO;
		toy_servers[0].fails_at = 1500;
		if (i < 2)
			toy_servers[1].write_fails = which[i];
		else
			toy_servers[0].read_fails = which[i - 2];
		assert_int_equal(copy(&t), EXIT_PARTIAL);
		assert_int_equal(t.report.failure_count, 1);
		assert_string_equal(t.report.failures[0].kind, "rows");
		assert_string_equal(t.report.failures[0].name, i % 2 ? "shop.items" : "shop.orders");
		assert_int_equal(table_of(&t, which[i % 2])->verdict, VERDICT_FAILED);
		assert_int_equal(table_of(&t, which[1 - i % 2])->verdict, VERDICT_EQUAL);
		assert_int_equal(t.report.object_count, 0);
		trial_fini(&t);
	}
}

/* The writer has the place for large rows when it fails, and its reader waits for it. */
static void a_table_of_large_rows_that_fails_stops_nobody(void **state)
{
	(void)state;
	enum { LARGE = 2 << 20, ROWS = 4 };
	struct trial t;
	trial_init(&t);
	make_shop();
	struct toy_table *large = toy_add(&toy_servers[0], "shop", "scans", 0);
	char *row = malloc(LARGE);
	assert_non_null(row);
	memset(row, 'x', LARGE);
	for (size_t i = 0; i < ROWS; i++)
		assert_int_equal(strings_add(&large->rows, row, LARGE), 0);
	free(row);
	toy_servers[1].breaks = "scans";
	toy_servers[1].code = -EIO;
	assert_int_equal(copy(&t), EXIT_PARTIAL);
	assert_int_equal(t.report.failure_count, 1);
	assert_string_equal(t.report.failures[0].name, "shop.scans");
	assert_int_equal(table_of(&t, "orders")->verdict, VERDICT_EQUAL);
	trial_fini(&t);
}

static void a_statement_that_fails_is_listed_and_the_rest_is_made(void **state)
{
	(void)state;
	static const char *const which[] = { "shop.items.by_name", "shop.recent", "shop.numbers" };
	for (size_t i = 0; i < 3; i++) {
		struct trial t;
		trial_init(&t);
		make_shop();
		toy_servers[1].execute_fails = which[i];
		toy_servers[1].code = -EIO;
		assert_int_equal(copy(&t), EXIT_PARTIAL);
		assert_int_equal(t.report.failure_count, 1);
		assert_string_equal(t.report.failures[0].name, which[i]);
		/* and the comparison of the catalogs finds it too */
		assert_int_equal(t.report.object_count, 1);
		assert_int_equal(t.report.objects[0].what, DIFFERENCE_MISSING);
		assert_string_equal(t.report.objects[0].name, which[i]);
		trial_fini(&t);
	}
}

static void what_ends_a_run_ends_it_soon(void **state)
{
	(void)state;
	static const struct {
		int code, status;
	} cases[] = { { -ECONNRESET, EXIT_CONNECTION },
		      { -ENOSPC, EXIT_FILE_IO },
		      { -EINTR, EXIT_INTERRUPTED } };
	for (size_t i = 0; i < 6; i++) {
		struct trial t;
		trial_init(&t);
		make_shop();
		/* the other pair's writer would hang for ever: it is cancelled */
		toy_servers[1].hangs = "orders";
		if (i < 3)
			toy_servers[1].write_fails = "items";
		else
			toy_servers[0].read_fails = "items";
		/* so small that the hanging table has one part */
		toy_servers[0].tables[0].data_bytes = 1;
		toy_servers[0].code = toy_servers[1].code = cases[i % 3].code;
		assert_int_equal(copy(&t), cases[i % 3].status);
		assert_int_equal(t.report.error.code, cases[i % 3].code);
		assert_true(toy_servers[1].cancels > 0);
		trial_fini(&t);
	}
}

/* A target whose writes fail with a code, so many times, before or behind what cannot be undone any more. */
static struct {
	unsigned times;
	int code;
	bool behind;
} failing;

static int failing_write(struct session *s, unsigned conn, const struct table *t, struct feed *feed,
			 uint64_t *rows, struct err *err)
{
	const uint8_t *lines;
	size_t len;
	pthread_mutex_lock(&toy_lock);
	bool fails = failing.times && strcmp(t->name, "orders") == 0;
	failing.times -= fails;
	pthread_mutex_unlock(&toy_lock);
	if (!fails)
		return toy_write(s, conn, t, feed, rows, err);
	if (failing.behind)
		toy_write(s, conn, t, feed, rows, err);
	else
		feed->next(feed, &lines, &len, err);
	*rows = 0;
	return err_say(err, failing.code, "cannot write now");
}

static int failing_mend(struct session *s, unsigned conn, struct err *err)
{
	(void)s;
	(void)conn;
	(void)err;
	return 0;
}

static int failing_settle(struct session *s, unsigned conn, const struct table *t, const struct feed *part,
			  bool *in, struct err *err)
{
	(void)s;
	(void)conn;
	(void)err;
	*in = failing.behind && strcmp(t->name, "orders") == 0;
	assert_true(part->part > 0);
	return 0;
}

static void fail_writing(struct trial *t, unsigned times, int code, bool behind)
{
	trial_init(t);
	make_shop();
	failing.times = times;
	failing.code = code;
	failing.behind = behind;
	t->engine.write = failing_write;
	t->engine.mend = failing_mend;
	t->engine.settle = failing_settle;
}

static void what_fails_for_a_reason_that_passes_is_done_again(void **state)
{
	(void)state;
	static const int codes[] = { -EAGAIN, -ETIMEDOUT, -ECONNRESET };
	for (size_t i = 0; i < 2 * sizeof codes / sizeof *codes; i++) {
		struct trial t;
		fail_writing(&t, 3, codes[i / 2], i % 2);
		assert_int_equal(copy(&t), EXIT_OK);
		assert_int_equal(t.seen.warnings, 3);
		assert_int_equal(table_of(&t, "orders")->verdict, VERDICT_EQUAL);
		trial_fini(&t);
	}
}

static void what_fails_for_another_reason_is_not(void **state)
{
	(void)state;
	struct trial t;
	fail_writing(&t, 1, -EIO, false);
	assert_int_equal(copy(&t), EXIT_PARTIAL);
	assert_int_equal(t.report.failure_count, 1);
	trial_fini(&t);
}

static void a_pause_ends_with_the_run(void **state)
{
	(void)state;
	struct trial t;
	uint64_t begun = clock_now();
	fail_writing(&t, UINT_MAX, -ECONNRESET, false);
	t.options.deadline = "+1";
	assert_int_equal(copy(&t), EXIT_DEADLINE);
	assert_true(clock_now() - begun < 10 * CLOCK_SECOND);
	trial_fini(&t);
}

static void a_lost_row_is_found(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_shop();
	toy_servers[1].loses = "items";
	assert_int_equal(copy(&t), EXIT_DIFFERENT);
	assert_int_equal(table_of(&t, "items")->verdict, VERDICT_DIFFERENT);
	assert_int_equal(table_of(&t, "orders")->verdict, VERDICT_EQUAL);
	trial_fini(&t);
	trial_init(&t);
	make_shop();
	toy_servers[1].loses = "items";
	t.options.verify = VERIFY_COUNTS;
	assert_int_equal(copy(&t), EXIT_DIFFERENT);
	assert_false(table_of(&t, "items")->digested);
	trial_fini(&t);
}

static void a_server_that_took_fewer_rows_is_not_believed(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_shop();
	t.options.verify = VERIFY_NONE;
	toy_servers[1].short_by_one = "items";
	assert_int_equal(copy(&t), EXIT_PARTIAL);
	assert_int_equal(table_of(&t, "items")->verdict, VERDICT_FAILED);
	assert_int_equal(t.report.verified, VERIFY_NONE);
	trial_fini(&t);
}

static void a_signal_ends_what_hangs(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_shop();
	toy_servers[1].hangs = "orders";
	t.seen.quit = 1;
	assert_int_equal(copy(&t), EXIT_INTERRUPTED);
	trial_fini(&t);
}

static void a_deadline_ends_what_hangs(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_shop();
	toy_servers[1].hangs = "orders";
	t.options.deadline = "+0";
	assert_int_equal(copy(&t), EXIT_DEADLINE);
	t.options.deadline = "tomorrow";
	assert_int_equal(copy(&t), EXIT_USAGE);
	trial_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_opened_ends_the_run_with_its_status),
		cmocka_unit_test(a_table_that_nobody_has_is_not_copied_in_silence),
		cmocka_unit_test(a_pattern_that_leaves_nothing_out_is_warned_of),
		cmocka_unit_test(a_destination_that_is_not_empty_is_left_alone),
		cmocka_unit_test(a_database_that_is_refused_is_listed_and_the_others_arrive),
		cmocka_unit_test(a_table_that_fails_is_listed_and_the_rest_arrives),
		cmocka_unit_test(a_table_of_large_rows_that_fails_stops_nobody),
		cmocka_unit_test(a_statement_that_fails_is_listed_and_the_rest_is_made),
		cmocka_unit_test(what_ends_a_run_ends_it_soon),
		cmocka_unit_test(what_fails_for_a_reason_that_passes_is_done_again),
		cmocka_unit_test(what_fails_for_another_reason_is_not),
		cmocka_unit_test(a_pause_ends_with_the_run),
		cmocka_unit_test(a_lost_row_is_found),
		cmocka_unit_test(a_server_that_took_fewer_rows_is_not_believed),
		cmocka_unit_test(a_signal_ends_what_hangs),
		cmocka_unit_test(a_deadline_ends_what_hangs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
