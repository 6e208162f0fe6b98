/* args_table.h - every option of scheduler, once: what args.c parses and help.c explains.
 *
 * A new option is a row here, a field in options.h, a line in scheduler.1 and a word in scheduler.bash-completion (the tests
 * compare). Two rows may have one name when no command takes both. Constant data. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "scheduler/cli/options.h"
#include "xfer/base/err.h"

/* What a value is, and so the type of the field at the row's offset. */
enum opt_kind {
	OPT_FLAG,   /* bool */
	OPT_WHOLE,  /* int64_t, from the row's min to its max */
	OPT_STRING, /* char *, not empty; the last one given holds */
	OPT_TEXT,   /* char *, may be empty */
	OPT_CHOICE, /* unsigned: the index of the word in the row's choices */
	OPT_ITEM,   /* struct strings: adds the option's name and the value */
	OPT_HELP,   /* no field: the parser acts on them */
	OPT_VERSION,
};

struct opt_row {
	const char *name; /* without dashes */
	char letter;	  /* or 0 */
	enum opt_kind kind;
	unsigned groups; /* bits of enum option_group */
	size_t at;	 /* offset in struct options */
	int64_t min, max;
	const char *arg;     /* what the help calls the value; NULL: it takes none */
	const char *choices; /* OPT_CHOICE: words separated by '|' */
	const char *section; /* heading of the help that begins with this row */
	const char *help;
};

extern const struct opt_row opt_rows[];
extern const size_t opt_row_count;

/* By the n bytes of a name without dashes: one of these groups', else one that other commands have. NULL: there is none. */
const struct opt_row *opt_by_name(const char *name, size_t n, unsigned groups);
/* Sets a row's field from text (NULL for what takes none). -EINVAL, or -ENOMEM; the text names the option. */
int opt_set(const struct opt_row *row, struct options *o, const char *text, struct err *err);
