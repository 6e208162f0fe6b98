/* args.h - from a command line to struct options, and from struct options to the other side and back.
 *
 * One table (args_table.h) drives parsing, serialisation and help. Letters and meanings are rsync's, in the
 * order given: later options override earlier ones, -a expands where it stands. What is not in the table,
 * lacks its value, has one too many or one that cannot be read is an error that names the option.
 *
 * Packed form, all that the other side needs to know: a count (varint), then that many strings as buf_string
 * writes them, each "--name", "--no-name" or "--name=value", only where a value differs from options_init's.
 * Values there are final: nothing is implied, expanded or read from a file when they are unpacked.
 *
 * Reads the files that options name; otherwise no I/O, never prints, no globals; any thread. */
#pragma once
#include <stdint.h>

#include "xfer/base/buf.h"
#include "xfer/base/err.h"
#include "xfer/tree/options.h"

/* Bits, because a row of the table says which commands accept it. */
enum args_command { ARGS_SYNC = 1, ARGS_VERIFY = 2, ARGS_SERVE = 4, ARGS_PIPE = 8 };

/* What args_parse returns when the user wants to be told something instead: see help.h. */
enum args_result { ARGS_OK = 0, ARGS_HELP = 1, ARGS_VERSION = 2 };

/* What a peer may send: see args_unpack. */
enum { ARGS_PACK_MAX = 64 << 20, ARGS_STRING_MAX = 1 << 20 };

/* The defaults; owns nothing yet. */
void options_init(struct options *o);
/* Frees the strings and leaves the defaults. */
void options_fini(struct options *o);

/* "sync", "verify", "pipe", "serve". */
const char *args_command_name(enum args_command command);

/* Reads argv (what stands after the subcommand) into *o, which must be as options_init left it, and appends the
 * operands to *operands; how many there must be is for the command to say. 0, ARGS_HELP or ARGS_VERSION;
 * -EINVAL for a usage error, or another -errno when a file of filters or names cannot be read; the text names
 * the option. *o and *operands are the caller's to free whatever is returned.
 *
 * ARGS_VERIFY: -a and -c hold from the start, and dry_run is set, as nothing is ever written.
 * --chown has become usermap and groupmap: o->chown is NULL afterwards. */
int args_parse(struct options *o, struct strings *operands, int argc, char **argv, enum args_command command,
	       struct err *err);

/* Appends the packed form to *out (whose limit should be ARGS_PACK_MAX). 0, -EMSGSIZE when *out cannot hold it,
 * -ENOMEM. */
int args_pack(struct buf *out, const struct options *o);

/* Reads the packed form into *o, which must be as options_init left it. The bytes come from a peer: strings of
 * at most ARGS_STRING_MAX bytes, and memory is bounded by len, since every string counted must be there.
 * -EPROTO with the name for an option that this version does not know or a value that it cannot read,
 * -EBADMSG when the bytes do not parse. *o is the caller's to free whatever is returned. */
int args_unpack(struct options *o, const uint8_t *data, size_t len, struct err *err);
