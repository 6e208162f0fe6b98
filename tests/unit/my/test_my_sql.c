#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dbdump/my/sql.h"

static void is(struct buf *b, const char *text)
{
	const char *got = sql_text(b);
	assert_non_null(got);
	assert_string_equal(got, text);
	buf_clear(b);
}

static void names_stand_in_backticks_which_double_within(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_add(&b, "SELECT %i.%i", "shop", "orders");
	is(&b, "SELECT `shop`.`orders`");
	sql_add(&b, "%i", "`a``b`");
	is(&b, "```a````b```");
	sql_add(&b, "%i", "a.b'c\"d\\e\n%i; --");
	is(&b, "`a.b'c\"d\\e\n%i; --`");
	sql_add(&b, "%i", "");
	is(&b, "``");
}

static void strings_stand_in_quotes_with_quotes_and_backslashes_escaped(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_add(&b, "SET x = %q", "it's");
	is(&b, "SET x = 'it\\'s'");
	sql_add(&b, "%q", "\\");
	is(&b, "'\\\\'");
	sql_add(&b, "%q", "\\' OR 1=1 -- ");
	is(&b, "'\\\\\\' OR 1=1 -- '");
	sql_add(&b, "%q", "\"`%q\n\t");
	is(&b, "'\"`%q\n\t'");
	sql_add(&b, "%q%q", "", "");
	is(&b, "''''");
}

static void a_string_may_hold_any_byte(void **state)
{
	(void)state;
	uint8_t all[256];
	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (uint8_t)i;
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_string(&b, all, sizeof all);
	assert_int_equal(b.len, 256 + 4); /* a quote and a backslash escaped, two quotes around it */
	assert_memory_equal(b.data, "'\0\1\2", 4);
	assert_int_equal(b.data[259], '\'');
	assert_int_equal(b.data[258], 255);
	buf_clear(&b);
	sql_string(&b, "a\0'b", 4);
	assert_int_equal(b.len, 7);
	assert_memory_equal(b.data, "'a\0\\'b'", 7);
}

static void numbers_are_whole_at_both_ends_of_their_range(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_add(&b, "%U %U", (uint64_t)0, UINT64_MAX);
	is(&b, "0 18446744073709551615");
	sql_add(&b, "%d %d %d %d", INT64_MIN, (int64_t)-1, (int64_t)0, INT64_MAX);
	is(&b, "-9223372036854775808 -1 0 9223372036854775807");
	sql_add(&b, "%u %u", 0u, UINT32_MAX);
	is(&b, "0 4294967295");
}

static void text_is_put_in_as_it_stands(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_add(&b, "%s|%s", "`a` = 'b' %d %% %i", "");
	is(&b, "`a` = 'b' %d %% %i|");
	sql_add(&b, "%%%s%%", "100%");
	is(&b, "%100%%");
	sql_add(&b, "%s", "");
	is(&b, "");
}

static void conversions_take_their_arguments_in_order(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_add(&b, "%i%q%u%U%d%s", "i", "q", 1u, (uint64_t)2, (int64_t)-3, "s");
	sql_add(&b, "%s%d%U%u%q%i", "s", (int64_t)-3, (uint64_t)2, 1u, "q", "i");
	is(&b, "`i`'q'12-3ss-321'q'`i`");
}

static void the_text_may_be_asked_for_while_it_grows(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	assert_string_equal(sql_text(&b), "");
	for (size_t n = 1; n <= 1000; n++) {
		sql_add(&b, "x");
		assert_int_equal(strlen(sql_text(&b)), n);
	}
	assert_int_equal(b.len, 1000);
}

static void what_is_taken_is_gone_from_the_buffer(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_add(&b, "%i", "first");
	char *first = sql_take(&b);
	assert_int_equal(b.len, 0);
	sql_add(&b, "%i", "second");
	char *second = sql_take(&b), *none = sql_take(&b);
	assert_string_equal(first, "`first`");
	assert_string_equal(second, "`second`");
	assert_string_equal(none, "");
	free(first);
	free(second);
	free(none);
}

/* A statement that was cut might do something else. */
static void a_statement_beyond_the_limit_is_none_at_all(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b = { .limit = 24 };
	sql_add(&b, "DELETE FROM %i WHERE %i = 1", "t", "a");
	assert_true(b.failed);
	assert_null(sql_text(&b));
	assert_null(sql_take(&b));
	sql_add(&b, "x");
	assert_null(sql_text(&b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stand_in_backticks_which_double_within),
		cmocka_unit_test(strings_stand_in_quotes_with_quotes_and_backslashes_escaped),
		cmocka_unit_test(a_string_may_hold_any_byte),
		cmocka_unit_test(numbers_are_whole_at_both_ends_of_their_range),
		cmocka_unit_test(text_is_put_in_as_it_stands),
		cmocka_unit_test(conversions_take_their_arguments_in_order),
		cmocka_unit_test(the_text_may_be_asked_for_while_it_grows),
		cmocka_unit_test(what_is_taken_is_gone_from_the_buffer),
		cmocka_unit_test(a_statement_beyond_the_limit_is_none_at_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
