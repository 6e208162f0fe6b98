#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "xfer/cli/args.h"
#include "tests/unit/front/args_case.h"
#include "xfer/cli/args_table.h"

static void archive_is_what_rsync_says_it_is(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_SYNC, "-a src dst");
	assert_true(c.o.recurse && c.o.links && c.o.perms && c.o.times && c.o.owner && c.o.group);
	assert_true(c.o.devices && c.o.specials);
	assert_false(c.o.hard_links || c.o.acls || c.o.xattrs || c.o.sparse || c.o.checksum || c.o.delete);
	assert_int_equal(c.operands.count, 2);
	assert_string_equal(c.operands.at[0], "src");
	assert_string_equal(c.operands.at[1], "dst");
	case_free(&c);
}

static void clusters_are_taken_apart(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_SYNC, "-avvzHAXSxPe ssh a -nqiucRWOJhmI b");
	assert_int_equal(c.o.verbose, 2);
	assert_int_equal(c.o.compress, COMPRESS_ALWAYS);
	assert_true(c.o.hard_links && c.o.acls && c.o.xattrs && c.o.sparse && c.o.one_file_system &&
		    c.o.progress);
	assert_true(c.o.dry_run && c.o.quiet && c.o.itemize && c.o.update && c.o.checksum && c.o.relative);
	assert_true(c.o.whole_file && c.o.omit_dir_times && c.o.omit_link_times && c.o.human);
	assert_true(c.o.prune_empty_dirs && c.o.ignore_times);
	assert_string_equal(c.o.rsh, "ssh");
	assert_int_equal(c.operands.count, 2);
	case_free(&c);
}

static void a_value_may_be_joined_or_follow(void **state)
{
	static const char *const lines[] = { "-essh",	  "-e ssh",    "-ae ssh",	"-aessh",
					     "--rsh=ssh", "--rsh ssh", "-e none -e ssh" };
	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct args_case c;
		case_good(&c, ARGS_SYNC, lines[i]);
		assert_string_equal(c.o.rsh, "ssh");
		assert_int_equal(c.operands.count, 0);
		case_free(&c);
	}
}

static void a_value_may_look_like_an_option_or_hold_an_equals_sign(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_SYNC, "--modify-window -1 --rsh=-x=y -- --delete -a -");
	assert_int_equal(c.o.modify_window, -1);
	assert_string_equal(c.o.rsh, "-x=y");
	assert_false(c.o.delete || c.o.recurse);
	assert_int_equal(c.operands.count, 3);
	assert_string_equal(c.operands.at[0], "--delete");
	assert_string_equal(c.operands.at[2], "-");
	case_free(&c);
}

static void each_flag_can_be_taken_back_and_given_again(void **state)
{
	(void)state;
	size_t seen = 0;
	for (size_t i = 0; i < opt_row_count; i++) {
		const struct opt_row *row = &opt_rows[i];
		if (row->kind != OPT_FLAG || (row->attrs & OPT_INTERNAL))
			continue;
		char line[128];
		for (int last = 0; last < 2; last++) {
			struct args_case c;
			snprintf(line, sizeof line, "-r --%s%s --%s%s", last ? "no-" : "", row->name,
				 last ? "" : "no-", row->name);
			case_good(&c, ARGS_SYNC, line);
			assert_int_equal(*((bool *)&c.o + row->at), last);
			case_free(&c);
			seen++;
		}
	}
	assert_true(seen > 60);
}

static void no_with_a_letter_is_the_long_form(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_SYNC, "-avvz --no-p --no-o --no-g --no-D --no-v --no-z");
	assert_false(c.o.perms || c.o.owner || c.o.group || c.o.devices || c.o.specials);
	assert_true(c.o.times && c.o.links && c.o.recurse);
	assert_int_equal(c.o.verbose, 0);
	assert_int_equal(c.o.compress, COMPRESS_NEVER);
	case_free(&c);
}

static void the_last_one_holds(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_SYNC,
		  "--no-perms -a --no-compress --compress --timeout=1 --timeout 2 --io=uring --io=plain");
	assert_true(c.o.perms);
	assert_int_equal(c.o.compress, COMPRESS_ALWAYS);
	assert_int_equal(c.o.timeout, 2);
	assert_int_equal(c.o.io, IO_PLAIN);
	case_free(&c);
}

static void some_options_imply_others_where_they_stand(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_SYNC, "-A");
	assert_true(c.o.acls && c.o.perms);
	case_free(&c);
	case_good(&c, ARGS_SYNC, "-A --no-perms");
	assert_true(c.o.acls && !c.o.perms);
	case_free(&c);
	case_good(&c, ARGS_SYNC, "-r --delete-excluded --json-fd=3");
	assert_true(c.o.delete &&c.o.delete_excluded && c.o.json);
	assert_int_equal(c.o.json_fd, 3);
	case_free(&c);
	case_good(&c, ARGS_SYNC, "-r --delete-excluded --no-delete");
	assert_false(c.o.delete || c.o.delete_excluded);
	case_free(&c);
}

static void defaults_are_those_of_a_careful_run(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_SYNC, "");
	assert_true(c.o.space_check);
	assert_false(c.o.delete || c.o.allow_empty_source || c.o.ignore_errors || c.o.dry_run);
	assert_int_equal(c.o.max_delete, -1);
	assert_int_equal(c.o.max_delete_percent, -1);
	assert_true(c.o.max_size == UINT64_MAX && c.o.min_size == 0);
	assert_int_equal(c.o.json_fd, -1);
	assert_int_equal(c.o.compress, COMPRESS_AUTO);
	assert_int_equal(c.o.io, IO_AUTO);
	case_free(&c);
}

static void verify_begins_with_archive_and_content(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_VERIFY, "--no-times -HAX a b");
	assert_true(c.o.recurse && c.o.links && c.o.perms && c.o.owner && c.o.group && c.o.devices &&
		    c.o.specials);
	assert_true(c.o.checksum && c.o.dry_run && c.o.hard_links && c.o.acls && c.o.xattrs && !c.o.times);
	assert_int_equal(c.operands.count, 2);
	case_free(&c);
	case_bad(ARGS_VERIFY, "--no-checksum a b", -EINVAL, "--no-checksum");
	case_bad(ARGS_VERIFY, "--delete a b", -EINVAL, "--delete is not one of xfer verify");
	case_bad(ARGS_VERIFY, "-nv a b", -EINVAL, "-n in -nv is not one of xfer verify");
}

static void serve_is_for_the_other_side(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_SERVE, "--stdio");
	case_free(&c);
	case_bad(ARGS_SERVE, "", -EINVAL, "--stdio");
	case_bad(ARGS_SERVE, "--stdio -a", -EINVAL, "-a is not one of xfer serve");
	case_bad(ARGS_SYNC, "--stdio", -EINVAL, "--stdio is not one of xfer sync");
}

static void help_and_version_come_first(void **state)
{
	(void)state;
	struct args_case c;
	assert_int_equal(case_parse(&c, ARGS_SYNC, "-a --help --nonsense"), ARGS_HELP);
	case_free(&c);
	assert_int_equal(case_parse(&c, ARGS_VERIFY, "--version"), ARGS_VERSION);
	case_free(&c);
	assert_int_equal(case_parse(&c, ARGS_SERVE, "-V"), ARGS_VERSION);
	case_free(&c);
	case_good(&c, ARGS_SYNC, "-h"); /* human readable, not help */
	assert_true(c.o.human);
	case_free(&c);
}

static const struct {
	const char *line, *says;
} bad[] = {
	{ "--foo", "unknown option --foo (see xfer sync --help)" },
	{ "--foo=bar", "unknown option --foo (" },
	{ "-y", "unknown option -y (" },
	{ "-avy", "unknown option -y in -avy (" },
	{ "--arch", "unknown option --arch (" }, /* no abbreviations */
	{ "--no-archive", "unknown option --no-archive (" },
	{ "--no-foo", "unknown option --no-foo (" },
	{ "--no-rsh", "unknown option --no-rsh (" },
	{ "--no-", "unknown option --no- (" },
	{ "--no-0", "unknown option --no-0 (" },
	{ "--=x", "unknown option -- (" },
	{ "--files-from-entry=x", "unknown option --files-from-entry (" },
	{ "--partial", "unknown option --partial (" },
	{ "--perms=yes", "option --perms takes no value" },
	{ "--no-perms=yes", "option --no-perms takes no value" },
	{ "--archive=", "option --archive takes no value" },
	{ "--rsh", "option --rsh needs a value (COMMAND)" },
	{ "-ae", "option -e in -ae needs a value (COMMAND)" },
	{ "-e", "option -e needs a value (COMMAND)" },
	{ "--rsh=", "option --rsh: the value is empty" },
	{ "--timeout=1x", "option --timeout: \"1x\"" },
	{ "--timeout=", "option --timeout: \"\"" },
	{ "--timeout=-1", "option --timeout: \"-1\"" },
	{ "--timeout=+1", "option --timeout: \"+1\"" },
	{ "--timeout=99999999999", "option --timeout: \"99999999999\"" },
	{ "--jobs=0", "option --jobs: \"0\" is not a whole number from 1 to 64" },
	{ "--jobs=65", "option --jobs: \"65\"" },
	{ "--jobs", "option --jobs needs a value" },
	{ "--contimeout=soon", "option --contimeout: \"soon\"" },
	{ "--modify-window=-2", "option --modify-window: \"-2\"" },
	{ "--json-fd=-1", "option --json-fd: \"-1\"" },
	{ "--min-size=8x", "option --min-size: \"8x\"" },
	{ "--max-size=", "option --max-size: \"\"" },
	{ "--max-delete=-1", "option --max-delete: \"-1\"" },
	{ "--max-delete=101%", "option --max-delete: \"101%\"" },
	{ "--max-delete=%", "option --max-delete: \"%\"" },
	{ "--max-delete=", "option --max-delete: \"\"" },
	{ "--max-delete=1000000000000000000000000000000", "option --max-delete: \"1000" },
	{ "--bwlimit=fast", "option --bwlimit: \"fast\" is not a rate" },
	{ "--bwlimit=511b", "option --bwlimit: \"511b\"" },
	{ "--bwlimit=-1", "option --bwlimit: \"-1\"" },
	{ "--bwlimit=", "option --bwlimit: \"\"" },
	{ "--bwlimit-file=", "option --bwlimit-file: the value is empty" },
	{ "--deadline=", "option --deadline: the value is empty" },
	{ "--io=fast", "option --io: \"fast\" is none of auto|uring|plain" },
	{ "--io=", "option --io: \"\"" },
	{ "-xx", "option --one-file-system given twice" },
	{ "-i --itemize-changes", "option --itemize-changes given twice" },
	{ "--delete a b", "option --delete needs --recursive" },
	{ "--chown=u --usermap=a:b", "option --usermap: an earlier --usermap or --chown" },
	{ "--usermap=a:b --chown=u", "option --chown: an earlier --usermap or --chown" },
	{ "--groupmap=a:b --chown=:g", "option --chown: an earlier --groupmap or --chown" },
	{ "--chown=u --chown=v", "option --chown: an earlier --usermap or --chown" },
	{ "--usermap=a:b --usermap=a:b", "option --usermap: an earlier" },
	{ "--chown=:", "option --chown: \":\"" },
	{ "--exclude-from=- --files-from=-", "only one of --files-from" },
	{ "--exclude-from=- --include-from=-", "only one of --files-from" },
	{ "--exclude-from=/nonexistent/file", "option --exclude-from: " },
	{ "--files-from=/nonexistent/file", "option --files-from: cannot open /nonexistent/file" },
};

static void each_error_names_the_option(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		bool no_file = strstr(bad[i].line, "/nonexistent") != NULL;
		case_bad(ARGS_SYNC, bad[i].line, no_file ? -ENOENT : -EINVAL, bad[i].says);
	}
}

static void every_error_of_an_endless_name_is_cut(void **state)
{
	(void)state;
	char line[4096] = "--";
	memset(line + 2, 'x', sizeof line - 3);
	case_bad(ARGS_SYNC, line, -EINVAL, "unknown option --xxxx");
	case_bad(ARGS_SYNC, line, -EINVAL, "(see xfer sync --help)");
	memcpy(line, "--io=", 5);
	case_bad(ARGS_SYNC, line, -EINVAL, "option --io: \"xxxx");
}

static void chown_is_short_for_the_two_maps(void **state)
{
	static const struct {
		const char *line, *user, *group;
	} cases[] = {
		{ "--chown=u:g", "*:u", "*:g" },
		{ "--chown=u", "*:u", NULL },
		{ "--chown=u:", "*:u", NULL },
		{ "--chown=:g", NULL, "*:g" },
		{ "--chown=:g --usermap=1-9:u", "1-9:u", "*:g" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct args_case c;
		case_good(&c, ARGS_SYNC, cases[i].line);
		assert_null(c.o.chown);
		assert_int_equal(c.o.owner, cases[i].user != NULL);
		assert_int_equal(c.o.group, cases[i].group != NULL);
		assert_string_equal(c.o.usermap ? c.o.usermap : "-", cases[i].user ? cases[i].user : "-");
		assert_string_equal(c.o.groupmap ? c.o.groupmap : "-", cases[i].group ? cases[i].group : "-");
		case_free(&c);
	}
}

static void several_chmods_add_up(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_SYNC, "--chmod=D755 --chmod go-w,F644");
	assert_string_equal(c.o.chmod, "D755,go-w,F644");
	case_free(&c);
}

static void max_delete_is_a_number_or_a_share(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_SYNC, "--max-delete=0");
	assert_int_equal(c.o.max_delete, 0);
	assert_int_equal(c.o.max_delete_percent, -1);
	case_free(&c);
	case_good(&c, ARGS_SYNC, "--max-delete=5 --max-delete 10%");
	assert_int_equal(c.o.max_delete, -1);
	assert_int_equal(c.o.max_delete_percent, 10);
	case_free(&c);
	case_good(&c, ARGS_SYNC, "--max-delete=10% --max-delete=9223372036854775807");
	assert_true(c.o.max_delete == INT64_MAX);
	assert_int_equal(c.o.max_delete_percent, -1);
	case_free(&c);
}

static void filters_stay_in_the_order_given(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_SYNC, "--include=*.c -f P_keep --exclude *");
	assert_int_equal(c.o.filters.count, 3);
	assert_non_null(strstr(c.o.filters.at[0], "*.c"));
	assert_non_null(strstr(c.o.filters.at[1], "keep"));
	assert_non_null(strstr(c.o.filters.at[2], "*"));
	case_free(&c);
}

static void from0_holds_for_files_named_before_it(void **state)
{
	(void)state;
	char path[] = "/tmp/test_args.XXXXXX", line[128];
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "#a b\0c\nd\0", 9), 9);
	close(fd);
	snprintf(line, sizeof line, "--files-from=%s -0", path);

	struct args_case c;
	case_good(&c, ARGS_SYNC, line);
	assert_int_equal(c.o.files_from.count, 2);
	assert_string_equal(c.o.files_from.at[0], "#a b");
	assert_string_equal(c.o.files_from.at[1], "c\nd");
	case_free(&c);
	unlink(path);
}

static void files_from_implies_relative_and_takes_recursion_out_of_archive(void **state)
{
	static const struct {
		const char *line;
		bool relative, recurse;
	} cases[] = {
		{ "--files-from=/dev/null -a", true, false },
		{ "-a --files-from=/dev/null", true, false },
		{ "-ar --files-from=/dev/null", true, true },
		{ "-ra --files-from=/dev/null", true, true },
		{ "--files-from=/dev/null -a --recursive", true, true },
		{ "-r --no-r -a --files-from=/dev/null", true, false },
		{ "-a --no-relative --files-from=/dev/null", false, false },
		{ "-a --files-from=/dev/null --no-R", false, false },
		{ "-a --files-from=/dev/null --delete", true, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct args_case c;
		case_good(&c, ARGS_SYNC, cases[i].line);
		assert_true(c.o.have_files_from && c.o.links);
		assert_int_equal(c.o.relative, cases[i].relative);
		assert_int_equal(c.o.recurse, cases[i].recurse);
		case_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archive_is_what_rsync_says_it_is),
		cmocka_unit_test(clusters_are_taken_apart),
		cmocka_unit_test(a_value_may_be_joined_or_follow),
		cmocka_unit_test(a_value_may_look_like_an_option_or_hold_an_equals_sign),
		cmocka_unit_test(each_flag_can_be_taken_back_and_given_again),
		cmocka_unit_test(no_with_a_letter_is_the_long_form),
		cmocka_unit_test(the_last_one_holds),
		cmocka_unit_test(some_options_imply_others_where_they_stand),
		cmocka_unit_test(defaults_are_those_of_a_careful_run),
		cmocka_unit_test(verify_begins_with_archive_and_content),
		cmocka_unit_test(serve_is_for_the_other_side),
		cmocka_unit_test(help_and_version_come_first),
		cmocka_unit_test(each_error_names_the_option),
		cmocka_unit_test(every_error_of_an_endless_name_is_cut),
		cmocka_unit_test(chown_is_short_for_the_two_maps),
		cmocka_unit_test(several_chmods_add_up),
		cmocka_unit_test(max_delete_is_a_number_or_a_share),
		cmocka_unit_test(filters_stay_in_the_order_given),
		cmocka_unit_test(from0_holds_for_files_named_before_it),
		cmocka_unit_test(files_from_implies_relative_and_takes_recursion_out_of_archive),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
