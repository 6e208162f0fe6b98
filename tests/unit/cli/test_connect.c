#include "xfer/cli/connect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/strings.h"
#include "xfer/front/remote.h"

/* words: separated by bars; NULL: refused. */
static const struct {
	const char *command, *words;
} table[] = {
	{ "ssh", "ssh" },
	{ "ssh -p 22 -i /a/b", "ssh|-p|22|-i|/a/b" },
	{ "  ssh\t\t-v\n ", "ssh|-v" },
	{ "", "" },
	{ "  ", "" },
	{ "a \"b c\" d", "a|b c|d" },
	{ "a 'b c' d", "a|b c|d" },
	{ "a'b c'\"d e\"f", "ab cd ef" },
	{ "a \"\" '' b", "a|||b" },
	{ "\"\"", "" },
	{ "a\\ b c", "a b|c" },
	{ "a\\\\b", "a\\b" },
	{ "\"a\\\"b\"", "a\"b" },
	{ "'a\\b'", "a\\b" },
	{ "'a\"b'", "a\"b" },
	{ "\"it's\"", "it's" },
	{ "a\\", "a\\" },
	{ "$HOME `x` *", "$HOME|`x`|*" },
	{ "\"open", NULL },
	{ "'open", NULL },
	{ "'a\\''", NULL },
	{ "a \"b\\\"", NULL },
};

static void join(char out[static 200], const struct strings *s)
{
	size_t at = 0;
	*out = '\0';
	for (size_t i = 0; i < s->count; i++)
		at += (size_t)snprintf(out + at, 200 - at, "%s%s", i ? "|" : "", s->at[i]);
}

static void a_command_is_cut_as_a_shell_would(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct strings words = { 0 };
		struct err err = { 0 };
		char got[200];
		int r = remote_split(&words, table[i].command, &err);
		join(got, &words);
		if (r != (table[i].words ? 0 : -EINVAL) || (r == 0 && strcmp(got, table[i].words) != 0))
			fail_msg("%s: %d %s", table[i].command, r, got);
		strings_fini(&words);
	}
}

static void an_empty_word_is_a_word(void **state)
{
	(void)state;
	struct strings words = { 0 };
	struct err err = { 0 };
	assert_int_equal(remote_split(&words, "\"\"", &err), 0);
	assert_int_equal(words.count, 1);
	assert_string_equal(words.at[0], "");
	strings_fini(&words);
	assert_int_equal(remote_split(&words, " ", &err), 0);
	assert_int_equal(words.count, 0);
	strings_fini(&words);
}

static size_t ask(const struct options *o, const struct endpoint *to, char *got, size_t cap)
{
	struct chan *c;
	struct err err = { 0 };
	size_t n = 0;
	assert_int_equal(connect_remote(&c, to, o, NULL, &err), 0);
	while (chan_wait(c, true, false, 10000) == 1) {
		ssize_t r = chan_read(c, got + n, cap - n - 1);
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	got[n] = 0;
	assert_int_equal(chan_close(c), 0);
	return n;
}

static void the_other_side_is_asked_to_serve(void **state)
{
	(void)state;
	char got[200];
	struct options o = { .rsh = (char *)"printf %s| -p \"2 2\"" };
	struct endpoint to = { .host = (char *)"host", .user = (char *)"me", .path = (char *)"dir" };
	ask(&o, &to, got, sizeof got);
	assert_string_equal(got, "-p|2 2|-l|me|host|xfer|serve|--stdio|");
	to.user = NULL;
	o.xfer_path = (char *)"/opt/x fer";
	ask(&o, &to, got, sizeof got);
	assert_string_equal(got, "-p|2 2|host|/opt/x fer|serve|--stdio|");
}

static void a_command_that_cannot_be_is_refused(void **state)
{
	(void)state;
	struct chan *c;
	struct err err = { 0 };
	struct options o = { .rsh = (char *)" " };
	struct endpoint to = { .host = (char *)"host", .path = (char *)"dir" };
	assert_int_equal(connect_remote(&c, &to, &o, NULL, &err), -EINVAL);
	o.rsh = (char *)"ssh \"";
	assert_int_equal(connect_remote(&c, &to, &o, NULL, &err), -EINVAL);
	o.rsh = (char *)"/nonexistent/xyzzy";
	assert_int_equal(connect_remote(&c, &to, &o, NULL, &err), -ENOENT);
}

static void connecting_takes_as_long_as_anything_unless_told(void **state)
{
	(void)state;
	assert_int_equal(connect_timeout(&(struct options){ .timeout = 30, .contimeout = -1 }), 30);
	assert_int_equal(connect_timeout(&(struct options){ .timeout = 0, .contimeout = -1 }), 0);
	assert_int_equal(connect_timeout(&(struct options){ .timeout = 30, .contimeout = 5 }), 5);
	assert_int_equal(connect_timeout(&(struct options){ .timeout = 30, .contimeout = 0 }), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_is_cut_as_a_shell_would),
		cmocka_unit_test(an_empty_word_is_a_word),
		cmocka_unit_test(the_other_side_is_asked_to_serve),
		cmocka_unit_test(a_command_that_cannot_be_is_refused),
		cmocka_unit_test(connecting_takes_as_long_as_anything_unless_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
