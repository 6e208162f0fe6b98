/* client.h - the side with a user: reaches the other side, runs one end, and reports. */
#pragma once
#include <signal.h>

#include "xfer/cli/args.h"

/* Set by a signal handler: end the run. */
extern volatile sig_atomic_t client_quit;

/* `xfer sync` and `xfer verify`, with what args_parse made of the command line. Prints; returns an exit status. */
int client_run(enum args_command command, struct options *o, struct strings *operands);
