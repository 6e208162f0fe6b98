/* args.h - from a command line to struct options. One table (args_table.h) drives parsing and help.
 *
 * What is not in the table, lacks its value, has one too many or one that cannot be read is an error that names the option;
 * none is ever ignored. Operands are URIs and may hold a password: no text of an error repeats one.
 * No I/O, never prints, no globals; any thread. */
#pragma once
#include "dbdump/options.h"
#include "xfer/base/err.h"
#include "xfer/base/strings.h"

/* Bits, because a row of the table says which commands accept it. */
enum args_command {
	ARGS_COPY = 1,
	ARGS_VERIFY = 2,
	ARGS_SIZE = 4,
	ARGS_PREFLIGHT = 8,
	ARGS_DUMP = 16,
	ARGS_LOAD = 32,
	ARGS_LIST = 64,
	ARGS_CAT = 128,
	ARGS_REHEARSE = 256
};

/* What args_parse returns when the user wants to be told something instead: see help.h. */
enum args_result { ARGS_OK = 0, ARGS_HELP = 1, ARGS_VERSION = 2 };

/* The defaults; owns nothing yet. */
void options_init(struct options *o);
/* Frees the strings and leaves the defaults. */
void options_fini(struct options *o);

/* "copy", "verify", "size", ... */
const char *args_command_name(enum args_command command);

/* Reads argv (what stands after the subcommand) into *o, which must be as options_init left it, and appends the operands to
 * *operands: as many as the command has. 0, ARGS_HELP or ARGS_VERSION; -EINVAL for a usage error; -ENOMEM. Both are the
 * caller's to free whatever is returned. */
int args_parse(struct options *o, struct strings *operands, int argc, char **argv, enum args_command command,
	       struct err *err);
