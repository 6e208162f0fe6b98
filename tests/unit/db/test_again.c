#include "dbdump/again.h"

#include "tests/unit/db/trial.h"

static int toy_undo(struct session *s, struct err *err)
{
	struct toy_server *b = s->server;
	size_t tables = 0, objects = 0;
	b->undone++;
	if (b->undo_fails)
		return err_say(err, b->undo_fails, "not all of it is its own");
	for (size_t i = 0; i < b->table_count; i++) {
		if (toy_has(s->job.databases, b->tables[i].schema))
			strings_fini(&b->tables[i].rows);
		else
			b->tables[tables++] = b->tables[i];
	}
	b->table_count = tables;
	for (size_t i = 0; i < b->object_count; i++) {
		char schema[64];
		snprintf(schema, sizeof schema, "%.*s", (int)strcspn(b->objects[i].name, "."),
			 b->objects[i].name);
		if (!toy_has(s->job.databases, schema))
			b->objects[objects++] = b->objects[i];
	}
	b->object_count = objects;
	toy_servers[0].refuses = toy_servers[0].refuses_again;
	if (b->undone == toy_servers[0].heals_after)
		toy_servers[0].read_fails = toy_servers[1].read_fails = NULL;
	return 0;
}

/* The source loses its snapshot in the middle of a table, until what came of it was undone so often. */
static void lose(struct trial *t, const char *table, unsigned heals_after)
{
	trial_init(t);
	t->engine.undo = toy_undo;
	toy_servers[0].code = -ECONNRESET;
	toy_servers[0].read_fails = table;
	toy_servers[0].fails_at = 100;
	toy_servers[0].heals_after = heals_after;
}

static void a_copy_that_has_lost_its_snapshot_begins_anew(void **state)
{
	(void)state;
	for (unsigned times = 1; times <= AGAIN_MOST; times++) {
		struct trial t;
		lose(&t, "items", times);
		make_shop();
		assert_int_equal(copy(&t), EXIT_OK);
		assert_int_equal(toy_servers[1].undone, times);
		assert_int_equal(t.report.warnings.count, times);
		assert_non_null(strstr(t.report.warnings.at[0], "started again (1 of 3): cannot read"));
		assert_int_equal(toy_find(&toy_servers[1], "shop", "items")->rows.count, 3000);
		assert_int_equal(t.report.table_count, 3);
		assert_int_equal(t.report.rows, 23000);
		assert_int_equal(t.report.moment_count, 1);
		assert_int_equal(t.report.source.disk_bytes, 3000);
		trial_fini(&t);
	}
}

static void it_does_so_a_bounded_number_of_times(void **state)
{
	(void)state;
	struct trial t;
	lose(&t, "items", 0);
	make_shop();
	assert_int_equal(copy(&t), EXIT_CONNECTION);
	assert_int_equal(toy_servers[1].undone, AGAIN_MOST);
	assert_string_equal(t.report.error.text, "cannot read");
	trial_fini(&t);
}

static void where_not_all_is_its_own_it_ends(void **state)
{
	(void)state;
	struct trial t;
	lose(&t, "items", 1);
	make_shop();
	toy_servers[1].undo_fails = -ENOTEMPTY;
	assert_int_equal(copy(&t), EXIT_CONNECTION);
	assert_int_equal(toy_servers[1].undone, 1);
	assert_string_equal(t.report.error.text, "cannot read");
	assert_non_null(toy_find(&toy_servers[1], "shop", "items"));
	assert_int_equal(t.seen.warnings, 1);
	trial_fini(&t);
}

static void what_failed_otherwise_does_not_begin_anew(void **state)
{
	(void)state;
	static const int codes[] = { -EIO, -EINTR, -ENOSPC };
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct trial t;
		lose(&t, "items", 1);
		make_shop();
		toy_servers[0].code = codes[i];
		assert_int_not_equal(copy(&t), EXIT_OK);
		assert_int_equal(toy_servers[1].undone, 0);
		trial_fini(&t);
	}
}

static void without_a_snapshot_there_is_none_to_lose(void **state)
{
	(void)state;
	struct trial t;
	lose(&t, NULL, 1);
	make_shop();
	toy_servers[0].snapshot_fails = -ECONNRESET;
	assert_int_equal(copy(&t), EXIT_CONNECTION);
	assert_int_equal(toy_servers[1].undone, 0);
	assert_int_equal(t.seen.warnings, 0);
	trial_fini(&t);
}

static void a_source_that_is_not_back_yet_is_waited_for(void **state)
{
	(void)state;
	struct trial t;
	lose(&t, "items", 1);
	make_shop();
	toy_servers[0].refuses_again = 2;
	assert_int_equal(copy(&t), EXIT_OK);
	assert_int_equal(t.report.warnings.count, 3);
	assert_non_null(strstr(t.report.warnings.at[1], "not yet; once more (1 of 9)"));
	assert_int_equal(t.report.table_count, 3);
	trial_fini(&t);
}

/* Of the source while it is copied, of the destination when objects were counted already. */
static void of_several_databases_those_that_are_there_stay(void **state)
{
	(void)state;
	for (unsigned end = 0; end < 2; end++) {
		struct trial t;
		lose(&t, NULL, 2);
		t.engine.spans = false;
		toy_servers[end].code = -ECONNRESET;
		toy_servers[end].read_fails = "second";
		toy_add(&toy_servers[0], "one", "first", 500);
		toy_add(&toy_servers[0], "two", "second", 600);
		assert_int_equal(copy(&t), EXIT_OK);
		assert_int_equal(toy_servers[1].undone, 2);
		assert_int_equal(t.report.table_count, 2);
		assert_int_equal(t.report.rows, 1100);
		assert_int_equal(t.report.moment_count, 2);
		assert_int_equal(t.report.kinds[0].source, 2);
		assert_int_equal(t.report.kinds[0].target, 2);
		assert_int_equal(t.report.target.disk_bytes, 2000 + 1000);
		trial_fini(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_that_has_lost_its_snapshot_begins_anew),
		cmocka_unit_test(it_does_so_a_bounded_number_of_times),
		cmocka_unit_test(where_not_all_is_its_own_it_ends),
		cmocka_unit_test(what_failed_otherwise_does_not_begin_anew),
		cmocka_unit_test(without_a_snapshot_there_is_none_to_lose),
		cmocka_unit_test(a_source_that_is_not_back_yet_is_waited_for),
		cmocka_unit_test(of_several_databases_those_that_are_there_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
