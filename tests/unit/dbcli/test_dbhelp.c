/* Run from the top of the tree: the man page and the completion are compared with the table. */
#include "dbdump/cli/help.h"

#include <stdio.h>

#include "dbdump/cli/args_table.h"
#include "tests/unit/dbcli/dbargs_case.h"

static const enum args_command commands[] = { ARGS_COPY, ARGS_VERIFY, ARGS_SIZE };

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
	for (size_t k = 0; k < 3; k++) {
		struct buf b;
		buf_init(&b, 1 << 20);
		assert_int_equal(help_command(&b, commands[k]), 0);
		char *text = terminated(&b);
		assert_fits(text);
		for (size_t i = 0; i < opt_row_count; i++) {
			const struct opt_row *row = &opt_rows[i];
			char line[64];
			snprintf(line, sizeof line, " --%s%c", row->name, row->arg ? '=' : ' ');
			bool shown = strstr(text, line) && strstr(text, row->help);
			if (shown != ((row->commands & commands[k]) != 0))
				fail_msg("%s: %s", args_command_name(commands[k]), line);
		}
		buf_fini(&b);
	}
}

static void the_overview_names_commands_and_statuses(void **state)
{
	static const char *const words[] = { "dbdump copy", "dbdump verify", "dbdump size", "\n   0  ",
					     "\n  40  " };
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 20);
	assert_int_equal(help_overview(&b), 0);
	char *text = terminated(&b);
	assert_fits(text);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		assert_non_null(strstr(text, words[i]));
	assert_null(strstr(text, "no meaning"));
	buf_fini(&b);
}

static void a_buffer_that_is_too_small_is_an_error(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 100);
	assert_true(help_command(&b, ARGS_COPY) < 0);
	buf_fini(&b);
}

static const char *file(const char *path)
{
	static char text[1 << 20];
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	size_t n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	assert_in_range(n, 1, sizeof text - 2);
	text[n] = '\0';
	return text;
}

static void the_man_page_has_every_option(void **state)
{
	(void)state;
	const char *page = file("dbdump/cli/dbdump.1");
	for (size_t i = 0; i < opt_row_count; i++) {
		const struct opt_row *row = &opt_rows[i];
		char line[64] = "\n.It ", letter[16] = "";
		if (row->letter)
			snprintf(letter, sizeof letter, "Fl %c , ", row->letter);
		snprintf(line + 5, sizeof line - 5, "%sFl -%s%s", letter, row->name,
			 !row->arg     ? "\n"
			 : row->letter ? " Ar "
				       : " Ns = Ns Ar ");
		if (!strstr(page, line))
			fail_msg("dbdump.1 lacks \"%s\"", line + 1);
	}
}

static void the_completion_has_every_option(void **state)
{
	(void)state;
	const char *text = file("dbdump/cli/dbdump.bash-completion");
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
		cmocka_unit_test(a_buffer_that_is_too_small_is_an_error),
		cmocka_unit_test(the_man_page_has_every_option),
		cmocka_unit_test(the_completion_has_every_option),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
