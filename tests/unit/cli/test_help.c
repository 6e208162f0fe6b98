/* Run from the top of the tree: the man page is compared with the table. */
#include <stdio.h>

#include "tests/unit/cli/args_case.h"
#include "xfer/cli/args_table.h"
#include "xfer/cli/help.h"

static const enum args_command commands[] = { ARGS_SYNC, ARGS_VERIFY, ARGS_PIPE, ARGS_SERVE };

static char *terminated(struct buf *b)
{
	buf_u8(b, 0);
	assert_false(b->failed);
	return (char *)b->data;
}

static void assert_fits(const char *text)
{
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
		if (strcspn(at, "\n") > 80)
			fail_msg("too wide: %.*s", (int)strcspn(at, "\n"), at);
	assert_int_equal(text[strlen(text) - 1], '\n');
}

static void each_command_shows_its_options_and_no_others(void **state)
{
	(void)state;
	for (size_t k = 0; k < 4; k++) {
		struct buf b;
		buf_init(&b, 1 << 20);
		assert_int_equal(help_command(&b, commands[k]), 0);
		char *text = terminated(&b);
		assert_fits(text);
		for (size_t i = 0; i < opt_row_count; i++) {
			const struct opt_row *row = &opt_rows[i];
			char line[64];
			if (row->attrs & OPT_INTERNAL)
				continue;
			if (row->name)
				snprintf(line, sizeof line, " --%s%c", row->name, row->arg ? '=' : ' ');
			else
				snprintf(line, sizeof line, "\n  -%c ", row->letter);
			bool shown = strstr(text, line) && strstr(text, row->help);
			if (shown != ((row->commands & commands[k]) != 0))
				fail_msg("%s: %s", args_command_name(commands[k]), line);
		}
		buf_fini(&b);
	}
}

static void the_overview_names_commands_and_statuses(void **state)
{
	static const char *const words[] = { "xfer sync", "xfer verify", "xfer pipe", "xfer serve",
					     "\n   0  ",  "\n  23  ",	 "\n  42  " };
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 20);
	assert_int_equal(help_overview(&b), 0);
	char *text = terminated(&b);
	assert_fits(text);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		assert_non_null(strstr(text, words[i]));
	buf_fini(&b);
}

static void a_buffer_that_is_too_small_is_an_error(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 100);
	assert_true(help_command(&b, ARGS_SYNC) < 0);
	buf_fini(&b);
}

static void the_man_page_has_every_option(void **state)
{
	(void)state;
	static char page[1 << 20];
	FILE *f = fopen("xfer/cli/xfer.1", "re");
	assert_non_null(f);
	size_t n = fread(page, 1, sizeof page - 1, f);
	fclose(f);
	assert_in_range(n, 1, sizeof page - 2);
	for (size_t i = 0; i < opt_row_count; i++) {
		const struct opt_row *row = &opt_rows[i];
		char line[64] = "\n.It ";
		if (row->attrs & OPT_INTERNAL)
			continue;
		if (row->letter)
			snprintf(line + 5, sizeof line - 5, "Fl %c", row->letter);
		if (row->name)
			snprintf(line + strlen(line), sizeof line - strlen(line), "%sFl -%s",
				 row->letter ? " , " : "", row->name);
		if (row->arg)
			snprintf(line + strlen(line), sizeof line - strlen(line), "%s",
				 row->letter ? " Ar " : " Ns = Ns Ar ");
		if (!strstr(page, line))
			fail_msg("xfer.1 lacks \"%s\"", line + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_shows_its_options_and_no_others),
		cmocka_unit_test(the_overview_names_commands_and_statuses),
		cmocka_unit_test(a_buffer_that_is_too_small_is_an_error),
		cmocka_unit_test(the_man_page_has_every_option),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
