#include "xfer/tree/nameset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { MANY = 20000, MEMORY = 64 * 1024 }; /* names that do not fit into it */

static int add(struct nameset *s, const char *name, size_t len)
{
	struct err err;
	return nameset_add(s, name, len, &err);
}

static int has(struct nameset *s, const char *name, size_t len)
{
	struct err err;
	return nameset_has(s, name, len, &err);
}

static size_t name_of(char name[static 24], int i)
{
	return (size_t)snprintf(name, 24, "n%d", i);
}

static void a_name_is_added_once(void **state)
{
	(void)state;
	struct nameset *s = nameset_new(NULL, MEMORY);
	assert_int_equal(0, has(s, "a", 1));
	assert_int_equal(add(s, "a", 1), 1);
	assert_int_equal(add(s, "a", 1), 0);
	assert_int_equal(1, has(s, "ab", 1));
	assert_int_equal(0, has(s, "ab", 2));
	assert_int_equal(add(s, "", 0), 1);
	assert_int_equal(add(s, "a\0b", 3), 1);
	assert_int_equal(nameset_count(s), 3);
	nameset_free(s);
	nameset_free(NULL);
}

static void what_cannot_be_looked_up_is_not_taken_for_missing(void **state)
{
	(void)state;
	struct nameset *s = nameset_new("/nonexistent", 4096);
	char name[24];
	int i = 0, r = 0;
	while (i < MANY && add(s, name, name_of(name, i)) == 1)
		i++;
	assert_in_range(i, 1, MANY - 1);
	for (int k = 0; k < i && r >= 0; k++)
		r = has(s, name, name_of(name, k));
	assert_int_equal(r, 1);
	nameset_free(s);
}

static void many_names_are_all_found_and_no_others(void **state)
{
	(void)state;
	struct nameset *s = nameset_new(NULL, MEMORY);
	char name[24];
	for (int i = 0; i < MANY; i++)
		assert_int_equal(add(s, name, name_of(name, 2 * i)), 1);
	assert_int_equal(nameset_count(s), MANY);
	for (int i = 0; i < 2 * MANY; i++)
		assert_int_equal(has(s, name, name_of(name, i)), i % 2 == 0);
	for (int i = 0; i < MANY; i += 17)
		assert_int_equal(add(s, name, name_of(name, 2 * i)), 0);
	nameset_free(s);
}

static void a_cleared_set_is_empty_and_of_use(void **state)
{
	(void)state;
	struct nameset *s = nameset_new(NULL, MEMORY);
	char name[24];
	static const int sizes[] = { 0, 3, 60, MANY, 1000 };
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		for (int i = 0; i < sizes[k]; i++)
			assert_int_equal(add(s, name, name_of(name, i)), 1);
		assert_int_equal(nameset_count(s), sizes[k]);
		nameset_clear(s);
		assert_int_equal(nameset_count(s), 0);
		for (int i = 0; i < sizes[k]; i++)
			assert_int_equal(0, has(s, name, name_of(name, i)));
	}
	nameset_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_added_once),
		cmocka_unit_test(what_cannot_be_looked_up_is_not_taken_for_missing),
		cmocka_unit_test(many_names_are_all_found_and_no_others),
		cmocka_unit_test(a_cleared_set_is_empty_and_of_use),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
