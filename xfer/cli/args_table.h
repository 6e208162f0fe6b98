/* args_table.h - every option, once: what args.c parses, args_wire.c sends and help.c explains.
 *
 * A new option is a row here, a field in options.h, and a line in xfer.1 (the tests compare). Constant data. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xfer/base/err.h"
#include "xfer/base/buf.h"
#include "xfer/tree/options.h"

enum opt_kind {
	/* values: a field of struct options at the row's offset */
	OPT_FLAG,	 /* bool */
	OPT_COUNT,	 /* int, one more each time */
	OPT_INT,	 /* int, from the row's min to its max */
	OPT_INT64,	 /* int64_t, from the row's min on */
	OPT_SIZE,	 /* uint64_t bytes, with rsync's suffixes */
	OPT_RATE,	 /* uint64_t bytes per second, as rsync's --bwlimit */
	OPT_STRING,	 /* char *, not empty; the last one given holds */
	OPT_STRING_ONCE, /* char *; a second one is an error */
	OPT_STRING_JOIN, /* char *; a second one is appended after a comma */
	OPT_LIST,	 /* struct strings, one more each time */
	OPT_CHOICE,	 /* an enum: the index of the word in the row's choices */
	OPT_SWITCH,	 /* an enum: 0 not given, 1 --name, 2 --no-name */
	OPT_MAX_DELETE,	 /* max_delete, or max_delete_percent with a % */

	/* no field: the parser acts on them */
	OPT_GROUP, /* only what it implies */
	OPT_CHOWN,
	OPT_FILTER, /* a rule, or a file of rules: see filter.h; the row's min is the enum filter_option */
	OPT_FILES_FROM,
	OPT_FROM0,
	OPT_STDIO,
	OPT_HELP,
	OPT_VERSION,
};

enum opt_attr {
	OPT_LOCAL = 1,	  /* the other side has no use for it: not packed */
	OPT_INTERNAL = 2, /* only in packed form */
	OPT_POSITIVE = 4, /* has no --no-X although it is a flag */
	OPT_ONCE = 8,	  /* given twice it means something else to rsync, which we do not have: an error */
};

struct opt_row {
	const char *name; /* without dashes; NULL when there is only a letter */
	char letter;	  /* or 0 */
	enum opt_kind kind;
	unsigned attrs;
	unsigned commands;   /* bits of enum args_command */
	size_t at;	     /* offset in struct options */
	int64_t min, max;    /* max 0: none */
	const char *arg;     /* what the help calls the value */
	const char *choices; /* OPT_CHOICE: words separated by '|' */
	const char *implies; /* names of OPT_FLAG rows separated by spaces, switched on with this one */
	const char *section; /* heading of the help that begins with this row */
	const char *help;    /* NULL when internal */
};

extern const struct opt_row opt_rows[];
extern const size_t opt_row_count;

/* The row that a command line means by a name (n bytes, without dashes) or letter, or that the packed form means
 * by a name: --filter is a rule or a merged file in the one, and always a rule in the other. NULL when there is none. */
const struct opt_row *opt_by_name(const char *name, size_t n);
const struct opt_row *opt_by_letter(char letter);
const struct opt_row *opt_by_packed_name(const char *name, size_t n);
/* Does it need a value? Is there a --no-X? Does it occur in packed form? */
bool opt_takes_value(const struct opt_row *row);
bool opt_is_negatable(const struct opt_row *row);
bool opt_is_packed(const struct opt_row *row);

/* args_value.c: a row's field. */

/* Sets it from text (NULL for what takes none); -EINVAL, or -ENOMEM. The text names the option. */
int opt_set(const struct opt_row *row, struct options *o, const char *text, struct err *err);
/* As --no-X does. */
void opt_unset(const struct opt_row *row, struct options *o);
/* Appends its packed strings, none when it is at its default; returns how many. out keeps the failure. */
size_t opt_pack(const struct opt_row *row, struct buf *out, const struct options *o);
/* Do two options have the same value in it? For tests. */
bool opt_equal(const struct opt_row *row, const struct options *a, const struct options *b);
