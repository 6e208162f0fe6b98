#include "xfer/base/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/utf8.h"

/* Every character of a terminated string is valid UTF-8 that may be shown. */
static void assert_shown(const char *s)
{
	size_t left = strlen(s);
	while (left) {
		uint32_t point;
		size_t n = utf8_next(s, left, &point);
		assert_in_range(n, 1, 4);
		assert_true(utf8_is_shown(point));
		s += n;
		left -= n;
	}
}

static bool octal(char c)
{
	return c >= '0' && c <= '7';
}

/* What escape_name did, undone. */
static size_t unescape(char *out, const char *s)
{
	size_t n = 0;
	while (*s) {
		if (s[0] == '\\' && s[1] == '#' && octal(s[2]) && octal(s[3]) && octal(s[4])) {
			out[n++] = (char)((s[2] - '0') << 6 | (s[3] - '0') << 3 | (s[4] - '0'));
			s += 5;
		} else {
			out[n++] = *s++;
		}
	}
	return n;
}

static void check(const char *name, size_t len)
{
	char shown[256], back[256];
	escape_name(shown, sizeof shown, name, len);
	assert_shown(shown);
	assert_int_equal(unescape(back, shown), len);
	assert_memory_equal(back, name, len);
}

static void every_pair_of_bytes_is_shown_and_recovered(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		char name[] = { 'a', (char)(pair >> 8), (char)pair, 'b' };
		check(name, sizeof name);
		check(name + 1, 2);
	}
}

static void every_character_of_unicode_is_shown_and_recovered(void **state)
{
	(void)state;
	for (uint32_t v = 0; v < 0x120000; v++) {
		char name[4];
		size_t n = 0;
		if (v >= 0x10000) {
			name[n++] = (char)(0xf0 | v >> 18);
			name[n++] = (char)(0x80 | (v >> 12 & 0x3f));
		} else {
			name[n++] = (char)(0xe0 | v >> 12);
		}
		name[n++] = (char)(0x80 | (v >> 6 & 0x3f));
		name[n++] = (char)(0x80 | (v & 0x3f));
		check(name, n);
	}
}

static void random_bytes_are_shown_and_recovered(void **state)
{
	(void)state;
	static const char likely[] = "\\#0127\xe2\x80\xae\xf0\xc2\x9b\x1b";
	srandom(1);
	for (int round = 0; round < 100000; round++) {
		char name[24];
		size_t len = (size_t)random() % sizeof name;
		for (size_t i = 0; i < len; i++)
			name[i] = random() % 4 ? likely[(size_t)random() % (sizeof likely - 1)]
					       : (char)random();
		check(name, len);
	}
}

static void assert_escaped(const char *name, const char *expected)
{
	char shown[256];
	assert_string_equal(escape_name(shown, sizeof shown, name, strlen(name)), expected);
}

static void controls_and_broken_bytes_become_octal(void **state)
{
	(void)state;
	assert_escaped("plain name", "plain name");
	assert_escaped("a\nb\033[2Jc\177", "a\\#012b\\#033[2Jc\\#177");
	assert_escaped("caf\xc3\xa9 caf\xe9", "caf\xc3\xa9 caf\\#351");
	assert_escaped("\xc2\x9b", "\\#302\\#233");			      /* the one-byte CSI */
	assert_escaped("a\xe2\x80\xaetxt.exe", "a\\#342\\#200\\#256txt.exe"); /* right to left */
	assert_escaped("\xed\xa0\x80", "\\#355\\#240\\#200");		      /* a surrogate */
	assert_escaped("\xc0\xaf", "\\#300\\#257");			      /* an overlong slash */
}

static void a_name_that_looks_escaped_is_not_taken_for_one(void **state)
{
	(void)state;
	assert_escaped("a\\#033", "a\\#134#033");
	assert_escaped("a\\#03", "a\\#03");
	assert_escaped("a\\#089", "a\\#089");
	assert_escaped("a\\b", "a\\b");
}

static void what_fits_exactly_is_not_cut(void **state)
{
	(void)state;
	char out[16];
	assert_string_equal(escape_name(out, 6, "abcde", 5), "abcde");
	assert_string_equal(escape_name(out, 6, "abcdef", 6), "ab...");
	assert_string_equal(escape_name(out, 6, "\n", 1), "\\#012");
	assert_string_equal(escape_name(out, 5, "\n", 1), "...");
	assert_string_equal(escape_name(out, 7, "ab\xc3\xa9\xc3\xa9", 6), "ab\xc3\xa9\xc3\xa9");
	assert_string_equal(escape_name(out, 6, "ab\xc3\xa9\xc3\xa9", 6), "ab...");
}

static void no_capacity_is_overrun(void **state)
{
	(void)state;
	static const char *names[] = {
		"", "a", "abcdefgh", "\n\n\n", "a\xc3\xa9\xf0\x9f\x98\x80z", "\xff\xff"
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		for (size_t cap = 1; cap < 24; cap++) {
			char *exact = malloc(cap); /* so that a sanitizer sees the end */
			assert_non_null(exact);
			escape_name(exact, cap, names[i], strlen(names[i]));
			assert_in_range(strlen(exact), 0, cap - 1);
			assert_shown(exact);
			free(exact);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_of_bytes_is_shown_and_recovered),
		cmocka_unit_test(every_character_of_unicode_is_shown_and_recovered),
		cmocka_unit_test(random_bytes_are_shown_and_recovered),
		cmocka_unit_test(controls_and_broken_bytes_become_octal),
		cmocka_unit_test(a_name_that_looks_escaped_is_not_taken_for_one),
		cmocka_unit_test(what_fits_exactly_is_not_cut),
		cmocka_unit_test(no_capacity_is_overrun),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
