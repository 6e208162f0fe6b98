#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "xfer/tree/wildmatch.h"

static bool matches_from(const char *pattern, const char *text, enum wildmatch_from from)
{
	struct wildmatch *w;
	struct wildmatch_text x = { .body = text, .body_len = strlen(text) };

	assert_int_equal(wildmatch_new(&w, pattern, strlen(pattern)), 0);
	bool yes = wildmatch_matches(w, &x, from);
	wildmatch_free(w);
	return yes;
}

static bool matches(const char *pattern, const char *text)
{
	return matches_from(pattern, text, WILDMATCH_BEGINNING);
}

static void a_star_stops_at_a_slash_and_two_do_not(void **state)
{
	(void)state;
	assert_true(matches("*", ""));
	assert_true(matches("*", "name"));
	assert_false(matches("*", "a/b"));
	assert_true(matches("a/*", "a/"));
	assert_true(matches("a/*/c", "a/b/c"));
	assert_false(matches("a/*/c", "a/b/b/c"));
	assert_true(matches("a/**/c", "a/b/b/c"));
	assert_false(matches("a/**/c", "a/c"));
	assert_true(matches("**", "a/b"));
	assert_true(matches("a***", "a/b"));
	assert_true(matches("*.c", "x.c.c"));
	assert_false(matches("*.c", "x.c.h"));
}

static void a_question_mark_is_one_byte_but_no_slash(void **state)
{
	(void)state;
	assert_true(matches("?", "\xff"));
	assert_false(matches("?", ""));
	assert_false(matches("a?b", "a/b"));
	assert_false(matches("[^x]", "/"));
	assert_false(matches("a[/]b", "a/b"));
	assert_false(matches("[+-0]", "/"));
}

static void a_backslash_takes_the_next_byte_literally(void **state)
{
	(void)state;
	assert_true(matches("\\*", "*"));
	assert_false(matches("\\*", "a"));
	assert_true(matches("a\\bc*", "abc"));
	assert_true(matches("a\\\\*", "a\\x"));
	assert_false(matches("a\\", "a\\"));
	assert_false(matches("a\\", "a"));
}

static void a_set_has_ranges_negation_and_odd_members(void **state)
{
	(void)state;
	assert_true(matches("[a-c]", "b"));
	assert_false(matches("[c-a]", "b"));
	assert_true(matches("[!a-c]", "d"));
	assert_true(matches("[^a-c]", "d"));
	assert_true(matches("[]]", "]"));
	assert_true(matches("[]-a]", "^"));
	assert_false(matches("[!]]", "]"));
	assert_true(matches("[a-]", "-"));
	assert_true(matches("[-a]", "-"));
	assert_true(matches("[\\]]", "]"));
	assert_true(matches("[\\a-\\c]", "b"));
	assert_true(matches("[a-c-e]", "-"));
	assert_false(matches("[a-c-e]", "d"));
	assert_true(matches("[a^]", "^"));
	assert_true(matches("[[]", "["));
	assert_true(matches("[[:]", ":"));
	assert_true(matches("[\x80-\xff]", "\xc3"));
}

static void a_class_is_ascii(void **state)
{
	(void)state;
	assert_true(matches("[[:alpha:]]", "q"));
	assert_false(matches("[[:alpha:]]", "1"));
	assert_false(matches("[[:alpha:]]", "\xe9"));
	assert_true(matches("[[:digit:][:upper:]]", "Q"));
	assert_true(matches("[^[:space:]]", "x"));
	assert_false(matches("[^[:space:]]", "\n"));
	assert_true(matches("[[:punct:]]", "~"));
	assert_true(matches("[[:cntrl:]]", "\x7f"));
	assert_true(matches("[[:xdigit:]]", "F"));
	assert_false(matches("[[:xdigit:]]", "g"));
	assert_true(matches("[[:blank:]]", "\t"));
	assert_true(matches("[[:alpha]", "["));
}

static void a_malformed_pattern_matches_nothing(void **state)
{
	(void)state;
	assert_false(matches("[a", "a"));
	assert_false(matches("[a", "[a"));
	assert_false(matches("[", "["));
	assert_false(matches("[]", "]"));
	assert_false(matches("[a\\", "a"));
	assert_false(matches("[[:nonsense:]]", "a"));
	assert_false(matches("[[:alpha:]", "a"));
	assert_false(matches("*[", "["));
}

static void from_any_element_tries_behind_every_slash_only(void **state)
{
	(void)state;
	assert_true(matches_from("b**", "a/b/c", WILDMATCH_ANY_ELEMENT));
	assert_true(matches_from("a**", "a/b/c", WILDMATCH_ANY_ELEMENT));
	assert_false(matches_from("b**", "ab/c", WILDMATCH_ANY_ELEMENT));
	assert_true(matches_from("c", "a/b/c", WILDMATCH_ANY_ELEMENT));
	assert_true(matches_from("*/c", "a/b/c", WILDMATCH_ANY_ELEMENT));
	assert_false(matches_from("b", "a/b/c", WILDMATCH_ANY_ELEMENT));
}

static void head_body_and_slash_are_one_text(void **state)
{
	(void)state;
	struct wildmatch *w;
	struct wildmatch_text x = {
		.head = "r/s/", .head_len = 4, .body = "a/b", .body_len = 3, .slash = true
	};

	assert_int_equal(wildmatch_new(&w, "*/s/a/b/***", 11), 0);
	assert_true(wildmatch_matches(w, &x, WILDMATCH_BEGINNING));
	x.slash = false;
	assert_false(wildmatch_matches(w, &x, WILDMATCH_BEGINNING));
	wildmatch_free(w);
	assert_true(wildmatch_text_is(&x, "r/s/a/b", 7));
	assert_false(wildmatch_text_is(&x, "r/s/a/c", 7));
	assert_true(wildmatch_tail(&x, 3));
	assert_true(wildmatch_text_is(&x, "s/a/b", 5));
	assert_true(wildmatch_tail(&x, 1));
	assert_true(wildmatch_text_is(&x, "b", 1));
	assert_false(wildmatch_tail(&x, 2));
}

/* The definition, spelled out: slow, and obviously right. */
static bool defined_to_match(const char *p, const char *t)
{
	if (!*p)
		return !*t;
	if (*p == '*') {
		bool deep = p[1] == '*';
		while (*p == '*')
			p++;
		for (;; t++) {
			if (defined_to_match(p, t))
				return true;
			if (!*t || (!deep && *t == '/'))
				return false;
		}
	}
	if (!*t || (*p == '?' ? *t == '/' : *p != *t))
		return false;
	return defined_to_match(p + 1, t + 1);
}

static bool defined_to_match_anywhere(const char *p, const char *t)
{
	bool yes = defined_to_match(p, t);
	for (; *t; t++)
		yes = yes || (*t == '/' && defined_to_match(p, t + 1));
	return yes;
}

static void compare(const char *p, const char *t)
{
	if (matches(p, t) != defined_to_match(p, t) ||
	    matches_from(p, t, WILDMATCH_ANY_ELEMENT) != defined_to_match_anywhere(p, t))
		fail_msg("'%s' on '%s'", p, t);
}

/* The n-th string of exactly len letters of the alphabet. */
static void spell(char *to, const char *alphabet, size_t len, unsigned n)
{
	size_t letters = strlen(alphabet);
	for (size_t i = 0; i < len; i++, n /= (unsigned)letters)
		to[i] = alphabet[n % letters];
	to[len] = '\0';
}

static void every_short_pattern_agrees_with_the_definition(void **state)
{
	(void)state;
	char p[8], t[8];
	unsigned patterns = 1, texts;

	for (size_t plen = 0; plen <= 4; plen++, patterns *= 4)
		for (unsigned i = 0; i < patterns; i++) {
			spell(p, "a/*?", plen, i);
			texts = 1;
			for (size_t tlen = 0; tlen <= 6; tlen++, texts *= 2)
				for (unsigned j = 0; j < texts; j++) {
					spell(t, "a/", tlen, j);
					compare(p, t);
				}
		}
}

static void long_random_patterns_agree_with_the_definition(void **state)
{
	(void)state;
	unsigned seed = 20240611;
	char p[16], t[24];

	for (int i = 0; i < 200000; i++) {
		size_t plen = (size_t)rand_r(&seed) % sizeof p, tlen = (size_t)rand_r(&seed) % sizeof t;
		for (size_t k = 0; k < plen; k++)
			p[k] = "aab//***?"[rand_r(&seed) % 9];
		for (size_t k = 0; k < tlen; k++)
			t[k] = "aaab/"[rand_r(&seed) % 5];
		p[plen] = t[tlen] = '\0';
		compare(p, t);
	}
}

/* unit repeated count times, then end */
static char *repeated(const char *unit, size_t count, const char *end)
{
	size_t len = strlen(unit);
	char *s = malloc(len * count + strlen(end) + 1);
	assert_non_null(s);
	for (size_t i = 0; i < count; i++)
		memcpy(s + i * len, unit, len);
	memcpy(s + count * len, end, strlen(end) + 1);
	return s;
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void hostile_patterns_end_at_once(void **state)
{
	(void)state;
	static const char *const units[] = { "a*",   "*a",    "**a", "a**", "**/",     "*/",
					     "**a*", "**/*a", "a*/", "*?",  "**a*a*/a" };
	static const char *const names[] = { "a", "a/", "aa/", "aaaaaaaaaaaaaaa/" };

	double start = seconds();
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
			char *name = repeated(names[j], 4096 / strlen(names[j]), "");
			char *pattern = repeated(units[i], 200, "b*");
			char *wide = repeated(units[i], 1, "a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b*c");
			assert_false(matches(pattern, name));
			assert_false(matches_from(pattern, name, WILDMATCH_ANY_ELEMENT));
			assert_false(matches(wide, name));
			free(name);
			free(pattern);
			free(wide);
		}
	assert_true(seconds() - start < 5.0); /* a hundredth of that without a sanitizer */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_star_stops_at_a_slash_and_two_do_not),
		cmocka_unit_test(a_question_mark_is_one_byte_but_no_slash),
		cmocka_unit_test(a_backslash_takes_the_next_byte_literally),
		cmocka_unit_test(a_set_has_ranges_negation_and_odd_members),
		cmocka_unit_test(a_class_is_ascii),
		cmocka_unit_test(a_malformed_pattern_matches_nothing),
		cmocka_unit_test(from_any_element_tries_behind_every_slash_only),
		cmocka_unit_test(head_body_and_slash_are_one_text),
		cmocka_unit_test(every_short_pattern_agrees_with_the_definition),
		cmocka_unit_test(long_random_patterns_agree_with_the_definition),
		cmocka_unit_test(hostile_patterns_end_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
