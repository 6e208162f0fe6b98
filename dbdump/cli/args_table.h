/* args_table.h - every option of dbdump, once: what args.c parses and help.c explains.
 *
 * A new option is a row here, a field in dbdump/options.h, a line in dbdump.1 and a word in dbdump.bash-completion (the
 * tests compare). Constant data. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dbdump/options.h"
#include "xfer/base/err.h"

/* What a value is, and so the type of the field at the row's offset. */
enum opt_kind {
	OPT_FLAG,   /* bool */
	OPT_COUNT,  /* int, one more each time */
	OPT_WHOLE,  /* unsigned (int where a negative number is the default), from the row's min to its max */
	OPT_RATE,   /* uint64_t bytes a second, as rsync's --bwlimit */
	OPT_STRING, /* char *, not empty; the last one given holds */
	OPT_LIST,   /* struct strings, one more each time */
	OPT_CHOICE, /* an enum: the index of the word in the row's choices */
	OPT_WORD,   /* char *: one of the row's choices */
	OPT_RENAME, /* struct strings: A=B adds both */
	OPT_HELP,   /* no field: the parser acts on them */
	OPT_VERSION,
};

struct opt_row {
	const char *name; /* without dashes */
	char letter;	  /* or 0 */
	enum opt_kind kind;
	unsigned commands; /* bits of enum args_command */
	size_t at;	   /* offset in struct options */
	unsigned min, max;
	const char *arg;     /* what the help calls the value; NULL: it takes none */
	const char *choices; /* OPT_CHOICE, OPT_WORD: words separated by '|' */
	const char *section; /* heading of the help that begins with this row */
	const char *help;
};

extern const struct opt_row opt_rows[];
extern const size_t opt_row_count;

/* By the n bytes of a name without dashes, or by a letter. NULL: there is none. */
const struct opt_row *opt_by_name(const char *name, size_t n);
const struct opt_row *opt_by_letter(char letter);

/* args_value.c: sets a row's field from text (NULL for what takes none). -EINVAL, or -ENOMEM; the text names the option. */
int opt_set(const struct opt_row *row, struct options *o, const char *text, struct err *err);
