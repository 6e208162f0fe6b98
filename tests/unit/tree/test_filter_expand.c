#include "tests/unit/tree/filter_helpers.h"

/* The canonical rules of one option, joined by newlines; to be freed. */
static char *expanded(const char *arg, enum filter_option kind, bool from0)
{
	struct strings rules = { 0 };
	struct err err = { 0 };
	char *text = NULL;
	size_t len;

	if (filter_expand(&rules, arg, kind, from0, &err) < 0)
		fail_msg("%s", err.text);
	FILE *to = open_memstream(&text, &len);
	for (size_t i = 0; i < rules.count; i++)
		fprintf(to, "%s%s", i ? "\n" : "", rules.at[i]);
	fclose(to);
	strings_fini(&rules);
	return text;
}

static void expands(const char *arg, enum filter_option kind, const char *to)
{
	char *got = expanded(arg, kind, false);
	assert_string_equal(got, to);
	free(got);
}

static void does_not_expand(const char *arg, enum filter_option kind, int code, const char *said)
{
	struct strings rules = { 0 };
	struct err err = { 0 };

	strings_add(&rules, "kept", 4);
	assert_int_equal(filter_expand(&rules, arg, kind, false, &err), code);
	if (!strstr(err.text, said))
		fail_msg("'%s': %s", arg, err.text);
	assert_int_equal(rules.count, 1);
	strings_fini(&rules);
}

static void options_become_canonical_rules(void **state)
{
	(void)state;
	expands("exclude,!s foo", FILTER_OPTION_RULE, "-!s foo");
	expands("risk_foo", FILTER_OPTION_RULE, "+r foo");
	expands("show foo/", FILTER_OPTION_RULE, "+s foo/");
	expands("-/pxr foo", FILTER_OPTION_RULE, "-/prx foo");
	expands("dir-merge,enw/ .r", FILTER_OPTION_RULE, ":/wne .r");
	expands(":-n .r", FILTER_OPTION_RULE, ":n- .r");
	expands(":+ .r", FILTER_OPTION_RULE, ":+ .r");
	expands(":sC", FILTER_OPTION_RULE, ":swnC .cvsignore");
	expands("clear", FILTER_OPTION_RULE, "!");
	expands("", FILTER_OPTION_RULE, "");
	expands("foo", FILTER_OPTION_EXCLUDE, "- foo");
	expands("foo", FILTER_OPTION_INCLUDE, "+ foo");
	expands("- foo", FILTER_OPTION_INCLUDE, "- foo");
	expands("+ foo", FILTER_OPTION_EXCLUDE, "+ foo");
	expands("-s foo", FILTER_OPTION_EXCLUDE, "- -s foo");
	expands("!", FILTER_OPTION_INCLUDE, "!");
	expands("!x", FILTER_OPTION_EXCLUDE, "- !x");
	does_not_expand("- ", FILTER_OPTION_EXCLUDE, -EINVAL, "no pattern");
	does_not_expand("-y x", FILTER_OPTION_RULE, -EINVAL, "'-y x'");
}

static void canonical_rules_are_their_own_expansion(void **state)
{
	(void)state;
	static const char *const rules[] = { "-!s foo", ":/wne .r",    ":n- .r", ":+ .r",
					     "+ - x",	"-/prx  a b ", "!" };
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		expands(rules[i], FILTER_OPTION_RULE, rules[i]);
}

static void a_list_file_has_comments_blank_lines_and_a_clear(void **state)
{
	(void)state;
	write_file("list", "# no\n; no\n\nfoo\n+ bar\r\n!\n!x\n #yes\nlast");
	expands("list", FILTER_OPTION_EXCLUDE_FROM, "- foo\n+ bar\n!\n- !x\n-  #yes\n- last");
	expands("list", FILTER_OPTION_INCLUDE_FROM, "+ foo\n+ bar\n!\n+ !x\n+  #yes\n+ last");
	does_not_expand("absent", FILTER_OPTION_INCLUDE_FROM, -ENOENT, "absent");
	does_not_expand(".", FILTER_OPTION_INCLUDE_FROM, -EISDIR, ".");
}

static void from0_ends_names_with_nul_and_knows_no_comments(void **state)
{
	(void)state;
	write_bytes("zeros", "#a\0two\nlines\0\0- b", 17);
	char *got = expanded("zeros", FILTER_OPTION_EXCLUDE_FROM, true);
	assert_string_equal(got, "- #a\n- two\nlines\n- b");
	free(got);
	does_not_expand("zeros", FILTER_OPTION_EXCLUDE_FROM, -EINVAL, "NUL");
}

static void a_dash_is_standard_input(void **state)
{
	(void)state;
	int saved = dup(STDIN_FILENO);
	write_file("input", "foo\n");
	int fd = open("input", O_RDONLY);
	assert_true(saved >= 0 && fd >= 0);
	dup2(fd, STDIN_FILENO);
	close(fd);
	expands("-", FILTER_OPTION_EXCLUDE_FROM, "- foo");
	dup2(saved, STDIN_FILENO);
	close(saved);
}

static void merge_files_are_read_in_place_with_their_modifiers(void **state)
{
	(void)state;
	write_file("outer", "- a\n. inner\n:n .rules\n");
	write_file("inner", "include,r b\n");
	write_file("bare", "a\n- b\n!\n");
	write_file("words", "- a +_b\n\t- c");
	expands("merge outer", FILTER_OPTION_RULE, "- a\n+r b\n:n .rules");
	expands(".- bare", FILTER_OPTION_RULE, "- a\n- - b\n- !");
	expands(".+/p bare", FILTER_OPTION_RULE, "+/p a\n+/p - b\n+/p !");
	expands(".C bare", FILTER_OPTION_RULE, "- a\n- -\n- b\n!");
	expands(".w words", FILTER_OPTION_RULE, "- a\n+ b\n- c");
	char path[sizeof home + 64];
	snprintf(path, sizeof path, ".e %s/inner", home);
	expands(path, FILTER_OPTION_RULE, "- inner\n+r b");
}

static void a_merge_file_must_end_and_keep_to_its_side(void **state)
{
	(void)state;
	write_file("self", "merge self\n");
	write_file("sided", "- a\nP b\n");
	does_not_expand(". self", FILTER_OPTION_RULE, -EINVAL, "too deep");
	does_not_expand(".s sided", FILTER_OPTION_RULE, -EINVAL, "'P b'");
	does_not_expand(". absent", FILTER_OPTION_RULE, -ENOENT, "absent");
}

static void the_cvs_rule_is_the_default_list_the_users_and_the_environments(void **state)
{
	(void)state;
	char *got = expanded("-C", FILTER_OPTION_RULE, false);
	assert_int_equal(strncmp(got, "-p RCS\n-p SCCS\n", 15), 0);
	assert_string_equal(strstr(got, "-p .hg/"), "-p .hg/\n-p .bzr/");
	free(got);

	write_file(".cvsignore", "! mine\n");
	setenv("CVSIGNORE", "env yours", 1);
	expands("-sC", FILTER_OPTION_RULE, "-s mine\n-s env\n-s yours");
	unsetenv("CVSIGNORE");
	unlink(".cvsignore");
}

static void rubbish_is_refused_or_taken_but_never_harmful(void **state)
{
	(void)state;
	static const char alphabet[] = "+-:.!HPSRCenwprsx/, _ab*?[]\\\n#exclude merge";
	unsigned seed = 7;
	struct strings rules = { 0 };
	char arg[24];

	for (int i = 0; i < 50000; i++) {
		size_t len = (size_t)rand_r(&seed) % sizeof arg;
		for (size_t k = 0; k < len; k++)
			arg[k] = alphabet[(size_t)rand_r(&seed) % (sizeof alphabet - 1)];
		arg[len] = '\0';
		if (strchr(arg, '.') && strchr(arg, '-'))
			continue; /* ". -" would read standard input */
		filter_expand(&rules, arg, FILTER_OPTION_RULE, false, NULL);
	}
	struct filter *f = filter_of(NULL);
	for (size_t i = 0; i < rules.count; i++) {
		int rc = filter_add(f, rules.at[i], NULL);
		assert_true(rc == 0 || rc == -EINVAL || rc == -E2BIG);
		(void)hides(f, NULL, "a/b*\\");
	}
	assert_true(rules.count > 0);
	filter_free(f);
	strings_fini(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_become_canonical_rules),
		cmocka_unit_test(canonical_rules_are_their_own_expansion),
		cmocka_unit_test(a_list_file_has_comments_blank_lines_and_a_clear),
		cmocka_unit_test(from0_ends_names_with_nul_and_knows_no_comments),
		cmocka_unit_test(a_dash_is_standard_input),
		cmocka_unit_test(merge_files_are_read_in_place_with_their_modifiers),
		cmocka_unit_test(a_merge_file_must_end_and_keep_to_its_side),
		cmocka_unit_test(the_cvs_rule_is_the_default_list_the_users_and_the_environments),
		cmocka_unit_test(rubbish_is_refused_or_taken_but_never_harmful),
	};
	return cmocka_run_group_tests(tests, enter_home, leave_home);
}
