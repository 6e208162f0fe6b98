/* Run from the top of the tree: the man page and the completion are compared with the tables. */
#include "scheduler/cli/help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/cli/args_table.h"
#include "scheduler/cli/next.h"

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
}

/* Borrowed until the next call. */
static const char *file(const char *path)
{
	static char text[1 << 18];
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	size_t n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	assert_in_range(n, 1, sizeof text - 2);
	text[n] = 0;
	return text;
}

static void the_overview_names_every_command_but_hidden_ones(void **state)
{
	(void)state;
	struct buf b;
	char name[COMMAND_NAME], line[2 * COMMAND_NAME];
	buf_init(&b, 1 << 20);
	assert_int_equal(help_overview(&b), 0);
	const char *text = terminated(&b);
	assert_fits(text);
	assert_null(strstr(text, "no meaning"));
	for (size_t i = 0; i < command_count; i++) {
		const struct command *c = &commands[i];
		snprintf(line, sizeof line, "\n  %s %s", command_name(name, c),
			 c->operands ? c->operands : " ");
		bool shown = strstr(text, line) && strstr(text, c->help);
		if (shown == ((c->flags & HIDDEN) != 0))
			fail_msg("%s", name);
	}
	buf_fini(&b);
}

static void each_command_shows_its_options_and_no_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		struct buf b;
		buf_init(&b, 1 << 20);
		assert_int_equal(help_command(&b, &commands[i]), 0);
		const char *text = terminated(&b);
		assert_fits(text);
		for (size_t n = 0; n < opt_row_count; n++) {
			const struct opt_row *row = &opt_rows[n];
			char line[64];
			snprintf(line, sizeof line, " --%s%s%s ", row->name, row->arg ? "=" : "",
				 row->arg ? row->arg : "");
			const char *at = strstr(text, line);
			bool shown = at && strstr(at, row->help);
			if (shown != ((row->groups & commands[i].options) != 0))
				fail_msg("%s %s: %s", commands[i].group,
					 commands[i].name ? commands[i].name : "", line);
		}
		buf_fini(&b);
	}
}

static void the_man_page_has_every_command_and_option(void **state)
{
	(void)state;
	const char *page = file("scheduler/cli/scheduler.1");
	char line[128], name[COMMAND_NAME];
	for (size_t i = 0; i < command_count; i++) {
		if (commands[i].flags & HIDDEN)
			continue;
		snprintf(line, sizeof line, "\n.It Cm %s%s", command_name(name, &commands[i]),
			 commands[i].operands ? "" : "\n");
		if (!strstr(page, line))
			fail_msg("scheduler.1 lacks \"%s\"", line + 1);
	}
	for (size_t i = 0; i < opt_row_count; i++) {
		const struct opt_row *row = &opt_rows[i];
		snprintf(line, sizeof line, "Fl -%s%s%s", row->name, row->arg ? " Ns = Ns Ar " : "\n",
			 row->arg ? row->arg : "");
		if (!strstr(page, line))
			fail_msg("scheduler.1 lacks \"%s\"", line);
	}
}

/* text has the word, and it ends there. */
static bool has_word(const char *text, const char *word)
{
	const char *at = strstr(text, word);
	while (at && !strchr(" \n\t'\"", at[strlen(word)]))
		at = strstr(at + 1, word);
	return at;
}

static void the_completion_has_every_command_and_option(void **state)
{
	(void)state;
	const char *text = file("scheduler/cli/scheduler.bash-completion");
	char word[80];
	for (size_t i = 0; i < opt_row_count; i++) {
		snprintf(word, sizeof word, "--%s%s", opt_rows[i].name, opt_rows[i].arg ? "=" : "");
		if (!has_word(text, word))
			fail_msg("scheduler.bash-completion lacks %s", word);
	}
	for (size_t i = 0; i < command_count; i++)
		if (!(commands[i].flags & HIDDEN) &&
		    (!has_word(text, commands[i].group) ||
		     (commands[i].name && !has_word(text, commands[i].name))))
			fail_msg("scheduler.bash-completion lacks %s %s", commands[i].group,
				 commands[i].name ? commands[i].name : "");
}

/* What status offers is a command that there is. */
static void offered(const struct next *next, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char words[COMMAND_NAME], *rest = words, *word[2];
		size_t used;
		snprintf(words, sizeof words, "%s", next[i].command);
		word[0] = strsep(&rest, " ");
		word[1] = strsep(&rest, " ");
		const struct command *c = command_find(word, 2, &used);
		assert_non_null(c);
		if (c->flags & SUPPORT_ONLY)
			assert_string_equal(next[i].who, "support");
	}
}

static bool has(const struct next *next, size_t count, const char *command, const char *who)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(next[i].command, command) && !strcmp(next[i].who, who))
			return true;
	return false;
}

static void what_is_offered_next_is_a_command_and_whose_it_is(void **state)
{
	(void)state;
	struct next next[NEXT_MOST];
	struct campaign_facts facts = { .accounts = 2, .ready = 2, .away = 2, .confirmed = 2, .home = 2 };
	for (unsigned s = 0; s < CAMPAIGN_STATES; s++) {
		offered(next, next_campaign(next, s, &facts));
		for (unsigned a = 0; a < ACCOUNT_STATES; a++)
			offered(next, next_account(next, a, s));
	}
	for (unsigned s = 0; s < CUTOVER_STATES; s++)
		offered(next, next_cutover(next, s));
	size_t n = next_account(next, ACCOUNT_READY, CAMPAIGN_OUT);
	assert_true(has(next, n, "account request", "client") && has(next, n, "account remove", "client"));
	n = next_account(next, ACCOUNT_CONFIRMED, CAMPAIGN_BACK);
	assert_true(has(next, n, "account request", "support") && has(next, n, "account remove", "support"));
	assert_int_equal(next_campaign(next, CAMPAIGN_DONE, &facts), 0);
	n = next_cutover(next, CUTOVER_THAWING);
	assert_true(has(next, n, "account lost", "support") && !has(next, n, "account rollback", "client"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_overview_names_every_command_but_hidden_ones),
		cmocka_unit_test(each_command_shows_its_options_and_no_others),
		cmocka_unit_test(the_man_page_has_every_command_and_option),
		cmocka_unit_test(the_completion_has_every_command_and_option),
		cmocka_unit_test(what_is_offered_next_is_a_command_and_whose_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
