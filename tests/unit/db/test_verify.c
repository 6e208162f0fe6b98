#include "dbdump/verify.h"

#include "tests/unit/db/trial.h"

enum { ROWS = 5000 };

static struct toy_server *const a = &toy_servers[0], *const b = &toy_servers[1];

/* The same table at both ends. */
static void make_both(size_t rows)
{
	for (size_t i = 0; i < 2; i++)
		toy_add(&toy_servers[i], "s", "t", rows)->data_bytes = UINT64_C(100) << 20;
}

static void take_away(struct toy_table *t, size_t at)
{
	free(t->rows.at[at]);
	t->rows.at[at] = t->rows.at[--t->rows.count];
}

static void put(struct toy_table *t, const char *row)
{
	strings_add(&t->rows, row, strlen(row));
}

static void replace(struct toy_table *t, size_t at, const char *row)
{
	free(t->rows.at[at]);
	t->rows.at[at] = strdup(row);
}

static int verify(struct trial *t)
{
	return run(t, false);
}

static void what_is_the_same_is_said_to_be(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_both(ROWS);
	/* another order of rows is no difference */
	char *first = b->tables[0].rows.at[0];
	b->tables[0].rows.at[0] = b->tables[0].rows.at[ROWS - 1];
	b->tables[0].rows.at[ROWS - 1] = first;
	assert_int_equal(verify(&t), EXIT_OK);
	assert_int_equal(t.report.tables[0].verdict, VERDICT_EQUAL);
	assert_int_equal(t.report.tables[0].source.rows, ROWS);
	assert_int_equal(t.report.moment_count, 2);
	trial_fini(&t);
}

static void rows_that_differ_are_named(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_both(ROWS);
	take_away(&b->tables[0], 1000);
	put(&b->tables[0], "70000\tnew");
	replace(&b->tables[0], 9, "9\tother");
	assert_int_equal(verify(&t), EXIT_DIFFERENT);
	const struct table_report *r = &t.report.tables[0];
	assert_int_equal(r->verdict, VERDICT_DIFFERENT);
	const struct narrowed *n = &r->narrowed;
	assert_true(n->done);
	assert_false(n->at_least);
	assert_int_equal(n->missing, 1);
	assert_int_equal(n->extra, 1);
	assert_int_equal(n->changed, 1);
	assert_int_equal(n->named_count, 3);
	assert_string_equal(n->named[0].name, "id=9");
	assert_int_equal(n->named[0].what, DIFFERENCE_CHANGED);
	assert_string_equal(n->named[1].name, "id=1000");
	assert_int_equal(n->named[1].what, DIFFERENCE_MISSING);
	assert_string_equal(n->named[2].name, "id=70000");
	assert_int_equal(n->named[2].what, DIFFERENCE_EXTRA);
	assert_string_equal(n->first, "id=9");
	assert_string_equal(n->last, "id=70000");
	trial_fini(&t);
}

static void two_equal_rows_do_not_cancel(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_both(10);
	for (int i = 0; i < 2; i++) {
		put(&a->tables[0], "5\tx");
		put(&b->tables[0], "6\tx");
	}
	assert_int_equal(verify(&t), EXIT_DIFFERENT);
	assert_int_equal(t.report.tables[0].narrowed.missing, 2);
	assert_int_equal(t.report.tables[0].narrowed.extra, 2);
	trial_fini(&t);
}

static void many_rows_are_counted_and_some_named(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_both(ROWS);
	for (size_t i = 0; i < 3000; i++)
		take_away(&b->tables[0], 0);
	for (size_t i = 0; i < 1000; i++) {
		char row[32];
		snprintf(row, sizeof row, "%zu\tnew", 100000 + i);
		put(&b->tables[0], row);
	}
	assert_int_equal(verify(&t), EXIT_DIFFERENT);
	const struct narrowed *n = &t.report.tables[0].narrowed;
	assert_int_equal(n->missing, 3000);
	assert_int_equal(n->extra, 1000);
	assert_int_equal(n->changed, 0);
	assert_int_equal(n->named_count, REPORT_ROWS_NAMED);
	assert_string_equal(n->last, "id=100999");
	trial_fini(&t);
}

static void counts_alone_can_be_compared(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_both(ROWS);
	t.options.verify = VERIFY_COUNTS;
	replace(&b->tables[0], 9, "9\tother");
	assert_int_equal(verify(&t), EXIT_OK);
	assert_false(t.report.tables[0].digested);
	take_away(&b->tables[0], 1000);
	assert_int_equal(verify(&t), EXIT_DIFFERENT);
	assert_int_equal(t.report.tables[0].target.rows, ROWS - 1);
	trial_fini(&t);
}

static void tables_and_objects_of_one_end_alone_are_differences(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_both(10);
	toy_add(a, "s", "only_a", 1);
	toy_add(b, "s", "only_b", 1);
	toy_object(a, "view", "s.v", "select 1");
	toy_object(b, "view", "s.v", "select 2");
	assert_int_equal(verify(&t), EXIT_DIFFERENT);
	assert_int_equal(table_of(&t, "t")->verdict, VERDICT_EQUAL);
	assert_int_equal(table_of(&t, "only_a")->verdict, VERDICT_MISSING);
	assert_int_equal(table_of(&t, "only_b")->verdict, VERDICT_EXTRA);
	assert_int_equal(t.report.object_count, 3);
	assert_int_equal(t.report.objects[0].what, DIFFERENCE_MISSING);
	assert_int_equal(t.report.objects[1].what, DIFFERENCE_EXTRA);
	assert_int_equal(t.report.objects[2].what, DIFFERENCE_CHANGED);
	assert_string_equal(t.report.objects[2].name, "s.v");
	assert_int_equal(t.report.kinds[0].source, 2);
	assert_int_equal(t.report.kinds[1].different, 1);
	trial_fini(&t);
}

static void only_the_objects_may_be_compared(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_both(10);
	take_away(&b->tables[0], 3);
	t.options.verify = VERIFY_NONE;
	assert_int_equal(verify(&t), EXIT_OK);
	assert_int_equal(t.report.tables[0].verdict, VERDICT_NONE);
	trial_fini(&t);
}

static void names_are_those_after_the_renames(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	toy_add(a, "x", "t", 10);
	toy_add(a, "y", "t", 20);
	toy_add(b, "y", "t", 10);
	toy_add(b, "x", "t", 20);
	strings_add(&t.options.renames, "x", 1);
	strings_add(&t.options.renames, "y", 1);
	strings_add(&t.options.renames, "y", 1);
	strings_add(&t.options.renames, "x", 1);
	assert_int_equal(verify(&t), EXIT_OK);
	trial_fini(&t);
}

static void a_table_that_cannot_be_read_is_a_failure(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	make_both(ROWS);
	b->read_fails = "t";
	b->code = -EIO;
	assert_int_equal(verify(&t), EXIT_PARTIAL);
	assert_int_equal(t.report.tables[0].verdict, VERDICT_FAILED);
	assert_int_equal(t.report.failure_count, 1);
	t.seen.failures = 0;
	b->code = -ECONNRESET;
	assert_int_equal(verify(&t), EXIT_CONNECTION);
	trial_fini(&t);
}

static void each_database_is_compared_where_sessions_do_not_span(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	t.engine.spans = false;
	for (size_t i = 0; i < 2; i++) {
		toy_add(&toy_servers[i], "one", "t", 10);
		toy_add(&toy_servers[i], "two", "t", 20);
	}
	take_away(&b->tables[1], 0);
	assert_int_equal(verify(&t), EXIT_DIFFERENT);
	assert_int_equal(t.report.moment_count, 4);
	assert_string_equal(t.report.moments[1].database, "one");
	assert_string_equal(t.report.moments[2].database, "two");
	assert_int_equal(t.report.tables[1].narrowed.missing, 1);
	trial_fini(&t);
}

static void large_rows_are_compared(void **state)
{
	(void)state;
	struct trial t;
	static char row[3 << 20];
	trial_init(&t);
	memset(row, 'x', sizeof row - 1);
	make_both(100);
	for (size_t i = 0; i < 6; i++) {
		row[0] = (char)('a' + i);
		put(&a->tables[0], row);
		put(&b->tables[0], row);
	}
	b->tables[0].rows.at[103][2 << 20] = 'y';
	assert_int_equal(verify(&t), EXIT_DIFFERENT);
	/* what they are named by is where they begin */
	assert_int_equal(t.report.tables[0].narrowed.changed, 1);
	trial_fini(&t);
}

/* Each connection keeps the memory that its largest row took. */
static void large_rows_are_left_to_one_connection_where_either_end_expects_them(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	static char row[2 << 20];
	memset(row, 'x', sizeof row - 1);
	t.options.jobs = 4;
	for (int i = 0; i < 16; i++) {
		char name[8];
		snprintf(name, sizeof name, "t%02d", i);
		for (size_t end = 0; end < 2; end++) {
			struct toy_table *table = toy_add(&toy_servers[end], "s", name, 1);
			put(table, row);
			/* what was just loaded is small, as its server guesses, and what is compressed is */
			table->large_rows = i % 2 && !end;
			table->data_bytes = end || i % 2 ? 100 : sizeof row;
		}
	}
	assert_int_equal(verify(&t), EXIT_OK);
	assert_int_equal(a->large_readers, 1);
	assert_int_equal(b->large_readers, 1);
	trial_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_the_same_is_said_to_be),
		cmocka_unit_test(rows_that_differ_are_named),
		cmocka_unit_test(two_equal_rows_do_not_cancel),
		cmocka_unit_test(many_rows_are_counted_and_some_named),
		cmocka_unit_test(counts_alone_can_be_compared),
		cmocka_unit_test(tables_and_objects_of_one_end_alone_are_differences),
		cmocka_unit_test(only_the_objects_may_be_compared),
		cmocka_unit_test(names_are_those_after_the_renames),
		cmocka_unit_test(a_table_that_cannot_be_read_is_a_failure),
		cmocka_unit_test(each_database_is_compared_where_sessions_do_not_span),
		cmocka_unit_test(large_rows_are_compared),
		cmocka_unit_test(large_rows_are_left_to_one_connection_where_either_end_expects_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
