#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "xfer/cli/args.h"
#include "tests/unit/front/args_case.h"
#include "xfer/cli/args_files.h"

static void names_are_brought_below_the_source(void **state)
{
	static const struct {
		const char *given, *kept;
	} good[] = {
		{ "a", "a" },		{ "a/b", "a/b" },      { "/a/b", "a/b" },      { "//a//b", "a/b" },
		{ "a/", "a/" },		{ "a//", "a/" },       { "./a", "a" },	       { "././a/", "a/" },
		{ "a/.", "a/" },	{ "a/./", "a/" },      { ".", "./" },	       { "/", "./" },
		{ "./", "./" },		{ "", "./" },	       { "a/../b", "b" },      { "a/..", "./" },
		{ "a/b/..", "a/" },	{ "a/b/../c", "a/c" }, { "a/b/../../c", "c" }, { "..a", "..a" },
		{ "a/..b/", "a/..b/" }, { "...", "..." },      { " ", " " },	       { "\377\n", "\377\n" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		char path[64];
		snprintf(path, sizeof path, "%s", good[i].given);
		assert_int_equal(args_files_clean(path), 0);
		assert_string_equal(path, good[i].kept);
	}
}

static void names_that_climb_out_are_refused(void **state)
{
	static const char *const bad[] = { "..",     "../a",	       "/..",  "a/../..", "a/../../b",
					   "./../a", "a/b/../../../a", "a/./b" };
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char path[64];
		snprintf(path, sizeof path, "%s", bad[i]);
		assert_int_equal(args_files_clean(path), -EINVAL);
	}
}

static int read_list(struct strings *out, const void *bytes, size_t n, bool from0, struct err *err)
{
	char path[] = "/tmp/test_args_files.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
	*out = (struct strings){ 0 };
	int r = args_files_read(out, path, from0, err);
	unlink(path);
	return r;
}

static void a_list_of_lines_has_comments_and_blank_lines(void **state)
{
	static const char list[] = "one\n\n# no\n;no\r\ntwo#\r\n  three\n/four/\nlast";
	static const char *const names[] = { "one", "two#", "  three", "four/", "last" };
	(void)state;
	struct strings s;
	struct err err = { 0 };
	assert_int_equal(read_list(&s, list, sizeof list - 1, false, &err), 0);
	assert_int_equal(s.count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(s.at[i], names[i]);
	strings_fini(&s);
}

static void a_list_of_nul_ended_names_takes_them_as_they_are(void **state)
{
	static const char list[] = "#one\0\0;two\0three\nfour\r\0last";
	static const char *const names[] = { "#one", ";two", "three\nfour\r", "last" };
	(void)state;
	struct strings s;
	struct err err = { 0 };
	assert_int_equal(read_list(&s, list, sizeof list - 1, true, &err), 0);
	assert_int_equal(s.count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(s.at[i], names[i]);
	strings_fini(&s);
}

static void an_error_names_the_entry_and_says_what_helps(void **state)
{
	(void)state;
	struct strings s;
	struct err err = { 0 };
	assert_int_equal(read_list(&s, "ok\nx/../../y\n", 13, false, &err), -EINVAL);
	assert_non_null(strstr(err.text, "\"x/../../y\" leads out of the source"));
	strings_fini(&s);
	assert_int_equal(read_list(&s, "a/./b\n", 6, false, &err), -EINVAL);
	assert_non_null(strstr(err.text, "\"a/./b\""));
	strings_fini(&s);
	assert_int_equal(read_list(&s, "a\0b\0", 4, false, &err), -EINVAL);
	assert_non_null(strstr(err.text, "--from0"));
	strings_fini(&s);
	assert_int_equal(args_files_read(&s, "/", false, &err), -EISDIR);
	assert_non_null(strstr(err.text, "--files-from"));
	strings_fini(&s);
}

static void a_name_without_end_is_refused(void **state)
{
	(void)state;
	struct strings s;
	struct err err = { 0 };
	size_t n = ARGS_STRING_MAX + 1;
	char *bytes = malloc(n);
	assert_non_null(bytes);
	memset(bytes, 'x', n);
	assert_int_equal(read_list(&s, bytes, n, false, &err), -ENAMETOOLONG);
	strings_fini(&s);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_brought_below_the_source),
		cmocka_unit_test(names_that_climb_out_are_refused),
		cmocka_unit_test(a_list_of_lines_has_comments_and_blank_lines),
		cmocka_unit_test(a_list_of_nul_ended_names_takes_them_as_they_are),
		cmocka_unit_test(an_error_names_the_entry_and_says_what_helps),
		cmocka_unit_test(a_name_without_end_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
