#include "xfer/tree/temp_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void a_temporary_name_is_of_its_form(void **state)
{
	(void)state;
	char out[TEMP_NAME_SIZE], again[TEMP_NAME_SIZE], other[TEMP_NAME_SIZE], longest[255];
	temp_name(out, "file", 4);
	temp_name(again, "files", 4);
	temp_name(other, "files", 5);
	assert_int_equal(strlen(out), 46);
	assert_string_equal(out, again);
	assert_string_not_equal(out, other);
	assert_true(temp_name_is(out, strlen(out)));
	memset(longest, 255, sizeof longest);
	temp_name(other, longest, sizeof longest);
	assert_true(temp_name_is(other, strlen(other)));
}

/* The next version has to find what this one leaves. */
static void it_is_the_same_in_all_runs(void **state)
{
	(void)state;
	char out[TEMP_NAME_SIZE];
	temp_name(out, "file", 4);
	assert_string_equal(out, ".xfer-7bf15b691642a51a1c9964394bd51ff4f712029c");
}

/* They had one in earlier versions, which took XXH3. */
static void two_names_that_somebody_looked_for_differ(void **state)
{
	(void)state;
	char one[TEMP_NAME_SIZE], other[TEMP_NAME_SIZE];
	temp_name(one, "ed721c3b1565635b", 16);
	temp_name(other, "47f712c4c95e9f50", 16);
	assert_string_not_equal(one, other);
}

static void a_name_of_another_form_is_somebody_elses(void **state)
{
	(void)state;
	static const char *const others[] = { ".xfer-0123456789abcde",
					      ".xfer-0123456789abcdef0",
					      ".xfer-0123456789abcdef0123456789abcdef0123456",
					      ".xfer-0123456789abcdef0123456789abcdef012345678",
					      ".xfer-0123456789abcdeg",
					      ".xfer-0123456789abcdeF",
					      ".xfer_0123456789abcdef",
					      "xxfer-0123456789abcdef",
					      ".xfer-",
					      "",
					      ".xfer-g123456789abcdef" };
	/* an earlier version's, and this one's */
	assert_true(temp_name_is(".xfer-0123456789abcdef", 22));
	assert_true(temp_name_is(".xfer-0123456789abcdef0123456789abcdef01234567", 46));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(temp_name_is(others[i], strlen(others[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_temporary_name_is_of_its_form),
		cmocka_unit_test(it_is_the_same_in_all_runs),
		cmocka_unit_test(two_names_that_somebody_looked_for_differ),
		cmocka_unit_test(a_name_of_another_form_is_somebody_elses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
