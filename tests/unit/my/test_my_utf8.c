#include "dbdump/my/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void is_called(const char *text, const char *wanted)
{
	char *got = utf8_named(strdup(text), NULL);
	assert_non_null(got);
	assert_string_equal(got, wanted);
	free(got);
}

static void what_was_utf8_is_utf8mb3_with_its_collations(void **state)
{
	(void)state;
	is_called(
		"`a` varchar(9) CHARACTER SET utf8 COLLATE utf8_bin DEFAULT _utf8'x'\nCHARSET=utf8",
		"`a` varchar(9) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin DEFAULT _utf8mb3'x'\nCHARSET=utf8mb3");
	is_called("select convert(`t`.`a` using UTF8) AS `b`",
		  "select convert(`t`.`a` using UTF8mb3) AS `b`");
}

static void other_words_names_and_strings_stay(void **state)
{
	static const char text[] =
		"`utf8` varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT 'utf8',"
		" `b` char COLLATE utf8mb3_bin COMMENT 'utf8_bin' /* utf8 */, xutf8 _utf8mb4'x' _utf8_x";
	(void)state;
	is_called(text, text);
	is_called("", "");
	assert_null(utf8_named(NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_utf8_is_utf8mb3_with_its_collations),
		cmocka_unit_test(other_words_names_and_strings_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
