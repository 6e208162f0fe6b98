#include "xfer/tree/temp_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "xfer/codec/hash.h"

static void a_temporary_name_is_of_its_form(void **state)
{
	(void)state;
	char out[TEMP_NAME_SIZE], again[TEMP_NAME_SIZE], other[TEMP_NAME_SIZE], longest[255];
	temp_name(out, "file", 4);
	temp_name(again, "files", 4);
	temp_name(other, "files", 5);
	assert_int_equal(strlen(out), 22);
	assert_string_equal(out, again);
	assert_string_not_equal(out, other);
	assert_true(temp_name_is(out, strlen(out)));
	memset(longest, 255, sizeof longest);
	temp_name(other, longest, sizeof longest);
	assert_true(temp_name_is(other, strlen(other)));
}

static void its_digits_are_the_hash_of_the_name(void **state)
{
	(void)state;
	char out[TEMP_NAME_SIZE];
	struct digest d = hash_of("file", 4);
	temp_name(out, "file", 4);
	assert_memory_equal(out, ".xfer-", 6);
	for (int i = 0; i < 8; i++) {
		static const char hex[] = "0123456789abcdef";
		assert_int_equal(out[6 + 2 * i], hex[d.byte[i] >> 4]);
		assert_int_equal(out[7 + 2 * i], hex[d.byte[i] & 15]);
	}
}

static void a_name_of_another_form_is_somebody_elses(void **state)
{
	(void)state;
	static const char *const others[] = { ".xfer-0123456789abcde",
					      ".xfer-0123456789abcdef0",
					      ".xfer-0123456789abcdeg",
					      ".xfer-0123456789abcdeF",
					      ".xfer_0123456789abcdef",
					      "xxfer-0123456789abcdef",
					      ".xfer-",
					      "",
					      ".xfer-g123456789abcdef" };
	assert_true(temp_name_is(".xfer-0123456789abcdef", 22));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(temp_name_is(others[i], strlen(others[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_temporary_name_is_of_its_form),
		cmocka_unit_test(its_digits_are_the_hash_of_the_name),
		cmocka_unit_test(a_name_of_another_form_is_somebody_elses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
