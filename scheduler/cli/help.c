#include "scheduler/cli/help.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/cli/args_table.h"
#include "scheduler/cli/meaning.h"
#include "xfer/base/err.h"
#include "xfer/front/help_list.h"

enum { HELP_COLUMN = 27, COMMAND_COLUMN = 34, LINE_MOST = 256 }; /* where the explanations begin */

static const char head[] = "scheduler carries hosting accounts out to a transit server and back, each in a\n"
			   "window that is kept: in time, or rolled back.\n"
			   "\n"
			   "Usage: scheduler COMMAND [OPTION...] [OPERAND...]\n"
			   "       scheduler COMMAND --help\n"
			   "       scheduler --version\n"
			   "\n"
			   "An ACCOUNT is CAMPAIGN/ACCOUNT. Times are RFC 3339, and shown in UTC. Every\n"
			   "change is logged with who, when and why.\n";

__attribute__((format(printf, 2, 3))) static void say(struct buf *out, const char *fmt, ...)
{
	char text[LINE_MOST];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	CHECK(n >= 0 && (size_t)n < sizeof text); /* the texts are ours */
	buf_bytes(out, text, (size_t)n);
}

static void say_commands(struct buf *out)
{
	const char *group = "";
	for (size_t i = 0; i < command_count; i++) {
		const struct command *c = &commands[i];
		char name[COMMAND_NAME], left[LINE_MOST / 2];
		if (c->flags & HIDDEN)
			continue;
		/* what is of one word stands together */
		const char *now = c->name ? c->group : "";
		if (!i || strcmp(now, group) != 0)
			say(out, "\n");
		group = now;
		snprintf(left, sizeof left, "  %s%s%s", command_name(name, c), c->operands ? " " : "",
			 c->operands ? c->operands : "");
		say(out, "%-*s %s\n", COMMAND_COLUMN, left, c->help);
	}
}

int help_overview(struct buf *out)
{
	static const int order[] = { 0, 1, 3, 5, 11, 20, 23, 42 };
	buf_bytes(out, head, strlen(head));
	say_commands(out);
	say(out, "\nExit status:\n");
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		help_list_status(out, order[i], meaning_of(order[i]));
	return out->failed ? -ENOMEM : 0;
}

int help_command(struct buf *out, const struct command *c)
{
	char name[COMMAND_NAME];
	struct help_list list = { .out = out, .column = HELP_COLUMN };
	say(out, "Usage: scheduler %s [OPTION...]%s%s\n\n%s\n", command_name(name, c), c->operands ? " " : "",
	    c->operands ? c->operands : "", c->help);
	for (size_t i = 0; i < opt_row_count; i++) {
		const struct opt_row *row = &opt_rows[i];
		help_list_row(&list,
			      &(struct help_row){ row->section, row->letter, row->name, row->arg, row->help },
			      row->groups & c->options);
	}
	return out->failed ? -ENOMEM : 0;
}
