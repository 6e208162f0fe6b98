#include "dbdump/narrow.h"

#include "dbdump/differing.h"
#include "dbdump/report_add.h"
#include "dbdump/rowset.h"
#include "tests/unit/db/trial.h"

enum { MANY = 320000 };

static void more_rows_than_memory_is_for_take_several_passes(void **state)
{
	(void)state;
	struct trial t;
	trial_init(&t);
	for (size_t i = 0; i < 2; i++)
		toy_add(&toy_servers[i], "s", "t", MANY);
	struct strings *rows = &toy_servers[1].tables[0].rows;
	for (size_t i = 0; i < MANY; i++)
		rows->at[i][strlen(rows->at[i]) - 1] = 'm';
	assert_int_equal(run(&t, false), EXIT_DIFFERENT);
	const struct narrowed *n = &t.report.tables[0].narrowed;
	assert_false(n->at_least);
	assert_int_equal(n->changed, MANY);
	assert_int_equal(n->missing + n->extra, 0);
	assert_int_equal(n->named_count, REPORT_ROWS_NAMED);
	assert_string_equal(n->named[19].name, "id=19");
	trial_fini(&t);
}

static struct digest digest_of(unsigned v)
{
	return hash_of(&v, sizeof v);
}

static void a_set_of_rows_has_each_digest_once_and_an_end(void **state)
{
	(void)state;
	struct rowset *s = rowset_new(100, 1000);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 100; i++) {
			bool added;
			struct digest d = digest_of(i);
			struct row *r = rowset_row(s, &d, &added);
			assert_non_null(r);
			assert_int_equal(added, round == 0);
			r->surplus++;
		}
	}
	bool added;
	struct digest another = digest_of(100);
	assert_null(rowset_row(s, &another, &added));
	size_t count;
	const struct row *rows = rowset_all(s, &count);
	assert_int_equal(count, 100);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(rows[i].surplus, 2);
	rowset_clear(s);
	assert_non_null(rowset_row(s, &another, &added));
	assert_true(added);
	rowset_free(s);
}

static void names_have_a_bound(void **state)
{
	(void)state;
	struct rowset *s = rowset_new(100, 300);
	unsigned named = 0;
	for (unsigned i = 0; i < 100; i++) {
		bool added;
		struct digest d = digest_of(i);
		struct row *r = rowset_row(s, &d, &added);
		rowset_name(s, r, "id=12345");
		named += r->name != NULL;
	}
	assert_in_range(named, 5, 30);
	rowset_free(s);
}

static void rows_are_paired_by_key_where_they_have_one(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ .surplus = 1, .key = 7, .name = (char *)"id=7" },
		{ .surplus = -1, .key = 7, .name = (char *)"id=7" },
		{ .surplus = 2, .key = 8, .name = (char *)"id=10" },
		{ .surplus = -3, .key = 9, .name = (char *)"id=9" },
		{ .surplus = 0, .key = 1, .name = (char *)"id=1" },
	};
	for (int keyed = 0; keyed < 2; keyed++) {
		struct report report = { .table_count = 0 };
		struct table t = { .schema = (char *)"s", .name = (char *)"t" };
		report_table(&report, &t);
		struct narrowed *n = &report.tables[0].narrowed;
		struct differing *d = differing_new();
		assert_int_equal(differing_add(d, rows, sizeof rows / sizeof *rows), 0);
		assert_int_equal(differing_tell(d, keyed, n), 0);
		assert_int_equal(n->changed, keyed);
		assert_int_equal(n->missing, 3 - keyed);
		assert_int_equal(n->extra, 4 - keyed);
		assert_int_equal(n->named_count, 4 - keyed);
		assert_string_equal(n->first, "id=7");
		assert_string_equal(n->last, "id=10");
		differing_free(d);
		report_fini(&report);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_rows_than_memory_is_for_take_several_passes),
		cmocka_unit_test(a_set_of_rows_has_each_digest_once_and_an_end),
		cmocka_unit_test(names_have_a_bound),
		cmocka_unit_test(rows_are_paired_by_key_where_they_have_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
