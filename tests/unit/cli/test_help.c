/* Run from the top of the tree: the man page is compared with the table. */
#include "xfer/cli/help.h"

#include "xfer/cli/args_table.h"
#include "tests/unit/front/help_case.h"

static void each_command_shows_its_options_and_no_others(void **state)
{
	(void)state;
	help_case_command(ARGS_SYNC);
	help_case_command(ARGS_VERIFY);
	help_case_command(ARGS_PIPE);
	help_case_command(ARGS_SERVE);
}

static void the_overview_names_commands_and_statuses(void **state)
{
	static const char *const words[] = { "xfer sync", "xfer verify", "xfer pipe", "xfer serve",
					     "\n   0  ",  "\n  23  ",	 "\n  42  " };
	(void)state;
	help_case_overview(words, sizeof words / sizeof *words);
}

static void the_man_page_has_every_option(void **state)
{
	(void)state;
	help_case_page("xfer/cli/xfer.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_shows_its_options_and_no_others),
		cmocka_unit_test(the_overview_names_commands_and_statuses),
		cmocka_unit_test(the_man_page_has_every_option),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
