#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "xfer/base/strings.h"

static void every_string_added_is_found_in_order(void **state)
{
	(void)state;
	struct strings s = { 0 };
	char text[16];

	for (int i = 0; i < 100; i++) {
		int len = snprintf(text, sizeof text, "%d", i);
		assert_int_equal(strings_add(&s, text, (size_t)len), 0);
	}
	assert_int_equal(s.count, 100);
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof text, "%d", i);
		assert_string_equal(s.at[i], text);
	}
	strings_fini(&s);
	assert_null(s.at);
}

static void a_string_is_copied_and_terminated(void **state)
{
	(void)state;
	struct strings s = { 0 };

	assert_int_equal(strings_add(&s, "abc", 2), 0);
	assert_int_equal(strings_add(&s, "", 0), 0);
	assert_string_equal(s.at[0], "ab");
	assert_string_equal(s.at[1], "");
	strings_fini(&s);
	strings_fini(&s);
}

static void a_cut_list_grows_again(void **state)
{
	(void)state;
	struct strings s = { 0 };

	for (size_t keep = 0; keep < 40; keep++) {
		for (int i = 0; i < 40; i++)
			assert_int_equal(strings_add(&s, "x", 1), 0);
		strings_cut(&s, keep);
		assert_int_equal(s.count, keep);
	}
	strings_cut(&s, 1000);
	assert_int_equal(s.count, 39);
	strings_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_string_added_is_found_in_order),
		cmocka_unit_test(a_string_is_copied_and_terminated),
		cmocka_unit_test(a_cut_list_grows_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
