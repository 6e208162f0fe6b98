#include "dbdump/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dbdump/options.h"

enum { MANY = 300 };

static void add_table(struct catalog *c, const char *schema, const char *name)
{
	struct table *t = catalog_add_table(c);
	assert_non_null(t);
	t->schema = strdup(schema);
	t->name = strdup(name);
}

static void tables_are_found_once_they_are_sorted(void **state)
{
	(void)state;
	struct catalog c = { 0 };
	char name[16];
	for (int i = MANY; i; i--) {
		snprintf(name, sizeof name, "t%d", i);
		add_table(&c, i % 2 ? "odd" : "even", name);
	}
	catalog_sort(&c);
	for (int i = 1; i <= MANY; i++) {
		snprintf(name, sizeof name, "t%d", i);
		const struct table *t = catalog_find_table(&c, i % 2 ? "odd" : "even", name);
		assert_non_null(t);
		assert_string_equal(t->name, name);
		assert_null(catalog_find_table(&c, i % 2 ? "even" : "odd", name));
	}
	for (size_t i = 1; i < c.table_count; i++)
		assert_true(strcmp(c.tables[i - 1].schema, c.tables[i].schema) <= 0);
	catalog_fini(&c);
	assert_null(catalog_find_table(&c, "odd", "t1"));
}

static void columns_and_objects_are_sorted_by_name(void **state)
{
	(void)state;
	static const char *const names[] = { "c", "a", "b" };
	struct catalog c = { 0 };
	add_table(&c, "s", "t");
	for (size_t i = 0; i < 3; i++) {
		struct column *column = table_add_column(&c.tables[0]);
		column->name = strdup(names[i]);
		struct object *o = catalog_add_object(&c);
		o->kind = i ? "view" : "table";
		o->name = strdup(names[i]);
	}
	catalog_sort(&c);
	assert_string_equal(c.tables[0].columns[0].name, "a");
	assert_string_equal(c.tables[0].columns[2].name, "c");
	assert_string_equal(c.objects[0].kind, "table");
	assert_string_equal(c.objects[1].name, "a");
	catalog_fini(&c);
}

static unsigned freed;

static void free_one(void *own)
{
	freed++;
	free(own);
}

static void what_is_the_engines_own_is_freed_by_it(void **state)
{
	(void)state;
	struct catalog c = { .free_own = free_one };
	add_table(&c, "s", "a");
	add_table(&c, "s", "b");
	c.tables[1].own = malloc(1);
	catalog_fini(&c);
	assert_int_equal(freed, 1);
}

static void a_script_keeps_the_order(void **state)
{
	(void)state;
	struct script s = { 0 };
	char name[16];
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "%d", i);
		struct statement *st = script_add(&s, PHASE_AFTER, "view", name);
		assert_int_equal(statement_sql(st, "begin"), 0);
		assert_int_equal(statement_sql(st, name), 0);
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "%d", i);
		assert_string_equal(s.statements[i].name, name);
		assert_int_equal(s.statements[i].sql.count, 2);
		assert_string_equal(s.statements[i].sql.at[1], name);
	}
	script_fini(&s);
}

static void add(struct strings *s, const char *text)
{
	assert_int_equal(strings_add(s, text, strlen(text)), 0);
}

static void tables_are_wanted_by_pattern(void **state)
{
	(void)state;
	struct options o = { 0 };
	assert_true(options_want_table(&o, "shop", "orders"));
	add(&o.exclude_tables, "log_*");
	add(&o.exclude_tables, "shop.cache");
	assert_false(options_want_table(&o, "shop", "log_1"));
	assert_false(options_want_table(&o, "shop", "cache"));
	assert_true(options_want_table(&o, "blog", "cache"));
	add(&o.only_tables, "shop.*");
	assert_false(options_want_table(&o, "blog", "cache"));
	assert_false(options_want_table(&o, "shop", "cache"));
	assert_true(options_want_table(&o, "shop", "orders"));
	strings_fini(&o.only_tables);
	strings_fini(&o.exclude_tables);
}

static void databases_are_renamed_once(void **state)
{
	(void)state;
	struct options o = { 0 };
	assert_string_equal(options_renamed(&o, "a"), "a");
	add(&o.renames, "a");
	add(&o.renames, "b");
	add(&o.renames, "b");
	add(&o.renames, "a");
	assert_string_equal(options_renamed(&o, "a"), "b");
	assert_string_equal(options_renamed(&o, "b"), "a");
	assert_string_equal(options_renamed(&o, "c"), "c");
	strings_fini(&o.renames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_found_once_they_are_sorted),
		cmocka_unit_test(columns_and_objects_are_sorted_by_name),
		cmocka_unit_test(what_is_the_engines_own_is_freed_by_it),
		cmocka_unit_test(a_script_keeps_the_order),
		cmocka_unit_test(tables_are_wanted_by_pattern),
		cmocka_unit_test(databases_are_renamed_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
