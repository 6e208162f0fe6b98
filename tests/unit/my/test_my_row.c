#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dbdump/my/row.h"

enum { LIMIT = 64 << 20 };

static void expect(const struct buf *b, const char *line, size_t len)
{
	assert_false(b->failed);
	assert_int_equal(b->len, len);
	assert_memory_equal(b->data, line, len);
}

static void line_is(const char *value, size_t len, const char *line, size_t line_len)
{
	AUTO(buf_fini) struct buf b = { .limit = LIMIT };
	row_line(&b, (char *const[]){ (char *)value }, &(unsigned long){ len }, 1);
	expect(&b, line, line_len);
}

static void values_are_separated_by_tabs_and_rows_by_newlines(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b = { .limit = LIMIT };
	char *values[] = { "1", "two", "3.0" };
	unsigned long len[] = { 1, 3, 3 };
	row_line(&b, values, len, 3);
	row_line(&b, values, len, 1);
	expect(&b, "1\ttwo\t3.0\n1\n", 12);
}

static void null_is_neither_empty_nor_the_text_that_stands_for_it(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b = { .limit = LIMIT };
	char *values[] = { NULL, "", "\\N", "N", "NULL", NULL };
	unsigned long len[] = { 0, 0, 2, 1, 4, 0 };
	row_line(&b, values, len, 6);
	expect(&b, "\\N\t\t\\\\N\tN\tNULL\t\\N\n", 18);
}

static void what_ends_values_and_rows_is_escaped_and_nothing_else(void **state)
{
	(void)state;
	line_is("\t", 1, "\\t\n", 3);
	line_is("\n", 1, "\\n\n", 3);
	line_is("\\", 1, "\\\\\n", 3);
	line_is("\\n\\t", 4, "\\\\n\\\\t\n", 7);
	line_is("\0", 1, "\0\n", 2);
	line_is("a\0\tb\0", 5, "a\0\\tb\0\n", 7);
	line_is("\r\b\x1a'\"`%", 7, "\r\b\x1a'\"`%\n", 8);
}

/* One away from each that is escaped, and with the highest bit set: what arithmetic on words takes for them when it is wrong. */
static void every_other_byte_stays_as_it_is_wherever_it_stands(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		if (c == '\t' || c == '\n' || c == '\\')
			continue;
		char value[41];
		memset(value, (int)c, sizeof value);
		value[40] = '\n';
		line_is(value, 40, value, 41);
	}
}

/* The line of a value, a byte at a time. */
static size_t slow_line(const char *from, size_t len, char *to)
{
	size_t put = 0;
	for (size_t i = 0; i < len; i++) {
		const char *name = from[i] == '\t'   ? "t"
				   : from[i] == '\n' ? "n"
				   : from[i] == '\\' ? "\\"
						     : NULL;
		if (name)
			to[put++] = '\\';
		to[put++] = name ? *name : from[i];
	}
	to[put++] = '\n';
	return put;
}

static void an_escape_is_found_at_every_offset_of_a_long_value(void **state)
{
	(void)state;
	for (size_t len = 1; len <= 70; len++)
		for (size_t at = 0; at < len; at++)
			for (const char *c = "\t\n\\"; *c; c++) {
				char value[70], line[141];
				memset(value, 'a' + (int)(at % 26), len);
				value[at] = *c;
				line_is(value, len, line, slow_line(value, len, line));
			}
}

static void two_escapes_any_distance_apart_are_both_found(void **state)
{
	(void)state;
	for (size_t first = 0; first < 34; first++)
		for (size_t second = first; second < 68; second++) {
			char value[68], line[137];
			memset(value, '[', sizeof value); /* beside the backslash */
			value[first] = '\\';
			value[second] = '\t';
			line_is(value, sizeof value, line, slow_line(value, sizeof value, line));
		}
}

/* The value's memory ends where the value does: a sanitizer sees a byte too many that is read or written. */
static void a_value_that_is_all_escapes_doubles_whatever_its_length(void **state)
{
	(void)state;
	for (size_t len = 0; len <= 70; len++) {
		char *value = malloc(len ? len : 1), line[141];
		assert_non_null(value);
		memset(value, '\n', len);
		line_is(value, len, line, slow_line(value, len, line));
		free(value);
	}
}

static void rows_beyond_a_mebibyte_are_whole(void **state)
{
	(void)state;
	size_t len = (3 << 20) + 5;
	char *value = malloc(len), *line = malloc(2 * len + 1);
	assert_non_null(value);
	assert_non_null(line);
	for (size_t i = 0; i < len; i++)
		value[i] = (char)(i * 2654435761u >> 11);
	line_is(value, len, line, slow_line(value, len, line));
	memset(value, '\\', len);
	line_is(value, len, line, slow_line(value, len, line));
	free(value);
	free(line);
}

static void a_line_that_does_not_fit_leaves_those_before_it(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b = { .limit = 64 };
	char value[80];
	memset(value, 'x', sizeof value);
	row_line(&b, (char *const[]){ value }, &(unsigned long){ 4 }, 1);
	row_line(&b, (char *const[]){ value }, &(unsigned long){ sizeof value }, 1);
	assert_true(b.failed);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "xxxx\n", 5);
}

static const char *named(char *key, const char *line, size_t cap)
{
	static char out[128];
	static struct column columns[] = { { "a", "int" }, { "b`c", "text" }, { "d", "int" } };
	struct table t = { .columns = columns, .column_count = 3, .key = key };
	assert_ptr_equal(my_row_name(&t, (const uint8_t *)line, strlen(line), out, cap), out);
	return out;
}

static void a_row_is_named_by_its_key_in_the_keys_order(void **state)
{
	(void)state;
	char one[] = "`a`", two[] = "`d`, `b``c`", prefix[] = "`b``c`(10)";
	assert_string_equal(named(one, "7\tx\t9\n", 128), "a=7");
	assert_string_equal(named(two, "7\tx\\ty\t9\n", 128), "d=9 b`c=x\\ty");
	assert_string_equal(named(prefix, "7\t\t9\n", 128), "b`c=");
}

static void a_row_without_key_is_named_by_all_of_it(void **state)
{
	(void)state;
	char gone[] = "`no such column`";
	assert_string_equal(named(NULL, "7\tx\t9\n", 128), "7\tx\t9");
	assert_string_equal(named(NULL, "", 128), "");
	assert_string_equal(named(gone, "7\tx\t9", 128), "7\tx\t9");
}

static void a_name_is_cut_where_its_room_ends(void **state)
{
	(void)state;
	char key[] = "`a`,`d`";
	assert_string_equal(named(key, "123456789\tx\t9\n", 8), "a=12345");
	assert_string_equal(named(key, "123\tx\t987654\n", 10), "a=123 d=9");
	assert_string_equal(named(key, "123\tx\t9\n", 1), "");
	assert_string_equal(named(NULL, "123\tx\t9\n", 3), "12");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_separated_by_tabs_and_rows_by_newlines),
		cmocka_unit_test(null_is_neither_empty_nor_the_text_that_stands_for_it),
		cmocka_unit_test(what_ends_values_and_rows_is_escaped_and_nothing_else),
		cmocka_unit_test(every_other_byte_stays_as_it_is_wherever_it_stands),
		cmocka_unit_test(an_escape_is_found_at_every_offset_of_a_long_value),
		cmocka_unit_test(two_escapes_any_distance_apart_are_both_found),
		cmocka_unit_test(a_value_that_is_all_escapes_doubles_whatever_its_length),
		cmocka_unit_test(rows_beyond_a_mebibyte_are_whole),
		cmocka_unit_test(a_line_that_does_not_fit_leaves_those_before_it),
		cmocka_unit_test(a_row_is_named_by_its_key_in_the_keys_order),
		cmocka_unit_test(a_row_without_key_is_named_by_all_of_it),
		cmocka_unit_test(a_name_is_cut_where_its_room_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
