#include "xfer/tree/linkmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MANY = 100000 };

static void the_first_value_stands_for_the_file(void **state)
{
	(void)state;
	struct linkmap *m = linkmap_new();
	assert_int_equal(linkmap_first(m, 1, 2, 10), 10);
	assert_int_equal(linkmap_first(m, 1, 2, 11), 10);
	assert_int_equal(linkmap_first(m, 2, 2, 12), 12);
	assert_int_equal(linkmap_first(m, 1, 3, 13), 13);
	assert_int_equal(linkmap_first(m, 2, 1, 14), 14);
	assert_int_equal(linkmap_first(m, 0, 0, 15), 15);
	assert_int_equal(linkmap_first(m, 0, 0, 16), 15);
	linkmap_free(m);
	linkmap_free(NULL);
}

static void many_files_on_two_devices_are_kept_apart(void **state)
{
	(void)state;
	struct linkmap *m = linkmap_new();
	for (uint64_t i = 1; i <= MANY; i++)
		assert_int_equal(linkmap_first(m, 1 + i % 2, i / 2, i), i);
	for (uint64_t i = 1; i <= MANY; i++)
		assert_int_equal(linkmap_first(m, 1 + i % 2, i / 2, MANY + i), i);
	linkmap_free(m);
}

static void numbers_of_any_width_are_told_apart(void **state)
{
	(void)state;
	struct linkmap *m = linkmap_new();
	uint64_t value = 1;
	for (int d = 0; d < 64; d += 3)
		for (int i = 0; i < 64; i++, value++)
			assert_int_equal(linkmap_first(m, UINT64_C(1) << d, UINT64_C(1) << i, value), value);
	value = 1;
	for (int d = 0; d < 64; d += 3)
		for (int i = 0; i < 64; i++, value++)
			assert_int_equal(linkmap_first(m, UINT64_C(1) << d, UINT64_C(1) << i, 9999), value);
	linkmap_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_value_stands_for_the_file),
		cmocka_unit_test(many_files_on_two_devices_are_kept_apart),
		cmocka_unit_test(numbers_of_any_width_are_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
