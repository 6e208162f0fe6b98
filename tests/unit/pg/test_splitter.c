#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dbdump/pg/splitter.h"

/* Cuts text and joins what comes out, "|" between. */
static const char *cut(const char *text)
{
	static char out[2048];
	struct splitter s = splitter_of(text, strlen(text));
	struct piece p;
	size_t n = 0;
	int r;
	while ((r = splitter_next(&s, &p)) > 0)
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s", n ? "|" : "", (int)p.len, p.sql);
	snprintf(out + n, sizeof out - n, "%s", r == -EBADMSG ? "!" : "");
	return out;
}

static void semicolons_end_statements_but_not_within_quotes(void **state)
{
	(void)state;
	assert_string_equal(cut("a;b;\n\nc;"), "a|b|c");
	assert_string_equal(cut("select ';' , 'it''s;' ;x;"), "select ';' , 'it''s;' |x");
	assert_string_equal(cut("create table \"a;\"\"b;\" ();x;"), "create table \"a;\"\"b;\" ()|x");
	assert_string_equal(cut("x /* ; /* ; */ ; */ y;z;"), "x /* ; /* ; */ ; */ y|z");
	assert_string_equal(cut("x -- ;\ny;z;"), "x -- ;\ny|z");
	assert_string_equal(cut("create rule r as on insert to t do (a; b);z;"),
			    "create rule r as on insert to t do (a; b)|z");
	assert_string_equal(cut(""), "");
}

static void backslashes_escape_in_e_strings_alone(void **state)
{
	(void)state;
	assert_string_equal(cut("x '\\';y;"), "x '\\'|y");
	assert_string_equal(cut("x E'\\';y';z;"), "x E'\\';y'|z");
	assert_string_equal(cut("x e'a\\\\';z;"), "x e'a\\\\'|z");
	assert_string_equal(cut("x e'a'\n  '\\';b';z;"), "x e'a'\n  '\\';b'|z");
	assert_string_equal(cut("name'\\';z;"), "name'\\'|z");
}

static void dollar_quotes_end_with_their_own_tag(void **state)
{
	(void)state;
	assert_string_equal(cut("as $$a;b$$;z;"), "as $$a;b$$|z");
	assert_string_equal(cut("as $_$a;$$;b$_$;z;"), "as $_$a;$$;b$_$|z");
	assert_string_equal(cut("as $\xc3\xa9$;$\xc3\xa9$;z;"), "as $\xc3\xa9$;$\xc3\xa9$|z");
	assert_string_equal(cut("select $1;z;"), "select $1|z");
	assert_string_equal(cut("select a$b$c;z;"), "select a$b$c|z");
	assert_string_equal(cut("as $a$ ; $b$;"), "!");
}

static void bodies_of_sql_are_whole(void **state)
{
	(void)state;
	assert_string_equal(
		cut("CREATE FUNCTION f() RETURNS int\n BEGIN ATOMIC\n SELECT CASE WHEN a THEN 1 END; SELECT 2;\nEND;z;"),
		"CREATE FUNCTION f() RETURNS int\n BEGIN ATOMIC\n SELECT CASE WHEN a THEN 1 END; SELECT 2;\nEND|z");
	assert_string_equal(cut("CREATE OR REPLACE PROCEDURE p(begin int) BEGIN ATOMIC SELECT 1; END;z;"),
			    "CREATE OR REPLACE PROCEDURE p(begin int) BEGIN ATOMIC SELECT 1; END|z");
	assert_string_equal(cut("CREATE TABLE begin (atomic int);z;"), "CREATE TABLE begin (atomic int)|z");
	assert_string_equal(cut("CREATE FUNCTION f(begin int) RETURNS int AS 'x';z;"),
			    "CREATE FUNCTION f(begin int) RETURNS int AS 'x'|z");
}

static void lines_of_psql_are_dropped_only_between_statements(void **state)
{
	(void)state;
	assert_string_equal(cut("\\restrict abc\nx;\n\\unrestrict abc\n"), "x");
	assert_string_equal(cut("\\! touch /tmp/x\nx;"), "x");
	assert_string_equal(cut("create table \"\n\\! touch /tmp/x\n\" ();"),
			    "create table \"\n\\! touch /tmp/x\n\" ()");
	assert_string_equal(cut("comment on x is 'a\n\\! b\n';"), "comment on x is 'a\n\\! b\n'");
}

static void what_does_not_end_is_told(void **state)
{
	(void)state;
	assert_string_equal(cut("x;y"), "x!");
	assert_string_equal(cut("'x"), "!");
	assert_string_equal(cut("/* x"), "!");
	assert_string_equal(cut("(x;"), "!");
	assert_string_equal(cut("\"x"), "!");
}

static void the_title_is_that_of_the_nearest_comment(void **state)
{
	(void)state;
	const char *text = "--\n-- Name: a; Type: TABLE; Schema: s; Owner: o\n--\n\nx;\ny;";
	struct splitter s = splitter_of(text, strlen(text));
	struct piece p;
	assert_int_equal(splitter_next(&s, &p), 1);
	assert_int_equal(p.title_len, strlen("Name: a; Type: TABLE; Schema: s; Owner: o"));
	assert_memory_equal(p.title, "Name: a; Type: TABLE; Schema: s; Owner: o", p.title_len);
	assert_int_equal(splitter_next(&s, &p), 1);
	assert_null(p.title);
}

static void names_are_read_quoted_or_not(void **state)
{
	(void)state;
	char name[16];
	const char *text = "\"a\"\"b.\".c$1 x", *at = text, *end = text + strlen(text);
	assert_true(splitter_name(&at, end, name, sizeof name));
	assert_string_equal(name, "a\"b.");
	assert_int_equal(*at, '.');
	at++;
	assert_true(splitter_name(&at, end, name, sizeof name));
	assert_string_equal(name, "c$1");
	assert_false(splitter_name(&at, end, name, sizeof name));
	at = "abcdefghijklmnopqrst";
	assert_false(splitter_name(&at, at + 20, name, sizeof name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(semicolons_end_statements_but_not_within_quotes),
		cmocka_unit_test(backslashes_escape_in_e_strings_alone),
		cmocka_unit_test(dollar_quotes_end_with_their_own_tag),
		cmocka_unit_test(bodies_of_sql_are_whole),
		cmocka_unit_test(lines_of_psql_are_dropped_only_between_statements),
		cmocka_unit_test(what_does_not_end_is_told),
		cmocka_unit_test(the_title_is_that_of_the_nearest_comment),
		cmocka_unit_test(names_are_read_quoted_or_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
