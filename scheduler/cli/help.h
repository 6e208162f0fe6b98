/* help.h - what --help prints, from the tables of commands and options. Text into a buffer of the caller's. Any thread. */
#pragma once
#include "scheduler/cli/command.h"
#include "xfer/base/buf.h"

/* 0, or -ENOMEM when it does not fit. */
int help_overview(struct buf *out);
int help_command(struct buf *out, const struct command *c);
