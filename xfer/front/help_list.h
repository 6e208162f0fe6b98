/* help_list.h - the lists in what --help prints: options by section, and exit statuses. Text into a buffer, whose `failed`
 * says when it does not fit; the strings are the program's own. Any thread. */
#pragma once
#include <stdbool.h>

#include "xfer/base/buf.h"

struct help_list {
	struct buf *out;
	int column;	     /* where the explanations begin */
	const char *section; /* its heading is due before the next row that is shown */
};

struct help_row {
	const char *section; /* the heading that begins with this row; NULL */
	char letter;	     /* or 0 */
	const char *name;    /* without dashes; NULL */
	const char *arg;     /* what the value is called; NULL: it takes none */
	const char *help;
};

/* For each row of a table in turn, as a heading may stand at one that is not shown. */
void help_list_row(struct help_list *l, const struct help_row *row, bool shown);
void help_list_status(struct buf *out, int status, const char *text);
