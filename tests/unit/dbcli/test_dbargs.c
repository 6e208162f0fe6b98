#include "dbdump/cli/args.h"

#include <errno.h>
#include <stdio.h>

#include "dbdump/cli/args_table.h"
#include "tests/unit/front/args_case.h"

#define AB " mysql://a/x mysql://b/y"
static const enum args_command commands[] = { ARGS_COPY, ARGS_VERIFY, ARGS_SIZE, ARGS_PREFLIGHT,
					      ARGS_DUMP, ARGS_LOAD,   ARGS_LIST, ARGS_CAT };

static void refused(enum args_command command, const char *line, const char *says)
{
	case_bad(command, line, -EINVAL, says);
}

static void nothing_said_means_the_defaults(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_COPY, "mysql://a/x mysql://b/y");
	assert_int_equal(c.o.jobs, 2);
	assert_int_equal(c.o.lock_wait_s, 5);
	assert_int_equal(c.o.verify, VERIFY_ROWS);
	assert_int_equal(c.o.json_fd, -1);
	assert_false(c.o.json || c.o.drop_existing || c.o.users || c.o.no_analyze);
	assert_int_equal(c.operands.count, 2);
	assert_string_equal(c.operands.at[1], "mysql://b/y");
	case_free(&c);
}

static void each_option_reaches_its_field(void **state)
{
	(void)state;
	struct args_case c;
	case_good(
		&c, ARGS_COPY,
		"--only-table a.* --exclude-table=b --exclude-table c --schema-only --users --rename a=b "
		"--rename=c=d=e --drop-existing --definer u@h --toast-compression lz4 --no-analyze --verify=counts -j3 "
		"--lock-wait 0 --max-load 20 --bwlimit 1m --deadline +60 --pg-dump /x/pg_dump -qvv --json-fd 1 -- "
		"mysql://a/x mysql://b/y");
	assert_string_equal(c.o.only_tables.at[0], "a.*");
	assert_int_equal(c.o.exclude_tables.count, 2);
	assert_string_equal(c.o.exclude_tables.at[1], "c");
	assert_true(c.o.schema_only && c.o.users && c.o.drop_existing && c.o.no_analyze);
	assert_int_equal(c.o.renames.count, 4);
	assert_string_equal(c.o.renames.at[2], "c");
	assert_string_equal(c.o.renames.at[3], "d=e");
	assert_string_equal(c.o.definer, "u@h");
	assert_string_equal(c.o.toast, "lz4");
	assert_int_equal(c.o.verify, VERIFY_COUNTS);
	assert_int_equal(c.o.jobs, 3);
	assert_int_equal(c.o.lock_wait_s, 0);
	assert_int_equal(c.o.max_load, 20);
	assert_int_equal(c.o.bwlimit, 1 << 20);
	assert_string_equal(c.o.deadline, "+60");
	assert_string_equal(c.o.pg_dump, "/x/pg_dump");
	assert_int_equal(c.o.quiet, 1);
	assert_int_equal(c.o.verbose, 2);
	assert_int_equal(c.o.json_fd, 1);
	assert_true(c.o.json);
	case_free(&c);
}

static void a_rehearsal_is_a_copy_with_two_options_more(void **state)
{
	(void)state;
	struct args_case c;
	case_good(&c, ARGS_REHEARSE,
		  "--drop-existing --verify=none -j3 --no-analyze --strict --output=r.json" AB);
	assert_true(c.o.drop_existing && c.o.no_analyze && c.o.strict);
	assert_int_equal(c.o.verify, VERIFY_NONE);
	assert_string_equal(c.o.output, "r.json");
	case_free(&c);
	refused(ARGS_COPY, "--output=r.json" AB, "option --output is not one of dbdump copy");
	refused(ARGS_REHEARSE, "--output -" AB, "option --output needs a file's name");
	refused(ARGS_REHEARSE, "mysql://a/x", "a source and a test server: SRC_URI TEST_URI; 1 given");
}

static void help_and_version_need_no_operands(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof commands / sizeof *commands; k++) {
		struct args_case c;
		assert_int_equal(case_parse(&c, commands[k], "--help"), ARGS_HELP);
		case_free(&c);
		assert_int_equal(case_parse(&c, commands[k], "-V"), ARGS_VERSION);
		case_free(&c);
	}
}

static void what_is_not_understood_is_named(void **state)
{
	(void)state;
	refused(ARGS_COPY, "--nonesuch=1" AB, "unknown option --nonesuch (see dbdump copy --help)");
	refused(ARGS_COPY, "-qx" AB, "unknown option -x");
	refused(ARGS_COPY, "--json=1" AB, "option --json takes no value");
	refused(ARGS_COPY, "mysql://a/x mysql://b/y --jobs", "option --jobs needs a value (N)");
	refused(ARGS_COPY, "mysql://a/x mysql://b/y -j", "option -j needs a value (N)");
	refused(ARGS_COPY, "--jobs 0" AB, "option --jobs: \"0\" is not a whole number from 1 to 64");
	refused(ARGS_COPY, "--jobs 2x" AB, "option --jobs: \"2x\"");
	refused(ARGS_COPY, "--jobs=" AB, "option --jobs: \"\"");
	refused(ARGS_COPY, "--lock-wait -1" AB, "option --lock-wait: \"-1\"");
	refused(ARGS_COPY, "--lock-wait 99999999999999999999999" AB, "option --lock-wait");
	refused(ARGS_COPY, "--bwlimit fast" AB, "option --bwlimit: \"fast\" is not a rate");
	refused(ARGS_COPY, "--deadline tomorrow" AB, "option --deadline: \"tomorrow\"");
	refused(ARGS_COPY, "--definer root" AB,
		"option --definer: \"root\" is none of keep, current, user@host");
	refused(ARGS_COPY, "--rename ab" AB, "option --rename: \"ab\" is not of the form A=B");
	refused(ARGS_COPY, "--rename a=" AB, "option --rename: \"a=\"");
	refused(ARGS_COPY, "--rename =b" AB, "option --rename: \"=b\"");
	refused(ARGS_COPY, "--rename a=b --rename a=c" AB, "option --rename: a is renamed twice");
	refused(ARGS_COPY, "--verify=most" AB, "option --verify: \"most\" is none of rows|counts|none");
	refused(ARGS_COPY, "--toast-compression zstd" AB, "option --toast-compression: \"zstd\"");
	refused(ARGS_COPY, "--only-table=" AB, "option --only-table: the value is empty");
	refused(ARGS_VERIFY, "--drop-existing" AB, "option --drop-existing is not one of dbdump verify");
	refused(ARGS_SIZE, "-j2 mysql://a/x", "option -j is not one of dbdump size");
	refused(ARGS_PREFLIGHT, "--bwlimit=1 mysql://a/x", "option --bwlimit is not one of dbdump preflight");
	refused(ARGS_DUMP, "--verify=none mysql://a/x b", "option --verify is not one of dbdump dump");
	refused(ARGS_LOAD, "--rename=a=b a mysql://a/", "option --rename is not one of dbdump load");
	refused(ARGS_LIST, "-j2 a", "option -j is not one of dbdump list");
}

static void what_contradicts_itself_is_refused(void **state)
{
	(void)state;
	refused(ARGS_COPY, "--schema-only --data-only" AB, "leave nothing");
	refused(ARGS_COPY, "--data-only --drop-existing" AB, "--data-only needs the tables");
}

/* An operand too many may be a URI that was meant for something else. */
static void an_operand_too_many_or_too_few_is_counted_not_repeated(void **state)
{
	(void)state;
	refused(ARGS_COPY, "mysql://u:hunter2@a/x", "dbdump copy needs a source and a destination");
	refused(ARGS_COPY, "", "; 0 given");
	refused(ARGS_PREFLIGHT, "a b c",
		"dbdump preflight needs a source, and a destination if there is one");
	refused(ARGS_LOAD, "a", "dbdump load needs an archive and a destination");
	refused(ARGS_CAT, "a b c", "and a table if not all: ARCHIVE [TABLE]; 3 given");
	refused(ARGS_SIZE, "mysql://u:hunter2@a/x b", "dbdump size needs one database: URI; 2 given");
	struct args_case c;
	case_parse(&c, ARGS_VERIFY, "mysql://u:hunter2@a/x b c");
	assert_null(strstr(c.err.text, "hunter2"));
	case_free(&c);
}

static void each_row_is_well_formed(void **state)
{
	(void)state;
	for (size_t i = 0; i < opt_row_count; i++) {
		const struct opt_row *row = &opt_rows[i];
		bool takes = row->kind >= OPT_WHOLE && row->kind <= OPT_RENAME;
		assert_int_equal(takes, row->arg != NULL);
		assert_int_equal(row->kind == OPT_CHOICE || row->kind == OPT_WORD, row->choices != NULL);
		assert_ptr_equal(opt_by_name(row->name, strlen(row->name)), row);
		assert_true(!row->letter || opt_by_letter(row->letter) == row);
		assert_int_not_equal(row->commands, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_means_the_defaults),
		cmocka_unit_test(each_option_reaches_its_field),
		cmocka_unit_test(a_rehearsal_is_a_copy_with_two_options_more),
		cmocka_unit_test(help_and_version_need_no_operands),
		cmocka_unit_test(what_is_not_understood_is_named),
		cmocka_unit_test(what_contradicts_itself_is_refused),
		cmocka_unit_test(an_operand_too_many_or_too_few_is_counted_not_repeated),
		cmocka_unit_test(each_row_is_well_formed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
