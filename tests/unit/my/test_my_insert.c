#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dbdump/my/bulk.h"
#include "dbdump/my/columns.h"
#include "dbdump/my/row.h"
#include "dbdump/my/sql.h"

enum { COLUMNS = 3 };

/* The row's values, as their line becomes SQL: column 1 goes through a variable. */
static void values_are(char *const values[COLUMNS], const unsigned long len[COLUMNS], const char *sql,
		       size_t sql_len)
{
	AUTO(buf_fini) struct buf line = { .limit = SQL_LIMIT }, b = { .limit = SQL_LIMIT };
	struct my_column columns[COLUMNS] = { { 0 }, { .write = (char *)"f(@v, @v)" }, { 0 } };
	struct my_table own = { .columns = columns };
	const struct table t = { .column_count = COLUMNS, .own = &own };
	row_line(&line, values, len, COLUMNS);
	insert_values(&b, &t, line.data, line.len);
	assert_false(b.failed);
	assert_int_equal(b.len, sql_len);
	assert_memory_equal(b.data, sql, sql_len);
}

#define VALUES_ARE(a, b, c, sql)                                        \
	values_are((char *[]){ (char *)(a), (char *)(b), (char *)(c) }, \
		   (unsigned long[]){ sizeof(a) - 1, sizeof(b) - 1, sizeof(c) - 1 }, sql, sizeof(sql) - 1)

static void values_are_strings_of_bytes(void **state)
{
	(void)state;
	VALUES_ARE("1", "2", "", "(_binary'1',f(_binary'2', _binary'2'),_binary'')");
	VALUES_ARE("a\0\xff", "", "\r\x1a\"`,);",
		   "(_binary'a\0\xff',f(_binary'', _binary''),_binary'\r\x1a\"`,);')");
}

static void no_value_ends_its_string(void **state)
{
	(void)state;
	VALUES_ARE("'", "''", "it's \\' \\",
		   "(_binary'\\'',f(_binary'\\'\\'', _binary'\\'\\''),_binary'it\\'s \\\\\\' \\\\')");
	VALUES_ARE("\t\n", "", "\\n", "(_binary'\\t\\n',f(_binary'', _binary''),_binary'\\\\n')");
}

/* What no line of ours has: whatever it is, it is one string. */
static void nothing_ends_its_string(void **state)
{
	static const struct {
		const char *line, *sql;
	} all[] = {
		{ "\\", "(_binary'\\\\')" },
		{ "\\'", "(_binary'\\'')" },
		{ "a\\\\'b", "(_binary'a\\\\\\'b')" },
		{ "'\\", "(_binary'\\'\\\\')" },
	};
	struct my_column column = { 0 };
	struct my_table own = { .columns = &column };
	const struct table t = { .column_count = 1, .own = &own };
	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
		insert_values(&b, &t, (const uint8_t *)all[i].line, strlen(all[i].line));
		assert_int_equal(b.len, strlen(all[i].sql));
		assert_memory_equal(b.data, all[i].sql, b.len);
	}
}

static void null_is_no_string_and_goes_through_no_expression(void **state)
{
	(void)state;
	values_are((char *[]){ NULL, NULL, NULL }, (unsigned long[]){ 0, 0, 0 }, "(NULL,NULL,NULL)", 16);
	VALUES_ARE("NULL", "N", "\\N", "(_binary'NULL',f(_binary'N', _binary'N'),_binary'\\\\N')");
}

/* As bulk.h takes it: what the line has is the value again. */
static void values_come_out_of_their_escapes(void **state)
{
	static const char value[] = "\\n\n\\\t\0end\\";
	char *one[] = { (char *)value };
	unsigned long len[] = { sizeof value - 1 };
	AUTO(buf_fini) struct buf line = { .limit = SQL_LIMIT };
	(void)state;
	row_line(&line, one, len, 1);
	assert_false(line.failed);
	assert_int_equal(bulk_value(line.data, line.len - 1), len[0]);
	assert_memory_equal(line.data, value, len[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_strings_of_bytes),
		cmocka_unit_test(no_value_ends_its_string),
		cmocka_unit_test(values_come_out_of_their_escapes),
		cmocka_unit_test(nothing_ends_its_string),
		cmocka_unit_test(null_is_no_string_and_goes_through_no_expression),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
