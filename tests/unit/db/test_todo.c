#include "dbdump/todo.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { TABLES = 2 };

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
	struct part parts[] = { { 0, "a1" }, { 0, "a2" }, { 0, "a3" }, { 1, "b1" } };
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

static void of_a_table_that_failed_no_part_is_begun(void **state)
{
	(void)state;
	struct trial t;
	struct part parts[] = { { 0, "a1" }, { 0, "a2" }, { 1, "b1" } };
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
	struct part parts[] = { { 0, "a1" }, { 1, "b1" } };
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
	struct part parts[] = { { 0, "a1" }, { 1, "b1" } };
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_part_of_a_table_is_begun_only_when_there_is_no_other_table),
		cmocka_unit_test(of_a_table_that_failed_no_part_is_begun),
		cmocka_unit_test(what_a_blind_pair_leaves_another_takes),
		cmocka_unit_test(when_none_can_read_any_more_the_run_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
