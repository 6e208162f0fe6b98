/* Run from the top of the tree: the man page and the completion are compared with the table. */
#include "dbdump/cli/help.h"

#include "dbdump/cli/args_table.h"
#include "tests/unit/front/help_case.h"

static void each_command_shows_its_options_and_no_others(void **state)
{
	(void)state;
	help_case_command(ARGS_COPY);
	help_case_command(ARGS_VERIFY);
	help_case_command(ARGS_SIZE);
	help_case_command(ARGS_PREFLIGHT);
	help_case_command(ARGS_REHEARSE);
	help_case_command(ARGS_DUMP);
	help_case_command(ARGS_LOAD);
	help_case_command(ARGS_LIST);
	help_case_command(ARGS_CAT);
}

static void the_overview_names_commands_and_statuses(void **state)
{
	static const char *const words[] = { "dbdump copy",	 "dbdump verify",   "dbdump size",
					     "dbdump preflight", "dbdump rehearse", "\n   0  ",
					     "\n  40  " };
	(void)state;
	help_case_overview(words, sizeof words / sizeof *words);
}

static void the_man_page_has_every_option(void **state)
{
	(void)state;
	help_case_page("dbdump/cli/dbdump.1");
}

static void the_completion_has_every_option(void **state)
{
	(void)state;
	const char *text = help_file("dbdump/cli/dbdump.bash-completion");
	for (size_t i = 0; i < opt_row_count; i++) {
		char word[64];
		snprintf(word, sizeof word, "--%s%s", opt_rows[i].name, opt_rows[i].arg ? "=" : "");
		const char *at = strstr(text, word);
		while (at && !strchr(" \n\t'", at[strlen(word)]))
			at = strstr(at + 1, word);
		if (!at)
			fail_msg("dbdump.bash-completion lacks %s", word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_shows_its_options_and_no_others),
		cmocka_unit_test(the_overview_names_commands_and_statuses),
		cmocka_unit_test(the_man_page_has_every_option),
		cmocka_unit_test(the_completion_has_every_option),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
