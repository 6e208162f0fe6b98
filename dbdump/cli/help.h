/* help.h - what --help says, made from the table of options. Text into a buffer; who prints it is main's matter. Any thread. */
#pragma once
#include "dbdump/cli/args.h"
#include "xfer/base/buf.h"

/* `dbdump --help`: the subcommands and the exit statuses. 0, or -ENOMEM when *out cannot hold it. */
int help_overview(struct buf *out);
/* `dbdump COMMAND --help`: its operands and every option that it accepts, a line each. Likewise. */
int help_command(struct buf *out, enum args_command command);
