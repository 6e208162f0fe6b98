#include "tests/unit/tree/filter_helpers.h"

static enum filter_verdict sender_says(const struct filter *f, const char *path, bool is_dir)
{
	return filter_check(f, NULL, path, is_dir, FILTER_SENDER);
}

/* What one rule alone says about a file; a trailing slash stands for a directory. */
static bool excludes(const char *rule, const char *path)
{
	struct filter *f = filter_of(rule);
	size_t len = strlen(path);
	bool is_dir = path[len - 1] == '/';
	char *name = strndup(path, len - is_dir);

	enum filter_verdict v = sender_says(f, name, is_dir);
	free(name);
	filter_free(f);
	return v == FILTER_EXCLUDE;
}

static void refuses(const char *rule, const char *said)
{
	struct filter *f = filter_of(NULL);
	struct err err = { 0 };

	assert_int_equal(filter_add(f, rule, &err), -EINVAL);
	if (!strstr(err.text, said) || !strstr(err.text, rule))
		fail_msg("'%s': %s", rule, err.text);
	assert_true(filter_is_empty(f));
	filter_free(f);
}

/* ---- patterns ---- */

static void a_name_without_a_slash_is_the_last_component(void **state)
{
	(void)state;
	assert_true(excludes("- foo", "foo"));
	assert_true(excludes("- foo", "a/b/foo"));
	assert_false(excludes("- foo", "foo/b"));
	assert_false(excludes("- foo", "xfoo"));
	assert_true(excludes("- *.o", "a/x.o"));
}

static void a_leading_slash_is_the_transfer_root(void **state)
{
	(void)state;
	assert_true(excludes("- /foo", "foo"));
	assert_false(excludes("- /foo", "a/foo"));
	assert_true(excludes("- /a/*", "a/b"));
	assert_false(excludes("- /a/*", "a/b/c"));
}

static void a_trailing_slash_is_for_directories(void **state)
{
	(void)state;
	assert_true(excludes("- foo/", "a/foo/"));
	assert_false(excludes("- foo/", "a/foo"));
}

static void a_slash_inside_matches_the_tail_of_the_path(void **state)
{
	(void)state;
	assert_true(excludes("- a/b", "x/a/b"));
	assert_false(excludes("- a/b", "xa/b"));
	assert_false(excludes("- a/b", "a/b/c"));
	assert_true(excludes("- a/*/c", "x/a/b/c"));
	assert_false(excludes("- a/*/c", "a/b/b/c"));
}

static void two_stars_cross_slashes_and_three_take_the_directory_too(void **state)
{
	(void)state;
	assert_true(excludes("- a/**/c", "x/a/b/b/c"));
	assert_true(excludes("- **/c", "c"));
	assert_true(excludes("- **/c", "a/c"));
	assert_true(excludes("- a/**", "x/a/b"));
	assert_false(excludes("- a/**", "x/a/"));
	assert_true(excludes("- a/***", "x/a/"));
	assert_true(excludes("- a/***", "x/a/b/c"));
	assert_false(excludes("- a/***", "x/a"));
}

static void a_backslash_escapes_only_among_wildcards(void **state)
{
	(void)state;
	assert_true(excludes("- b\\ar", "b\\ar"));
	assert_false(excludes("- b\\ar", "bar"));
	assert_true(excludes("- b\\ar*", "bar"));
	assert_true(excludes("- \\*", "*"));
	assert_false(excludes("- \\*", "a"));
}

static void any_byte_and_any_length_will_do(void **state)
{
	(void)state;
	assert_true(excludes("- \xff\n\x01", "a/\xff\n\x01"));

	char *path = malloc(3 * 20000 + 4);
	assert_non_null(path);
	for (size_t i = 0; i < 20000; i++)
		memcpy(path + 3 * i, "ab/", 3);
	memcpy(path + 3 * 20000, "c.o", 4);
	assert_true(excludes("- *.o", path));
	assert_true(excludes("- /ab/**/ab/c.o", path));
	assert_false(excludes("- /ab/*/c.o", path));
	free(path);
}

/* ---- rules ---- */

static void the_first_rule_that_matches_decides(void **state)
{
	(void)state;
	struct filter *f = filter_of("+ *.c", "- a*", "+ *");

	assert_int_equal(sender_says(f, "a.c", false), FILTER_INCLUDE);
	assert_int_equal(sender_says(f, "a.h", false), FILTER_EXCLUDE);
	assert_int_equal(sender_says(f, "b", false), FILTER_INCLUDE);
	assert_int_equal(sender_says(f, "", true), FILTER_NONE);
	filter_free(f);
}

static void no_rule_says_nothing(void **state)
{
	(void)state;
	struct filter *f = filter_of(NULL);

	assert_true(filter_is_empty(f));
	assert_int_equal(sender_says(f, "a", false), FILTER_NONE);
	assert_int_equal(filter_add(f, "", NULL), 0);
	assert_int_equal(filter_add(f, "-x user.*", NULL), 0);
	assert_true(filter_is_empty(f));
	filter_free(f);
}

static void names_may_be_long_or_short_with_space_underscore_or_comma(void **state)
{
	(void)state;
	static const char *const same[] = { "- foo",	   "-_foo",	   "-, foo",  "exclude foo",
					    "exclude_foo", "exclude, foo", "H foo",   "hide foo",
					    "hide_foo",	   "-s foo",	   "-,s foo", "exclude,s foo" };
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		assert_true(excludes(same[i], "foo"));
	assert_true(excludes("-  foo", " foo"));
	assert_true(excludes("-__foo", "_foo"));
}

static void a_negated_rule_takes_what_does_not_match(void **state)
{
	(void)state;
	assert_true(excludes("-! */", "file"));
	assert_false(excludes("-! */", "dir/"));
	assert_true(excludes("exclude,! *.c", "x.h"));
}

static void a_clear_forgets_the_rules_before_it(void **state)
{
	(void)state;
	struct filter *f = filter_of("- a", ": .rules", "!", "- b");

	assert_false(hides(f, NULL, "a"));
	assert_true(hides(f, NULL, "b"));
	assert_int_equal(filter_add(f, "clear", NULL), 0);
	assert_true(filter_is_empty(f));
	filter_free(f);
}

static void each_side_sees_its_own_rules(void **state)
{
	(void)state;
	struct filter *f = filter_of("H h", "P p", "S s", "R r", "- *");

	assert_int_equal(filter_check(f, NULL, "s", false, FILTER_SENDER), FILTER_INCLUDE);
	assert_int_equal(filter_check(f, NULL, "s", false, FILTER_RECEIVER), FILTER_EXCLUDE);
	assert_int_equal(filter_check(f, NULL, "r", false, FILTER_SENDER), FILTER_EXCLUDE);
	assert_int_equal(filter_check(f, NULL, "r", false, FILTER_RECEIVER), FILTER_INCLUDE);
	filter_free(f);

	f = filter_of("H h", "P p");
	assert_int_equal(filter_check(f, NULL, "h", false, FILTER_RECEIVER), FILTER_NONE);
	assert_int_equal(filter_check(f, NULL, "p", false, FILTER_SENDER), FILTER_NONE);
	assert_int_equal(filter_check(f, NULL, "p", false, FILTER_RECEIVER), FILTER_EXCLUDE);
	filter_free(f);
}

static void delete_excluded_leaves_plain_rules_to_the_sender(void **state)
{
	(void)state;
	struct filter *f = filter_of("- a", "-sr b", "P c");

	filter_set_delete_excluded(f);
	assert_int_equal(filter_check(f, NULL, "a", false, FILTER_SENDER), FILTER_EXCLUDE);
	assert_int_equal(filter_check(f, NULL, "a", false, FILTER_RECEIVER), FILTER_NONE);
	assert_int_equal(filter_check(f, NULL, "b", false, FILTER_RECEIVER), FILTER_EXCLUDE);
	assert_int_equal(filter_check(f, NULL, "c", false, FILTER_RECEIVER), FILTER_EXCLUDE);
	filter_free(f);
}

static void a_perishable_rule_does_not_save_what_is_in_a_doomed_directory(void **state)
{
	(void)state;
	struct filter *f = filter_of("-p *.o");

	assert_int_equal(filter_check(f, NULL, "x.o", false, FILTER_SENDER), FILTER_EXCLUDE);
	assert_int_equal(filter_check(f, NULL, "x.o", false, FILTER_RECEIVER), FILTER_EXCLUDE);
	assert_int_equal(filter_check(f, NULL, "a/x.o", false, FILTER_REMOVING), FILTER_NONE);
	filter_free(f);
}

static void an_absolute_rule_sees_the_path_of_the_root(void **state)
{
	(void)state;
	struct filter *f = filter_of("-/ /home/me/foo", "-/ me/bar", "-/ **/me/*.o");

	assert_int_equal(filter_set_root(f, "home", NULL), -EINVAL);
	assert_int_equal(filter_set_root(f, "/home/me/", NULL), 0);
	assert_true(hides(f, NULL, "foo"));
	assert_false(hides(f, NULL, "home/me/foo"));
	assert_true(hides(f, NULL, "bar"));
	assert_true(hides(f, NULL, "x.o"));
	assert_false(hides(f, NULL, "a/x.o"));
	assert_int_equal(filter_set_root(f, "/", NULL), 0);
	assert_true(hides(f, NULL, "home/me/foo"));
	filter_free(f);
}

static void a_rule_that_does_not_parse_is_quoted(void **state)
{
	(void)state;
	refuses("foo", "unknown rule name");
	refuses("excludes foo", "unknown rule name");
	refuses("-foo", "modifier");
	refuses("Hs foo", "modifier");
	refuses("-e foo", "modifier");
	refuses(":C- foo", "modifier");
	refuses("exclude\tfoo", "modifier");
	refuses("-", "no pattern");
	refuses("- ", "no pattern");
	refuses(":n", "no pattern");
	refuses("!foo", "clearing");
	refuses("clear ", "clearing");
	refuses("merge file", "not allowed here");
	refuses("dir-merge ..", "no file name");
	refuses("dir-merge /", "no file name");
}

static void a_rule_may_be_4095_bytes_long_and_no_more(void **state)
{
	(void)state;
	char rule[4100];
	struct filter *f = filter_of(NULL);

	memset(rule, 'x', sizeof rule);
	memcpy(rule, "- ", 2);
	rule[2 + 4095] = '\0';
	assert_int_equal(filter_add(f, rule, NULL), 0);
	assert_true(hides(f, NULL, rule + 2));
	rule[2 + 4095] = 'x';
	rule[2 + 4096] = '\0';
	assert_int_equal(filter_add(f, rule, NULL), -EINVAL);
	filter_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_without_a_slash_is_the_last_component),
		cmocka_unit_test(a_leading_slash_is_the_transfer_root),
		cmocka_unit_test(a_trailing_slash_is_for_directories),
		cmocka_unit_test(a_slash_inside_matches_the_tail_of_the_path),
		cmocka_unit_test(two_stars_cross_slashes_and_three_take_the_directory_too),
		cmocka_unit_test(a_backslash_escapes_only_among_wildcards),
		cmocka_unit_test(any_byte_and_any_length_will_do),
		cmocka_unit_test(the_first_rule_that_matches_decides),
		cmocka_unit_test(no_rule_says_nothing),
		cmocka_unit_test(names_may_be_long_or_short_with_space_underscore_or_comma),
		cmocka_unit_test(a_negated_rule_takes_what_does_not_match),
		cmocka_unit_test(a_clear_forgets_the_rules_before_it),
		cmocka_unit_test(each_side_sees_its_own_rules),
		cmocka_unit_test(delete_excluded_leaves_plain_rules_to_the_sender),
		cmocka_unit_test(a_perishable_rule_does_not_save_what_is_in_a_doomed_directory),
		cmocka_unit_test(an_absolute_rule_sees_the_path_of_the_root),
		cmocka_unit_test(a_rule_that_does_not_parse_is_quoted),
		cmocka_unit_test(a_rule_may_be_4095_bytes_long_and_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
