#include "tests/unit/tree/filter_helpers.h"

static struct filter_dir *enter(const struct filter *f, struct filter_dir *parent, const char *path)
{
	struct filter_dir *d;
	struct err err = { 0 };
	int fd = open(*path ? path : ".", O_RDONLY | O_DIRECTORY);

	assert_true(fd >= 0);
	if (filter_dir_enter(&d, f, parent, fd, path, &err) < 0)
		fail_msg("%s", err.text);
	close(fd);
	return d;
}

static void cannot_enter(const struct filter *f, const char *path, int code, const char *said)
{
	struct filter_dir *d;
	struct err err = { 0 };
	int fd = open(*path ? path : ".", O_RDONLY | O_DIRECTORY);

	assert_true(fd >= 0);
	assert_int_equal(filter_dir_enter(&d, f, NULL, fd, path, &err), code);
	assert_null(d);
	if (!strstr(err.text, said))
		fail_msg("%s", err.text);
	close(fd);
}

static void rules_of_a_directory_hold_below_it_and_the_nearest_come_first(void **state)
{
	(void)state;
	mkdir("inherit", 0700);
	mkdir("inherit/sub", 0700);
	write_file("inherit/.rules", "- foo\n- /top\n- bar\n");
	write_file("inherit/sub/.rules", "+ foo\n");
	struct filter *f = filter_of("- first", "dir-merge .rules", "- last");

	struct filter_dir *root = enter(f, NULL, "");
	assert_null(root);
	struct filter_dir *d = enter(f, root, "inherit"), *sub = enter(f, d, "inherit/sub");
	assert_false(hides(f, root, "foo"));
	assert_true(hides(f, root, "last"));
	assert_true(hides(f, d, "inherit/foo"));
	assert_true(hides(f, d, "inherit/top"));
	assert_true(hides(f, d, "inherit/first"));
	assert_false(hides(f, sub, "inherit/sub/foo"));
	assert_true(hides(f, sub, "inherit/sub/bar"));
	assert_false(hides(f, sub, "inherit/sub/top"));
	filter_dir_unref(d);
	assert_true(hides(f, sub, "inherit/sub/bar"));
	filter_dir_unref(sub);
	filter_free(f);
}

static void a_directory_without_rules_shares_its_parents(void **state)
{
	(void)state;
	mkdir("share", 0700);
	mkdir("share/sub", 0700);
	write_file("share/.rules", "- foo\n");
	struct filter *f = filter_of(": .rules");

	struct filter_dir *d = enter(f, NULL, "share"), *sub = enter(f, d, "share/sub");
	assert_ptr_equal(d, sub);
	assert_ptr_equal(filter_dir_ref(d), d);
	filter_dir_unref(d);
	filter_dir_unref(d);
	filter_dir_unref(sub);
	assert_null(filter_dir_ref(NULL));
	filter_dir_unref(NULL);
	filter_free(f);
}

static void rules_may_end_at_their_directory_or_be_cleared(void **state)
{
	(void)state;
	mkdir("end", 0700);
	mkdir("end/sub", 0700);
	write_file("end/.n", "- foo\n");
	write_file("end/.c", "- bar\n");
	write_file("end/sub/.c", "- early\n!\n- late\n");
	struct filter *f = filter_of(":n .n", ": .c");

	struct filter_dir *d = enter(f, NULL, "end"), *sub = enter(f, d, "end/sub");
	assert_true(hides(f, d, "end/foo"));
	assert_true(hides(f, d, "end/bar"));
	assert_false(hides(f, sub, "end/sub/foo"));
	assert_false(hides(f, sub, "end/sub/bar"));
	assert_false(hides(f, sub, "end/sub/early"));
	assert_true(hides(f, sub, "end/sub/late"));
	filter_dir_unref(sub);
	filter_dir_unref(d);
	filter_free(f);
}

static void a_merge_file_is_read_as_its_rule_says(void **state)
{
	(void)state;
	mkdir("read", 0700);
	write_file("read/.cvsignore", "foo  - /bar\t!x\n#h");
	write_file("read/.bare", "a\n- b\n");
	write_file("read/.side", "- c\n");
	struct filter *f = filter_of(":C", ":-e .bare", ":r .side");

	struct filter_dir *d = enter(f, NULL, "read");
	assert_true(hides(f, d, "read/foo"));
	assert_true(hides(f, d, "read/-"));
	assert_true(hides(f, d, "read/bar"));
	assert_true(hides(f, d, "read/!x"));
	assert_true(hides(f, d, "read/#h"));
	assert_true(hides(f, d, "read/- b"));
	assert_false(hides(f, d, "read/b"));
	assert_true(hides(f, d, "read/.bare"));
	assert_false(hides(f, d, "read/c"));
	assert_int_equal(filter_check(f, d, "read/c", false, FILTER_RECEIVER), FILTER_EXCLUDE);
	filter_dir_unref(d);
	filter_free(f);
}

static void a_merge_file_may_name_another_one(void **state)
{
	(void)state;
	mkdir("nest", 0700);
	mkdir("nest/sub", 0700);
	write_file("nest/.rules", ": .more\n: .more\n: .rules\n+ kept\n");
	write_file("nest/.more", "- foo\n");
	write_file("nest/sub/.more", "- kept\n-C\n");
	struct filter *f = filter_of(": .rules");

	struct filter_dir *d = enter(f, NULL, "nest"), *sub = enter(f, d, "nest/sub");
	assert_true(hides(f, d, "nest/foo"));
	assert_false(hides(f, d, "nest/kept"));
	assert_true(hides(f, sub, "nest/sub/foo"));
	assert_true(hides(f, sub, "nest/sub/kept"));
	assert_true(hides(f, sub, "nest/sub/x.o"));
	filter_dir_unref(sub);
	filter_dir_unref(d);
	filter_free(f);
}

static void an_anchor_is_literal_in_a_directory_named_like_a_pattern(void **state)
{
	(void)state;
	mkdir("[x]", 0700);
	write_file("[x]/.rules", "- /f*\n");
	struct filter *f = filter_of(": .rules");

	struct filter_dir *d = enter(f, NULL, "[x]");
	assert_true(hides(f, d, "[x]/foo"));
	assert_false(hides(f, d, "[x]/sub/foo"));
	filter_dir_unref(d);
	filter_free(f);
}

static void a_merge_file_must_be_a_regular_file_of_its_own(void **state)
{
	(void)state;
	struct filter *f = filter_of(": .rules");

	mkdir("odd", 0700);
	mkdir("odd/.rules", 0700);
	assert_null(enter(f, NULL, "odd"));
	rmdir("odd/.rules");
	assert_int_equal(symlink("/etc/passwd", "odd/.rules"), 0);
	cannot_enter(f, "odd", -ELOOP, "odd: .rules");
	unlink("odd/.rules");
	assert_int_equal(mkfifo("odd/.rules", 0600), 0);
	cannot_enter(f, "odd", -EINVAL, "regular file");
	unlink("odd/.rules");
	write_file("odd/.rules", "- x\nrubbish\n");
	cannot_enter(f, "odd", -EINVAL, "'rubbish'");
	write_bytes("odd/.rules", "- x\0y", 5);
	cannot_enter(f, "odd", -EINVAL, "NUL");
	write_file("odd/.rules", "merge /etc/passwd\n");
	cannot_enter(f, "odd", -EINVAL, "not allowed here");
	filter_free(f);
}

static void merge_files_do_not_take_all_memory(void **state)
{
	(void)state;
	struct filter *f = filter_of(": .rules", ":- .bare");
	size_t size = 1 << 20;
	char *text = malloc(size + 1);

	assert_non_null(text);
	mkdir("large", 0700);
	memset(text, '#', size + 1);
	write_bytes("large/.rules", text, size);
	assert_null(enter(f, NULL, "large"));
	write_bytes("large/.rules", text, size + 1);
	cannot_enter(f, "large", -EFBIG, ".rules");
	unlink("large/.rules");
	for (size_t i = 0; i < size; i++)
		text[i] = i % 2 ? '\n' : 'a';
	write_bytes("large/.bare", text, size);
	cannot_enter(f, "large", -E2BIG, ".bare");
	free(text);
	filter_free(f);
}

static void dir_merge_rules_are_counted(void **state)
{
	(void)state;
	struct filter *f = filter_of(NULL);
	struct err err = { 0 };
	char rule[32];

	for (int i = 0; i < 32; i++) {
		snprintf(rule, sizeof rule, ": .rules%d", i);
		assert_int_equal(filter_add(f, rule, &err), 0);
	}
	assert_int_equal(filter_add(f, ": .rules31", &err), 0); /* known already */
	assert_int_equal(filter_add(f, ": .rules32", &err), -E2BIG);
	filter_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_of_a_directory_hold_below_it_and_the_nearest_come_first),
		cmocka_unit_test(a_directory_without_rules_shares_its_parents),
		cmocka_unit_test(rules_may_end_at_their_directory_or_be_cleared),
		cmocka_unit_test(a_merge_file_is_read_as_its_rule_says),
		cmocka_unit_test(a_merge_file_may_name_another_one),
		cmocka_unit_test(an_anchor_is_literal_in_a_directory_named_like_a_pattern),
		cmocka_unit_test(a_merge_file_must_be_a_regular_file_of_its_own),
		cmocka_unit_test(merge_files_do_not_take_all_memory),
		cmocka_unit_test(dir_merge_rules_are_counted),
	};
	return cmocka_run_group_tests(tests, enter_home, leave_home);
}
