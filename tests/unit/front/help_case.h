/* help_case.h - what holds for the help and the man page of each program, checked against its table of options. Include the
 * program's own args_table.h and help.h before. Run from the top of the tree. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static inline char *help_terminated(struct buf *b)
{
	buf_u8(b, 0);
	assert_false(b->failed);
	return (char *)b->data;
}

static inline void assert_fits(const char *text)
{
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
		if (strcspn(at, "\n") > 80)
			fail_msg("too wide: %.*s", (int)strcspn(at, "\n"), at);
	assert_int_equal(text[strlen(text) - 1], '\n');
}

/* The command shows the options that it accepts, and no others. */
static inline void help_case_command(enum args_command command)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	assert_int_equal(help_command(&b, command), 0);
	const char *text = help_terminated(&b);
	assert_fits(text);
	for (size_t i = 0; i < opt_row_count; i++) {
		const struct opt_row *row = &opt_rows[i];
		char line[64];
		if (!row->help)
			continue;
		if (row->name)
			snprintf(line, sizeof line, " --%s%c", row->name, row->arg ? '=' : ' ');
		else
			snprintf(line, sizeof line, "\n  -%c ", row->letter);
		bool shown = strstr(text, line) && strstr(text, row->help);
		if (shown != ((row->commands & command) != 0))
			fail_msg("%s: %s", args_command_name(command), line);
	}
	buf_fini(&b);
	/* what does not fit is an error */
	buf_init(&b, 100);
	assert_true(help_command(&b, command) < 0);
	buf_fini(&b);
}

static inline void help_case_overview(const char *const *words, size_t count)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	assert_int_equal(help_overview(&b), 0);
	const char *text = help_terminated(&b);
	assert_fits(text);
	for (size_t i = 0; i < count; i++)
		assert_non_null(strstr(text, words[i]));
	assert_null(strstr(text, "no meaning"));
	buf_fini(&b);
}

/* Borrowed until the next call. */
static inline const char *help_file(const char *path)
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

static inline void help_case_page(const char *path)
{
	const char *page = help_file(path);
	for (size_t i = 0; i < opt_row_count; i++) {
		const struct opt_row *row = &opt_rows[i];
		char letter[16] = "", name[40] = "", line[80];
		if (!row->help)
			continue;
		if (row->letter)
			snprintf(letter, sizeof letter, "Fl %c%s", row->letter, row->name ? " , " : "");
		if (row->name)
			snprintf(name, sizeof name, "Fl -%s", row->name);
		snprintf(line, sizeof line, "\n.It %s%s%s", letter, name,
			 !row->arg     ? "\n"
			 : row->letter ? " Ar "
				       : " Ns = Ns Ar ");
		if (!strstr(page, line))
			fail_msg("%s lacks \"%s\"", path, line + 1);
	}
}
