#include "dbdump/cli/sizes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct catalog *c, const char *schema, const char *name, uint64_t data, uint64_t index)
{
	struct table *t = catalog_add_table(c);
	assert_non_null(t);
	t->schema = strdup(schema);
	t->name = strdup(name);
	t->data_bytes = data;
	t->index_bytes = index;
	t->rows = 10;
}

static void two_databases(struct sizes *s)
{
	struct catalog c = { 0 };
	add(&c, "small", "one", 1000000, 0);
	add(&c, "large", "two", 1500000000, 500000000);
	add(&c, "large", "three", 500000000, 0);
	add(&c, "large", "\033evil", 0, 1);
	struct table *view = catalog_add_table(&c);
	view->schema = strdup("large");
	view->name = strdup("view");
	view->rows_kind = ROWS_NONE;
	*s = (struct sizes){ .seconds_per_gb = 10, .measured = "a server" };
	assert_int_equal(sizes_add_database(s, "empty"), 0);
	assert_int_equal(sizes_add_database(s, "small"), 0);
	assert_int_equal(sizes_add(s, NULL, &c), 0);
	sizes_sort(s);
	catalog_fini(&c); /* the names are copies */
}

static void sums_are_by_database_the_largest_first(void **state)
{
	(void)state;
	struct sizes s;
	two_databases(&s);
	assert_int_equal(s.database_count, 3);
	assert_string_equal(s.databases[0].database, "large");
	assert_int_equal(s.databases[0].tables, 3);
	assert_true(s.databases[0].data_bytes == 2000000000 && s.databases[0].index_bytes == 500000001);
	assert_string_equal(s.databases[2].database, "empty");
	assert_int_equal(s.table_count, 4);
	assert_string_equal(s.tables[0].name, "two");
	assert_string_equal(s.tables[2].name, "one");
	assert_true(s.total.data_bytes + s.total.index_bytes == 2501000001);
	assert_true(sizes_expected_s(&s) > 25 && sizes_expected_s(&s) < 25.1);
	sizes_fini(&s);
}

static void they_are_shown_in_gigabytes(void **state)
{
	(void)state;
	struct sizes s;
	struct line l;
	two_databases(&s);
	line_init(&l, -1, SIZE_MAX);
	sizes_text(&l, &s, 0);
	buf_u8(&l.text, 0);
	const char *text = (const char *)l.text.data;
	assert_non_null(strstr(text, "2.50GB on disk in 3 databases, 4 tables; a copy should take 25.0 s\n"));
	assert_non_null(strstr(text, "2.000      1.500      0.500              10  large.two\n"));
	assert_non_null(strstr(text, "(at 10.0 s a GB, rows verified, as measured with a server on"));
	assert_non_null(strstr(text, " <0.001      0.000     <0.001              10  large.\\#033evil\n"));
	assert_null(strchr(text, '\033'));
	line_fini(&l);
	sizes_fini(&s);
}

static void a_catalog_may_be_of_one_small_database(void **state)
{
	(void)state;
	struct catalog c = { 0 };
	struct sizes s = { .seconds_per_gb = 10, .measured = "a server" };
	for (int i = 0; i < 100; i++) {
		char name[16];
		snprintf(name, sizeof name, "t%d", i);
		add(&c, "public", name, (uint64_t)i * 1000, 1000);
	}
	assert_int_equal(sizes_add(&s, "shop", &c), 0);
	sizes_sort(&s);
	assert_int_equal(s.database_count, 1);
	assert_int_equal(s.table_count, 100);
	assert_string_equal(s.tables[0].name, "t99");
	assert_string_equal(s.tables[0].schema, "public");
	struct line l;
	line_init(&l, -1, SIZE_MAX);
	sizes_text(&l, &s, 0);
	buf_u8(&l.text, 0);
	assert_non_null(strstr((const char *)l.text.data, "a copy should take a second or two\n"));
	assert_non_null(strstr((const char *)l.text.data, "         MB       data    indexes"));
	assert_non_null(strstr((const char *)l.text.data,
			       "      5.050      4.950      0.100           1,000  shop\n"));
	assert_non_null(strstr((const char *)l.text.data, "shop.public.t99\n"));
	assert_non_null(strstr((const char *)l.text.data, "and 80 smaller ones"));
	line_fini(&l);
	sizes_fini(&s);
	catalog_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_by_database_the_largest_first),
		cmocka_unit_test(they_are_shown_in_gigabytes),
		cmocka_unit_test(a_catalog_may_be_of_one_small_database),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
