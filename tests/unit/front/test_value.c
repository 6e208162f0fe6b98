#include "xfer/front/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void a_whole_number_is_digits_within_its_range(void **state)
{
	static const char *const wrong[] = {
		"", "-", "+1", " 1", "1 ", "1x", "0x1", "1.0", "-6", "11", "9223372036854775808"
	};
	(void)state;
	int64_t n = 77;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct err err = { 0 };
		assert_int_equal(value_whole(&n, &(struct value){ "jobs", wrong[i], &err }, -5, 10), -EINVAL);
		assert_non_null(strstr(err.text, "option --jobs: \""));
		assert_non_null(strstr(err.text, "is not a whole number from -5 to 10"));
		assert_int_equal(n, 77);
	}
	assert_int_equal(value_whole(&n, &(struct value){ "jobs", "-5", NULL }, -5, 10), 0);
	assert_int_equal(n, -5);
	assert_int_equal(value_whole(&n, &(struct value){ "jobs", "0010", NULL }, -5, 10), 0);
	assert_int_equal(n, 10);
}

static void a_string_replaces_the_one_before_unless_it_is_empty(void **state)
{
	(void)state;
	struct err err = { 0 };
	char *s = NULL;
	assert_int_equal(value_string(&s, &(struct value){ "o", "one", &err }), 0);
	assert_int_equal(value_string(&s, &(struct value){ "o", "two", &err }), 0);
	assert_string_equal(s, "two");
	assert_int_equal(value_string(&s, &(struct value){ "o", "", &err }), -EINVAL);
	assert_string_equal(err.text, "option --o: the value is empty");
	assert_string_equal(s, "two");
	free(s);
}

static void a_choice_is_one_whole_word(void **state)
{
	static const char *const wrong[] = { "", "row", "rows|counts", "nonesuch", "|" };
	(void)state;
	unsigned n = 77;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct err err = { 0 };
		const struct value v = { "verify", wrong[i], &err };
		assert_int_equal(value_choice(&n, &v, "rows|counts|none"), -EINVAL);
		assert_non_null(strstr(err.text, "is none of rows|counts|none"));
		assert_int_equal(n, 77);
	}
	assert_int_equal(value_choice(&n, &(struct value){ "verify", "none", NULL }, "rows|counts|none"), 0);
	assert_int_equal(n, 2);
}

static void a_size_or_rate_that_is_none_names_its_option(void **state)
{
	(void)state;
	struct err err = { 0 };
	uint64_t n = 77;
	assert_int_equal(value_size(&n, &(struct value){ "max-size", "much", &err }), -EINVAL);
	assert_non_null(strstr(err.text, "option --max-size: \"much\" is not a size"));
	assert_int_equal(value_rate(&n, &(struct value){ "bwlimit", "fast", &err }), -EINVAL);
	assert_non_null(strstr(err.text, "option --bwlimit: \"fast\" is not a rate"));
	assert_int_equal(n, 77);
	assert_int_equal(value_rate(&n, &(struct value){ "bwlimit", "1.5m", NULL }), 0);
	assert_int_equal(n, 3 << 19);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_number_is_digits_within_its_range),
		cmocka_unit_test(a_string_replaces_the_one_before_unless_it_is_empty),
		cmocka_unit_test(a_choice_is_one_whole_word),
		cmocka_unit_test(a_size_or_rate_that_is_none_names_its_option),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
