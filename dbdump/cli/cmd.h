/* cmd.h - the commands. Each returns the exit status, and has told everything (output.h) by then; text goes to where the
 * options say. */
#pragma once
#include "dbdump/cli/args.h"
#include "dbdump/options.h"
#include "xfer/base/strings.h"

/* Not 0: end as soon as can be, and report. Set by the program's signal handler. */
extern volatile int cmd_quit;

/* dbdump copy, verify, dump and load. */
int cmd_run(enum args_command command, const struct options *o, const struct strings *operands);
/* dbdump preflight. */
int cmd_preflight(const struct options *o, const struct strings *operands);
/* Half of a copy, for who speaks to standard input and output (agent/serve.h). */
int cmd_agent(void);
int cmd_size(const struct options *o, const struct strings *operands);
int cmd_list(const struct options *o, const struct strings *operands);
int cmd_cat(const struct options *o, const struct strings *operands);
/* dbdump rehearse. */
int cmd_rehearse(const struct options *o, const struct strings *operands);
