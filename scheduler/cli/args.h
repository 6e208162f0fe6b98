/* args.h - from a command line to struct options. Two tables drive parsing and help: command.h and args_table.h.
 *
 * Options may stand before, between and behind the words of the command. What is not in a table, lacks its value, has one too many or
 * one that cannot be read is an error that names it; none is ever ignored. No I/O, never prints, no globals; any thread. */
#pragma once
#include "scheduler/cli/command.h"
#include "scheduler/cli/options.h"
#include "xfer/base/err.h"

/* What args_parse returns when the user wants to be told something instead: see help.h. */
enum args_result { ARGS_OK = 0, ARGS_HELP = 1, ARGS_VERSION = 2 };

/* Reads argv (what stands behind the program's name) into *o, which must be as options_init left it, and appends to *operands. *which: the
 * command; NULL with ARGS_HELP: none was named, or a group of them. 0, ARGS_HELP or ARGS_VERSION; -EINVAL for a usage error;
 * -ENOMEM. Both are the caller's to free whatever is returned. */
struct args {
	struct options *o;
	struct strings *operands;
	const struct command *which;
};
int args_parse(struct args *a, int argc, char **argv, struct err *err);
