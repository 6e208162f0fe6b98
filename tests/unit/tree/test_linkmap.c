#include "xfer/tree/linkmap.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MANY = 20000, MEMORY = 1 << 20, LITTLE = 8192 };

static uint64_t first(struct linkmap *m, uint64_t a, uint64_t b, uint64_t value)
{
	struct err err = { 0 };
	if (linkmap_first(m, a, b, &value, &err) < 0)
		fail_msg("%s", err.text);
	return value;
}

static uint64_t look(struct linkmap *m, uint64_t a, uint64_t b)
{
	struct err err = { 0 };
	uint64_t value = 99;
	if (linkmap_find(m, a, b, &value, &err) < 0)
		fail_msg("%s", err.text);
	return value;
}

static void the_first_value_stands_for_the_file(void **state)
{
	(void)state;
	struct linkmap *m = linkmap_new(NULL, MEMORY);
	assert_int_equal(first(m, 1, 2, 10), 10);
	assert_int_equal(first(m, 1, 2, 11), 10);
	assert_int_equal(first(m, 2, 2, 12), 12);
	assert_int_equal(first(m, 1, 3, 13), 13);
	assert_int_equal(first(m, 2, 1, 14), 14);
	assert_int_equal(first(m, 0, 0, 15), 15);
	assert_int_equal(first(m, 0, 0, 16), 15);
	linkmap_free(m);
	linkmap_free(NULL);
}

/* With little memory nearly all of it is in the file. */
static void many_files_on_two_devices_are_kept_apart(void **state)
{
	(void)state;
	static const size_t memory[] = { MEMORY, LITTLE };
	for (size_t k = 0; k < 2; k++) {
		struct linkmap *m = linkmap_new(NULL, memory[k]);
		for (uint64_t i = 1; i <= MANY; i++)
			assert_int_equal(first(m, 1 + i % 2, i / 2, i), i);
		assert_int_equal(linkmap_count(m), MANY);
		for (uint64_t i = 1; i <= MANY; i++) {
			assert_int_equal(first(m, 1 + i % 2, i / 2, MANY + i), i);
			assert_int_equal(look(m, 1 + i % 2, i / 2), i);
			assert_int_equal(look(m, 3 + i % 2, i / 2), 0);
		}
		assert_int_equal(linkmap_count(m), MANY);
		linkmap_free(m);
	}
}

static void a_cleared_map_is_empty_and_of_use(void **state)
{
	(void)state;
	static const uint64_t sizes[] = { 0, 3, MANY, 60, 1000 };
	struct linkmap *m = linkmap_new(NULL, LITTLE);
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		for (uint64_t i = 1; i <= sizes[k]; i++)
			assert_int_equal(first(m, 7, i, i), i);
		linkmap_clear(m);
		assert_int_equal(linkmap_count(m), 0);
		for (uint64_t i = 1; i <= sizes[k]; i++)
			assert_int_equal(look(m, 7, i), 0);
	}
	linkmap_free(m);
}

static void a_spill_that_is_impossible_is_an_error(void **state)
{
	(void)state;
	struct linkmap *m = linkmap_new("/nonexistent", LITTLE);
	struct err err = { 0 };
	uint64_t i = 1, value;
	while (value = i, linkmap_first(m, 7, i, &value, &err) == 0)
		assert_int_not_equal(++i, MANY);
	assert_int_equal(err.code, -EIO);
	linkmap_free(m);
}

static void numbers_of_any_width_are_told_apart(void **state)
{
	(void)state;
	struct linkmap *m = linkmap_new(NULL, MEMORY);
	uint64_t value = 1;
	for (int d = 0; d < 64; d += 3)
		for (int i = 0; i < 64; i++, value++)
			assert_int_equal(first(m, UINT64_C(1) << d, UINT64_C(1) << i, value), value);
	value = 1;
	for (int d = 0; d < 64; d += 3)
		for (int i = 0; i < 64; i++, value++)
			assert_int_equal(first(m, UINT64_C(1) << d, UINT64_C(1) << i, 9999), value);
	linkmap_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_value_stands_for_the_file),
		cmocka_unit_test(many_files_on_two_devices_are_kept_apart),
		cmocka_unit_test(a_cleared_map_is_empty_and_of_use),
		cmocka_unit_test(a_spill_that_is_impossible_is_an_error),
		cmocka_unit_test(numbers_of_any_width_are_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
