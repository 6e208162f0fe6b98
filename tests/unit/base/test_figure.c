#include "xfer/base/figure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void counts_are_grouped(void **state)
{
	(void)state;
	assert_string_equal(figure_count(0).text, "0");
	assert_string_equal(figure_count(999).text, "999");
	assert_string_equal(figure_count(1000).text, "1,000");
	assert_string_equal(figure_count(77591).text, "77,591");
	assert_string_equal(figure_count(UINT64_MAX).text, "18,446,744,073,709,551,615");
}

static void units_are_thousands(void **state)
{
	(void)state;
	assert_string_equal(figure_units(0).text, "0");
	assert_string_equal(figure_units(999).text, "999");
	assert_string_equal(figure_units(1000).text, "1.00k");
	assert_string_equal(figure_units(77591).text, "77.59k");
	assert_string_equal(figure_units(999999).text, "999.99k");
	assert_string_equal(figure_units(1000000).text, "1.00M");
	assert_string_equal(figure_units(UINT64_MAX).text, "18.44E");
	assert_string_equal(figure_bytes(1, false).text, "1 byte");
	assert_string_equal(figure_bytes(1234, false).text, "1,234 bytes");
	assert_string_equal(figure_bytes(1234, true).text, "1.23kB");
	assert_string_equal(figure_bytes(12, true).text, "12 bytes");
}

static void times_are_read_at_a_glance(void **state)
{
	(void)state;
	assert_string_equal(figure_clock(69).text, "0:01:09");
	assert_string_equal(figure_clock(359999).text, "99:59:59");
	assert_string_equal(figure_clock(360000).text, "4 days");
	assert_string_equal(figure_seconds(0.018).text, "0.02 s");
	assert_string_equal(figure_seconds(12.34).text, "12.3 s");
	assert_string_equal(figure_seconds(59.999).text, "1 min 00 s");
	assert_string_equal(figure_seconds(245).text, "4 min 05 s");
	assert_string_equal(figure_seconds(12000).text, "3 h 20 min");
	assert_string_equal(figure_seconds(-1).text, "0.00 s");
	assert_string_equal(figure_seconds(__builtin_nan("")).text, "0.00 s");
	assert_string_equal(figure_seconds(__builtin_inf()).text, "277777777777 h 46 min");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_grouped),
		cmocka_unit_test(units_are_thousands),
		cmocka_unit_test(times_are_read_at_a_glance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
