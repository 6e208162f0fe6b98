#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dbdump/pg/floats.h"

static const char *line_of(char *type, const char *line)
{
	static char text[512];
	struct column columns[] = { { "a", type }, { "b", "text" } };
	struct table t = { .columns = columns, .column_count = 2 };
	AUTO(buf_fini) struct buf out;
	buf_init(&out, sizeof text - 1);
	floats_line(&out, &t, line, strlen(line));
	memcpy(text, out.data, out.len);
	text[out.len] = '\0';
	return text;
}

/* What PostgreSQL 11 says with extra_float_digits = 3, and what 12 says. */
static void doubles_have_the_fewest_digits(void **state)
{
	(void)state;
	char type[] = "double precision";
	assert_string_equal(line_of(type, "0.100000000000000006\t0.100000000000000006\n"),
			    "0.1\t0.100000000000000006\n");
	assert_string_equal(line_of(type, "1e+15\tx\n"), "1e+15\tx\n");
	assert_string_equal(line_of(type, "100000000000000\tx\n"), "100000000000000\tx\n");
	assert_string_equal(line_of(type, "1.79769313486231571e+308\tx\n"), "1.7976931348623157e+308\tx\n");
	assert_string_equal(line_of(type, "4.94065645841246544e-324\tx\n"), "5e-324\tx\n");
	assert_string_equal(line_of(type, "-0.00012345\tx\n"), "-0.00012345\tx\n");
	assert_string_equal(line_of(type, "1.2345e-05\tx\n"), "1.2345e-05\tx\n");
	/* nearly between two numbers */
	assert_string_equal(line_of(type, "4.34179694857448333e+225\tx\n"), "4.341796948574483e+225\tx\n");
	assert_string_equal(line_of(type, "123.456000000000003\tx\n"), "123.456\tx\n");
	assert_string_equal(line_of(type, "-0\tx\n"), "-0\tx\n");
	assert_string_equal(line_of(type, "\\N\tx\n"), "\\N\tx\n");
	assert_string_equal(line_of(type, "-Infinity\tx\n"), "-Infinity\tx\n");
	assert_string_equal(line_of(type, "NaN\tx\n"), "NaN\tx\n");
}

static void reals_have_fewer(void **state)
{
	(void)state;
	char type[] = "real", list[] = "real[]";
	assert_string_equal(line_of(type, "16777216\tx\n"), "1.6777216e+07\tx\n");
	assert_string_equal(line_of(type, "0.100000001\tx\n"), "0.1\tx\n");
	assert_string_equal(line_of(type, "1.40129846e-45\tx\n"), "1e-45\tx\n");
	assert_string_equal(line_of(type, "3.40282347e+38\tx\n"), "3.4028235e+38\tx\n");
	/* the shorter text lies just between two numbers */
	assert_string_equal(line_of(type, "161242592\tx\n"), "1.6124259e+08\tx\n");
	assert_string_equal(line_of(type, "-36928072\tx\n"), "-3.6928072e+07\tx\n");
	/* of a power of two it is not the nearest one that means it */
	assert_string_equal(line_of(type, "1.26217745e-29\tx\n"), "1.2621775e-29\tx\n");
	assert_string_equal(line_of(type, "1.23794004e+27\tx\n"), "1.2379401e+27\tx\n");
	assert_string_equal(line_of(list, "[0:1]={0.100000001,NULL}\tx\n"), "[0:1]={0.1,NULL}\tx\n");
}

static void what_is_made_of_doubles_too(void **state)
{
	(void)state;
	char type[] = "point", other[] = "numeric";
	assert_string_equal(line_of(type, "(0.100000000000000006,-1.00000000000000005e+300)\tx\n"),
			    "(0.1,-1e+300)\tx\n");
	assert_string_equal(line_of(other, "0.100000000000000006\tx\n"), "0.100000000000000006\tx\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_have_the_fewest_digits),
		cmocka_unit_test(reals_have_fewer),
		cmocka_unit_test(what_is_made_of_doubles_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
