#include "xfer/front/help_list.h"

#include <stdarg.h>
#include <stdio.h>

#include "xfer/base/err.h"

__attribute__((format(printf, 2, 3))) static void say(struct buf *out, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	CHECK(n >= 0 && (size_t)n < sizeof text); /* the texts are ours */
	buf_bytes(out, text, (size_t)n);
}

static void say_row(const struct help_list *l, const struct help_row *row)
{
	char left[64], letter[8] = "    ";
	if (row->letter)
		snprintf(letter, sizeof letter, row->name ? "-%c, " : "-%c", row->letter);
	int n = snprintf(left, sizeof left, "  %s%s%s%s%s", letter, row->name ? "--" : "",
			 row->name ? row->name : "", row->arg ? "=" : "", row->arg ? row->arg : "");
	CHECK(n > 0 && (size_t)n < sizeof left);
	say(l->out, "%-*s %s\n", l->column, left, row->help);
}

void help_list_row(struct help_list *l, const struct help_row *row, bool shown)
{
	if (row->section)
		l->section = row->section;
	if (!shown)
		return;
	if (l->section)
		say(l->out, "\n%s:\n", l->section);
	l->section = NULL;
	say_row(l, row);
}

void help_list_status(struct buf *out, int status, const char *text)
{
	say(out, "  %2d  %s\n", status, text);
}
