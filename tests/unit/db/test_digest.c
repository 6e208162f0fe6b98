#include "dbdump/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dbdump/lines.h"

static struct rows_digest of(const char *lines)
{
	struct rows_digest d = { 0 };
	rows_digest_lines(&d, (const uint8_t *)lines, strlen(lines));
	return d;
}

static bool same(const char *a, const char *b)
{
	struct rows_digest x = of(a), y = of(b);
	return rows_digest_equal(&x, &y);
}

static void the_order_of_rows_does_not_matter(void **state)
{
	(void)state;
	assert_true(same("1\ta\n2\tb\n3\tc\n", "3\tc\n1\ta\n2\tb\n"));
	assert_true(same("", ""));
}

static void every_difference_counts(void **state)
{
	(void)state;
	assert_false(same("1\ta\n", "1\tb\n"));
	assert_false(same("1\ta\n", ""));
	assert_false(same("1\ta\n2\tb\n", "1\tb\n2\ta\n"));
	assert_false(same("\n", "\n\n"));
	/* with XOR all of these would be the same */
	assert_false(same("1\n1\n", "2\n2\n"));
	assert_false(same("1\n1\n3\n", "3\n"));
	assert_false(same("1\n1\n1\n", "1\n"));
}

static void parts_may_be_taken_in_any_way(void **state)
{
	(void)state;
	struct rows_digest whole = of("a\nbb\nccc\ndddd\n"), sum = of("ccc\na\n"), rest = of("dddd\nbb\n");
	rows_digest_merge(&sum, &rest);
	assert_true(rows_digest_equal(&whole, &sum));
	assert_int_equal(sum.rows, 4);
	assert_int_equal(sum.bytes, whole.bytes);
}

static void sums_carry_into_their_upper_half(void **state)
{
	(void)state;
	/* each sum of many hashes overflows its lower half often; added in two ways it must be one */
	struct rows_digest one = { 0 }, parts[2] = { { 0 }, { 0 } };
	for (unsigned i = 0; i < 1000; i++) {
		char line[16];
		size_t n = (size_t)snprintf(line, sizeof line, "%u\n", i);
		rows_digest_lines(&one, (const uint8_t *)line, n);
		rows_digest_lines(&parts[i % 3 == 0], (const uint8_t *)line, n);
	}
	rows_digest_merge(&parts[0], &parts[1]);
	assert_true(rows_digest_equal(&one, &parts[0]));
}

static bool rows(const char *lines, size_t columns)
{
	return lines_are_rows((const uint8_t *)lines, strlen(lines), columns);
}

static void a_line_is_a_row_of_its_table_or_none(void **state)
{
	(void)state;
	assert_true(rows("1\ta\n2\t\\N\n", 2));
	assert_true(rows("a long one, of several words\\t\\n\\\\\\b\\f\\r\\v\n", 1));
	assert_true(rows("\n\n", 0));
	assert_true(rows("\n", 1));
	assert_false(rows("1\n", 2));
	assert_false(rows("1\t2\t3\n", 2));
	assert_false(rows("1\t2\n1\n", 2));
	assert_false(rows("1", 1));
	assert_false(rows("\\.\n", 1));
	assert_false(rows("12345678\\", 1));
	assert_false(rows("12345678\\\n", 1));
	assert_false(rows("1\\\t2\n", 2));
	assert_false(rows("\\'\n", 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_of_rows_does_not_matter),
		cmocka_unit_test(every_difference_counts),
		cmocka_unit_test(parts_may_be_taken_in_any_way),
		cmocka_unit_test(a_line_is_a_row_of_its_table_or_none),
		cmocka_unit_test(sums_carry_into_their_upper_half),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
