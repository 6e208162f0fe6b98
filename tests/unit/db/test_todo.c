#include "dbdump/todo.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { TABLES = 3 };

struct trial {
	struct catalog catalog;
	struct script script;
	struct plan plan;
	struct report report;
	struct table_report tables[TABLES];
	struct watch *watch;
	struct workers_job job;
	struct todo *todo;
};

/* A plan of these parts: for each the number of its table. */
static void begin(struct trial *t, struct part *parts, size_t count)
{
	struct err err = { 0 };
	*t = (struct trial){ .plan = { .parts = parts, .count = count } };
	for (size_t i = 0; i < TABLES; i++)
		assert_non_null(catalog_add_table(&t->catalog));
	assert_int_equal(watch_new(&t->watch, &t->report, &(struct observer){ 0 }, NULL, &err), 0);
	t->job = (struct workers_job){ .readers = 3,
				       .writers = 3,
				       .catalog = &t->catalog,
				       .script = &t->script,
				       .plan = &t->plan,
				       .watch = t->watch,
				       .tables = t->tables };
	assert_int_equal(todo_new(&t->todo, &t->job, &err), 0);
}

static void end(struct trial *t)
{
	todo_free(t->todo);
	watch_free(t->watch);
	catalog_fini(&t->catalog);
	script_fini(&t->script);
	report_fini(&t->report);
}

static const char *next_where(struct trial *t, unsigned pair)
{
	struct todo_item item = todo_next(t->todo, pair);
	return item.kind == TODO_PART ? item.where : "none";
}

static void over(struct trial *t, size_t table)
{
	struct todo_result result = { 0 };
	todo_part_over(t->todo, table, &result);
}

static void a_second_part_of_a_table_is_begun_only_when_there_is_no_other_table(void **state)
{
	(void)state;
	struct trial t;
	struct part parts[] = { { .table = 0, .where = "a1" },
				{ .table = 0, .where = "a2" },
				{ .table = 0, .where = "a3" },
				{ .table = 1, .where = "b1" } };
	begin(&t, parts, 4);
	assert_string_equal(next_where(&t, 0), "a1");
	assert_string_equal(next_where(&t, 1), "b1");
	assert_string_equal(next_where(&t, 2), "a2");
	over(&t, 0);
	over(&t, 0);
	assert_string_equal(next_where(&t, 0), "a3");
	over(&t, 0);
	over(&t, 1);
	assert_string_equal(next_where(&t, 0), "none");
	assert_true(t.tables[0].read && t.tables[1].read);
	end(&t);
}

static void what_is_in_already_is_not_begun_and_its_table_is_not_taken_for_read(void **state)
{
	(void)state;
	struct trial t;
	struct part parts[] = { { .table = 0, .where = "a1", .in = true },
				{ .table = 0, .where = "a2" },
				{ .table = 1, .where = "b1", .in = true } };
	struct todo_result result = { .read = { .rows = 3 }, .taken = 3 };
	begin(&t, parts, 3);
	assert_string_equal(next_where(&t, 0), "a2");
	todo_part_over(t.todo, 0, &result);
	assert_string_equal(next_where(&t, 0), "none");
	assert_false(t.tables[0].read || t.tables[1].read);
	assert_int_equal(t.tables[0].source.rows, 0);
	end(&t);
}

static void of_a_table_that_failed_no_part_is_begun(void **state)
{
	(void)state;
	struct trial t;
	struct part parts[] = { { .table = 0, .where = "a1" },
				{ .table = 0, .where = "a2" },
				{ .table = 1, .where = "b1" } };
	struct todo_result failed = { .rc = -5 };
	begin(&t, parts, 3);
	assert_string_equal(next_where(&t, 0), "a1");
	todo_part_over(t.todo, 0, &failed);
	assert_string_equal(next_where(&t, 0), "b1");
	over(&t, 1);
	assert_string_equal(next_where(&t, 0), "none");
	assert_int_equal(t.tables[0].verdict, VERDICT_FAILED);
	assert_int_equal(t.report.failure_count, 1);
	end(&t);
}

/* What a pair takes is for others when it turns out to be blind. */
static void go_blind(struct trial *t, unsigned pair)
{
	const struct err err = { .code = -ESTALE, .text = "its moment is gone" };
	struct todo_item item = todo_next(t->todo, pair);
	assert_int_equal(item.kind, TODO_PART);
	todo_blind(t->todo, &item, pair, &err);
}

static void what_a_blind_pair_leaves_another_takes(void **state)
{
	(void)state;
	struct trial t;
	struct part parts[] = { { .table = 0, .where = "a1" }, { .table = 1, .where = "b1" } };
	begin(&t, parts, 2);
	todo_set_large(t.todo, 0); /* which the first pair that reads takes */
	go_blind(&t, 0);
	assert_int_equal(watch_stopped(t.watch, NULL), 0);
	assert_string_equal(next_where(&t, 1), "a1");
	assert_string_equal(next_where(&t, 2), "b1");
	over(&t, 0);
	over(&t, 1);
	assert_string_equal(next_where(&t, 0), "none");
	assert_true(t.tables[0].read && t.tables[1].read);
	end(&t);
}

static void when_none_can_read_any_more_the_run_ends(void **state)
{
	(void)state;
	struct trial t;
	struct err err;
	struct part parts[] = { { .table = 0, .where = "a1" }, { .table = 1, .where = "b1" } };
	begin(&t, parts, 2);
	todo_set_large(t.todo, 0);
	for (unsigned pair = 0; pair < 3; pair++) {
		assert_int_equal(watch_stopped(t.watch, NULL), 0);
		go_blind(&t, pair);
	}
	assert_int_equal(watch_stopped(t.watch, &err), -ECONNRESET);
	assert_non_null(strstr(err.text, "start again"));
	end(&t);
}

/* A statement of a table, and of another one if that is not the same. */
static void add(struct trial *t, const char *name, size_t table, size_t other, bool apart)
{
	struct statement *st = script_add(&t->script, other == table ? PHASE_LOADED : PHASE_AFTER, "index",
					  name);
	assert_non_null(st);
	st->table = table;
	st->other = other;
	st->of_two = other != table;
	st->apart = apart;
}

static void begin_with_statements(struct trial *t, struct part *parts, size_t count)
{
	begin(t, parts, count);
	add(t, "foreign", 0, 1, false);
	add(t, "key", 0, 0, false);
	add(t, "x", 0, 0, true);
	add(t, "y", 0, 0, true);
	add(t, "analyze", 0, 0, false);
	add(t, "other key", 1, 1, false);
	todo_free(t->todo);
	assert_int_equal(todo_new(&t->todo, &t->job, NULL), 0);
}

/* It must be this one. */
static const struct statement *take(struct trial *t, const char *name)
{
	struct todo_item item = todo_next(t->todo, 1);
	assert_int_equal(item.kind, TODO_STATEMENT);
	assert_string_equal(item.statement->name, name);
	return item.statement;
}

static void statements_of_a_table_run_in_order_but_those_that_say_so_at_the_same_time(void **state)
{
	(void)state;
	struct trial t;
	struct part parts[] = { { .table = 0, .where = "a1" },
				{ .table = 1, .where = "b1" },
				{ .table = 1, .where = "b2" },
				{ .table = 1, .where = "b3" },
				{ .table = 1, .where = "b4" } };
	begin_with_statements(&t, parts, 5);
	assert_string_equal(next_where(&t, 0), "a1");
	over(&t, 0);
	const struct statement *key = take(&t, "key");
	assert_string_equal(next_where(&t, 0), "b1"); /* the others wait for the key */
	todo_statement_over(t.todo, key);
	const struct statement *x = take(&t, "x"), *y = take(&t, "y");
	assert_string_equal(next_where(&t, 0), "b2");
	todo_statement_over(t.todo, y);
	assert_string_equal(next_where(&t, 0), "b3"); /* and the last one for all of them */
	todo_statement_over(t.todo, x);
	todo_statement_over(t.todo, take(&t, "analyze"));
	assert_string_equal(next_where(&t, 0), "b4");
	end(&t);
}

static void a_statement_of_two_tables_waits_for_all_of_both(void **state)
{
	(void)state;
	struct trial t;
	struct part parts[] = { { .table = 0, .where = "a1" },
				{ .table = 1, .where = "b1" },
				{ .table = 1, .where = "b2" } };
	begin_with_statements(&t, parts, 3);
	assert_string_equal(next_where(&t, 0), "a1");
	assert_string_equal(next_where(&t, 0), "b1");
	over(&t, 1);
	over(&t, 0);
	todo_statement_over(t.todo, take(&t, "key"));
	todo_statement_over(t.todo, take(&t, "x"));
	todo_statement_over(t.todo, take(&t, "y"));
	todo_statement_over(t.todo, take(&t, "analyze"));
	assert_string_equal(next_where(&t, 0), "b2");
	over(&t, 1);
	todo_statement_over(t.todo, take(&t, "other key"));
	todo_statement_over(t.todo, take(&t, "foreign"));
	assert_string_equal(next_where(&t, 0), "none");
	end(&t);
}

static void statements_of_two_that_have_a_table_in_common_wait_for_each_other(void **state)
{
	(void)state;
	struct trial t;
	struct part parts[] = { { .table = 0, .where = "a1" }, { .table = 2, .where = "c1" } };
	begin(&t, parts, 2);
	add(&t, "first", 0, 1, false);
	add(&t, "second", 1, 0, false);
	todo_free(t.todo);
	assert_int_equal(todo_new(&t.todo, &t.job, NULL), 0);
	assert_string_equal(next_where(&t, 0), "a1");
	over(&t, 0);
	const struct statement *first = take(&t, "first");
	assert_string_equal(next_where(&t, 0), "c1");
	over(&t, 2);
	todo_statement_over(t.todo, first);
	todo_statement_over(t.todo, take(&t, "second"));
	assert_string_equal(next_where(&t, 0), "none");
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_part_of_a_table_is_begun_only_when_there_is_no_other_table),
		cmocka_unit_test(what_is_in_already_is_not_begun_and_its_table_is_not_taken_for_read),
		cmocka_unit_test(of_a_table_that_failed_no_part_is_begun),
		cmocka_unit_test(what_a_blind_pair_leaves_another_takes),
		cmocka_unit_test(when_none_can_read_any_more_the_run_ends),
		cmocka_unit_test(statements_of_a_table_run_in_order_but_those_that_say_so_at_the_same_time),
		cmocka_unit_test(a_statement_of_two_tables_waits_for_all_of_both),
		cmocka_unit_test(statements_of_two_that_have_a_table_in_common_wait_for_each_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
