#include "xfer/tree/nameset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { MANY = 200000 };

static size_t name_of(char name[static 24], int i)
{
	return (size_t)snprintf(name, 24, "n%d", i);
}

static void a_name_is_added_once(void **state)
{
	(void)state;
	struct nameset *s = nameset_new();
	assert_false(nameset_has(s, "a", 1));
	assert_int_equal(nameset_add(s, "a", 1), 1);
	assert_int_equal(nameset_add(s, "a", 1), 0);
	assert_true(nameset_has(s, "ab", 1));
	assert_false(nameset_has(s, "ab", 2));
	assert_int_equal(nameset_add(s, "", 0), 1);
	assert_int_equal(nameset_add(s, "a\0b", 3), 1);
	assert_int_equal(nameset_count(s), 3);
	nameset_free(s);
	nameset_free(NULL);
}

static void many_names_are_all_found_and_no_others(void **state)
{
	(void)state;
	struct nameset *s = nameset_new();
	char name[24];
	for (int i = 0; i < MANY; i++)
		assert_int_equal(nameset_add(s, name, name_of(name, 2 * i)), 1);
	assert_int_equal(nameset_count(s), MANY);
	for (int i = 0; i < 2 * MANY; i++)
		assert_int_equal(nameset_has(s, name, name_of(name, i)), i % 2 == 0);
	for (int i = 0; i < MANY; i += 17)
		assert_int_equal(nameset_add(s, name, name_of(name, 2 * i)), 0);
	nameset_free(s);
}

static void a_cleared_set_is_empty_and_of_use(void **state)
{
	(void)state;
	struct nameset *s = nameset_new();
	char name[24];
	static const int sizes[] = { 0, 3, 60, MANY, 1000 };
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		for (int i = 0; i < sizes[k]; i++)
			assert_int_equal(nameset_add(s, name, name_of(name, i)), 1);
		assert_int_equal(nameset_count(s), sizes[k]);
		nameset_clear(s);
		assert_int_equal(nameset_count(s), 0);
		for (int i = 0; i < sizes[k]; i++)
			assert_false(nameset_has(s, name, name_of(name, i)));
	}
	nameset_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_added_once),
		cmocka_unit_test(many_names_are_all_found_and_no_others),
		cmocka_unit_test(a_cleared_set_is_empty_and_of_use),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
