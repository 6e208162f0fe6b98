#include "dbdump/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/db/toy.h"

#define MIB (UINT64_C(1) << 20)

/* Parts of tables of so many MiB; *each: bytes that were asked for in a part. */
static struct plan plan_for(const uint64_t *mib, size_t count, unsigned connections)
{
	static struct table tables[8];
	const struct table *list[8];
	struct plan p;
	struct err err;
	toy_reset();
	for (size_t i = 0; i < count; i++) {
		char name[8];
		snprintf(name, sizeof name, "t%zu", i);
		tables[i] = (struct table){ .schema = (char *)"s",
					    .name = (char *)"t",
					    .data_bytes = mib[i] * MIB,
					    .own = toy_add(&toy_servers[0], "s", name, 1000) };
		((struct toy_table *)tables[i].own)->data_bytes = mib[i] * MIB;
		list[i] = &tables[i];
	}
	const struct plan_job job = { &toy_engine, NULL, list, count, connections };
	assert_int_equal(plan_make(&p, &job, &err), 0);
	return p;
}

static void the_largest_table_comes_first(void **state)
{
	(void)state;
	static const uint64_t mib[] = { 1, 3, 2, 0 };
	struct plan p = plan_for(mib, 4, 2);
	assert_int_equal(p.count, 4);
	assert_int_equal(p.parts[0].table, 1);
	assert_int_equal(p.parts[1].table, 2);
	assert_int_equal(p.parts[3].table, 3);
	assert_string_equal(p.parts[0].where, "");
	plan_fini(&p);
}

static void a_large_table_is_cut_and_its_parts_stay_together(void **state)
{
	(void)state;
	static const uint64_t mib[] = { 10, 3000 };
	struct plan p = plan_for(mib, 2, 2);
	assert_in_range(p.count, 3000 / 64, 3000 / 64 + 3);
	for (size_t i = 0; i + 1 < p.count; i++)
		assert_int_equal(p.parts[i].table, 1);
	assert_int_equal(p.parts[p.count - 1].table, 0);
	plan_fini(&p);
}

static void two_connections_share_what_is_not_large_too(void **state)
{
	(void)state;
	static const uint64_t mib[] = { 60 };
	struct plan p = plan_for(mib, 1, 2);
	assert_true(p.count >= 4);
	plan_fini(&p);
}

static void without_rows_there_is_nothing_to_do(void **state)
{
	(void)state;
	const struct table none = { .rows_kind = ROWS_NONE }, *list[] = { NULL, &none };
	const struct plan_job job = { &toy_engine, NULL, list, 2, 2 };
	struct plan p;
	struct err err;
	assert_int_equal(plan_make(&p, &job, &err), 0);
	assert_int_equal(p.count, 0);
	plan_fini(&p);
}

static int refused(struct session *s, const struct table *t, uint64_t bytes, struct parts *out,
		   struct err *err)
{
	(void)s;
	(void)t;
	(void)out;
	return err_say(err, bytes == PLAN_PART_BYTES ? -EIO : -ECONNRESET, "no");
}

static void what_cannot_be_cut_is_one_part_unless_the_connection_is_gone(void **state)
{
	(void)state;
	struct engine engine = toy_engine;
	engine.split = refused;
	struct table t = { .schema = (char *)"s", .name = (char *)"t", .data_bytes = 10000 * MIB };
	const struct table *list[] = { &t };
	const struct plan_job job = { &engine, NULL, list, 1, 2 };
	struct plan p;
	struct err err;
	assert_int_equal(plan_make(&p, &job, &err), 0);
	assert_int_equal(p.count, 1);
	plan_fini(&p);
	t.data_bytes = 200 * MIB;
	assert_int_equal(plan_make(&p, &job, &err), -ECONNRESET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_largest_table_comes_first),
		cmocka_unit_test(a_large_table_is_cut_and_its_parts_stay_together),
		cmocka_unit_test(two_connections_share_what_is_not_large_too),
		cmocka_unit_test(without_rows_there_is_nothing_to_do),
		cmocka_unit_test(what_cannot_be_cut_is_one_part_unless_the_connection_is_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
