#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dbdump/my/lex.h"

/* What the text is made of: a letter for each token's kind and its text, a bar between. All tokens together must be the text. */
static const char *tokens_in(const char *text, size_t len, const char *mode)
{
	static char out[512];
	size_t put = 0;
	char *copy = malloc(len ? len : 1); /* ends where the text does: a sanitizer sees who reads on */
	assert_non_null(copy);
	memcpy(copy, text, len);
	struct lexer l = lex_begin(copy, len, mode);
	const char *at = copy;
	for (struct token t = lex_next(&l); t.kind != TOKEN_END; t = lex_next(&l)) {
		assert_ptr_equal(t.p, at);
		assert_in_range(t.len, 1, len);
		assert_in_range(put + t.len + 3, 1, sizeof out);
		at += t.len;
		out[put++] = "E wnsm"[t.kind];
		memcpy(out + put, t.p, t.len);
		put += t.len;
		out[put++] = '|';
	}
	assert_ptr_equal(at, copy + len);
	assert_int_equal(lex_next(&l).kind, TOKEN_END);
	out[put] = '\0';
	free(copy);
	return out;
}

static const char *tokens(const char *text)
{
	return tokens_in(text, strlen(text), NULL);
}

static const char *tokens_under(const char *mode, const char *text)
{
	return tokens_in(text, strlen(text), mode);
}

static void words_marks_and_space_are_told_apart(void **state)
{
	(void)state;
	assert_string_equal(tokens(""), "");
	assert_string_equal(tokens("SELECT a,b_1$"), "wSELECT|  |wa|m,|wb_1$|");
	assert_string_equal(tokens(" \t\r\n\v\f1"), "  \t\r\n\v\f|w1|");
	assert_string_equal(tokens("a.b=@c;"), "wa|m.|wb|m=|m@|wc|m;|");
	assert_string_equal(tokens("na\xc3\xafve"), "wna\xc3\xafve|");
}

static void each_kind_of_quote_ends_at_its_own_kind(void **state)
{
	(void)state;
	assert_string_equal(tokens("'a\"`b' x"), "s'a\"`b'|  |wx|");
	assert_string_equal(tokens("\"a'`b\" x"), "s\"a'`b\"|  |wx|");
	assert_string_equal(tokens("`a'\"b` x"), "n`a'\"b`|  |wx|");
	assert_string_equal(tokens("''\"\"``"), "s''|s\"\"|n``|");
}

static void a_doubled_quote_does_not_end_what_it_stands_in(void **state)
{
	(void)state;
	assert_string_equal(tokens("'a''b'c"), "s'a''b'|wc|");
	assert_string_equal(tokens("\"a\"\"b\"c"), "s\"a\"\"b\"|wc|");
	assert_string_equal(tokens("`a``b`c"), "n`a``b`|wc|");
	assert_string_equal(tokens("'''' ````"), "s''''|  |n````|");
	assert_string_equal(tokens("'' ''"), "s''|  |s''|");
}

static void a_backslash_escapes_in_strings_but_not_in_names(void **state)
{
	(void)state;
	assert_string_equal(tokens("'a\\'b'c"), "s'a\\'b'|wc|");
	assert_string_equal(tokens("\"a\\\"b\"c"), "s\"a\\\"b\"|wc|");
	assert_string_equal(tokens("'\\\\'c"), "s'\\\\'|wc|");
	assert_string_equal(tokens("'\\''''c"), "s'\\''''|wc|");
	assert_string_equal(tokens("`a\\`c"), "n`a\\`|wc|");
}

static void a_backslash_is_a_letter_under_no_backslash_escapes(void **state)
{
	(void)state;
	const char *mode = "STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES";
	assert_string_equal(tokens_under(mode, "'a\\'c"), "s'a\\'|wc|");
	assert_string_equal(tokens_under(mode, "\"a\\\"c"), "s\"a\\\"|wc|");
	assert_string_equal(tokens_under(mode, "'a\\''c'd"), "s'a\\''c'|wd|");
}

static void double_quotes_make_names_under_ansi_quotes_alone(void **state)
{
	(void)state;
	assert_string_equal(tokens_under("ANSI_QUOTES", "\"a\"\"b\"'c'`d`"), "n\"a\"\"b\"|s'c'|n`d`|");
	assert_string_equal(tokens_under("ANSI_QUOTES", "\"a\\\"c"), "n\"a\\\"|wc|");
	assert_string_equal(tokens_under("ANSI_QUOTES", "'a\\'b'c"), "s'a\\'b'|wc|");
	assert_string_equal(tokens_under("", "\"a\""), "s\"a\"|");
}

static void comments_are_space_and_their_quotes_open_nothing(void **state)
{
	(void)state;
	assert_string_equal(tokens("a-- it's\nb"), "wa| -- it's\n|wb|");
	assert_string_equal(tokens("a# it's `\nb"), "wa| # it's `\n|wb|");
	assert_string_equal(tokens("a/* it's \" ` */b"), "wa| /* it's \" ` */|wb|");
	assert_string_equal(tokens("/**/a/***/b/*/ */c"), " /**/|wa| /***/|wb| /*/ */|wc|");
	assert_string_equal(tokens("a--\tb"), "wa| --\tb|");
	assert_string_equal(tokens("a--\n'b'"), "wa| --\n|s'b'|");
}

static void two_minus_signs_without_space_are_no_comment(void **state)
{
	(void)state;
	assert_string_equal(tokens("1--2"), "w1|m-|m-|w2|");
	assert_string_equal(tokens("1--'a'"), "w1|m-|m-|s'a'|");
	assert_string_equal(tokens("1-2/3*4"), "w1|m-|w2|m/|w3|m*|w4|");
}

static void quotes_hold_no_comments(void **state)
{
	(void)state;
	assert_string_equal(tokens("'-- a'`# b`\"/* c\"d"), "s'-- a'|n`# b`|s\"/* c\"|wd|");
	assert_string_equal(tokens("'/*!'`*/`"), "s'/*!'|n`*/`|");
}

static void the_code_of_a_version_comment_counts(void **state)
{
	(void)state;
	assert_string_equal(tokens("/*!50100 a 'b' */c"), "m/*!50100|  |wa|  |s'b'|  |m*/|wc|");
	assert_string_equal(tokens("/*M!100301 a*/c"), "m/*M!100301|  |wa|m*/|wc|");
	assert_string_equal(tokens("/*!a*/"), "m/*!|wa|m*/|");
	assert_string_equal(tokens("/*!50100 a /* it's */ b*/"), "m/*!50100|  |wa|  | /* it's */|  |wb|m*/|");
	assert_string_equal(tokens("/*!'*/'*/c"), "m/*!|s'*/'|m*/|wc|");
	assert_string_equal(tokens("/*Ma!*/c"), " /*Ma!*/|wc|");
}

static void a_comment_right_behind_an_asterisk_is_one(void **state)
{
	(void)state;
	assert_string_equal(tokens("2*/* it's */3"), "w2|m*| /* it's */|w3|");
	assert_string_equal(tokens("/*!1 2*/* it's */3"), "m/*!1|  |w2|m*/|m*|  |wit|s's */3|");
	assert_string_equal(tokens("/*!1 2*/ 2*/* it's */3"), "m/*!1|  |w2|m*/|  |w2|m*| /* it's */|w3|");
}

static void what_is_not_closed_goes_to_the_end(void **state)
{
	(void)state;
	static const char *const texts[] = { "'a b", "\"a b", "`a b",  "'a''", "'a\\'", "'a\\",
					     "'",    "`",     "/*",    "/*/",  "/* a",	"# a",
					     "-- a", "--",    "/*!50", "/*M!", "/*!",	"#" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const char *got = tokens(texts[i]);
		assert_int_equal(strlen(got), strlen(texts[i]) + 2);
		assert_memory_equal(got + 1, texts[i], strlen(texts[i]));
	}
}

static void every_beginning_of_a_text_can_be_read(void **state)
{
	(void)state;
	const char *text = "a`b``c`'d\\'e''f'\"g\\\"\"/*!50100 h*//*M!1 i*/-- j\n# k\n/* l */*/m--n";
	for (size_t len = 0; len <= strlen(text); len++) {
		tokens_in(text, len, NULL);
		tokens_in(text, len, "ANSI_QUOTES,NO_BACKSLASH_ESCAPES");
	}
}

static void a_text_may_hold_nul(void **state)
{
	(void)state;
	assert_int_equal(strlen(tokens_in("'a\0b'", 5, NULL)),
			 3); /* one token, whose text is shown up to the NUL */
	assert_string_equal(tokens_in("a", 1, NULL), "wa|");
}

static void solid_tokens_are_those_that_are_not_space(void **state)
{
	(void)state;
	const char *text = " /* a */ -- b\n `c` # d";
	struct lexer l = lex_begin(text, strlen(text), NULL);
	struct token t = lex_solid(&l);
	assert_int_equal(t.kind, TOKEN_NAME);
	assert_int_equal(lex_solid(&l).kind, TOKEN_END);
}

static bool first_is(const char *text, const char *word)
{
	struct lexer l = lex_begin(text, strlen(text), NULL);
	struct token t = lex_next(&l);
	return token_is(&t, word);
}

static void keywords_are_words_of_either_case_and_never_quoted(void **state)
{
	(void)state;
	assert_true(first_is("definer=", "DEFINER"));
	assert_true(first_is("(", "("));
	assert_false(first_is("DEFINERS", "DEFINER"));
	assert_false(first_is("DEFINE", "DEFINER"));
	assert_false(first_is("`DEFINER`", "DEFINER"));
	assert_false(first_is("'DEFINER'", "DEFINER"));
	assert_false(first_is("", ""));
}

static const char *first_name(const char *text, const char *mode)
{
	static char out[16];
	struct lexer l = lex_begin(text, strlen(text), mode);
	struct token t = lex_next(&l);
	return token_name(&t, out, sizeof out) ? out : NULL;
}

static void a_name_is_what_its_quotes_hold(void **state)
{
	(void)state;
	assert_string_equal(first_name("shop.x", NULL), "shop");
	assert_string_equal(first_name("`a.b c`", NULL), "a.b c");
	assert_string_equal(first_name("`a``b`", NULL), "a`b");
	assert_string_equal(first_name("`````a`", NULL), "``a");
	assert_string_equal(first_name("`a\"\"b`", NULL), "a\"\"b");
	assert_string_equal(first_name("\"a\"\"b``\"", "ANSI_QUOTES"), "a\"b``");
	assert_string_equal(first_name("``", NULL), "");
}

static void a_name_that_does_not_fit_is_none(void **state)
{
	(void)state;
	assert_string_equal(first_name("`123456789012345`", NULL), "123456789012345");
	assert_null(first_name("`1234567890123456`", NULL));
	assert_string_equal(first_name("`12345678901234```", NULL), "12345678901234`");
	assert_null(first_name("`123456789012345```", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_marks_and_space_are_told_apart),
		cmocka_unit_test(each_kind_of_quote_ends_at_its_own_kind),
		cmocka_unit_test(a_doubled_quote_does_not_end_what_it_stands_in),
		cmocka_unit_test(a_backslash_escapes_in_strings_but_not_in_names),
		cmocka_unit_test(a_backslash_is_a_letter_under_no_backslash_escapes),
		cmocka_unit_test(double_quotes_make_names_under_ansi_quotes_alone),
		cmocka_unit_test(comments_are_space_and_their_quotes_open_nothing),
		cmocka_unit_test(two_minus_signs_without_space_are_no_comment),
		cmocka_unit_test(quotes_hold_no_comments),
		cmocka_unit_test(the_code_of_a_version_comment_counts),
		cmocka_unit_test(a_comment_right_behind_an_asterisk_is_one),
		cmocka_unit_test(what_is_not_closed_goes_to_the_end),
		cmocka_unit_test(every_beginning_of_a_text_can_be_read),
		cmocka_unit_test(a_text_may_hold_nul),
		cmocka_unit_test(solid_tokens_are_those_that_are_not_space),
		cmocka_unit_test(keywords_are_words_of_either_case_and_never_quoted),
		cmocka_unit_test(a_name_is_what_its_quotes_hold),
		cmocka_unit_test(a_name_that_does_not_fit_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
