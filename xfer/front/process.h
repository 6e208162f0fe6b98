/* process.h - what each of our programs does to its process first of all, and how it speaks while it has no output yet.
 * Prints, and sets signal handlers: for main's thread. */
#pragma once
#include "xfer/base/buf.h"

/* The first signal that asks for an end calls on_signal, so that the run drains and reports; a second of the same kind ends
 * the program at once. SIGPIPE is ignored. Descriptors 0, 1 and 2 are open afterwards, if only at /dev/null: no file or
 * connection of the user's ever becomes one of them. */
void process_begin(void (*on_signal)(int sig));

/* "PROGRAM: error: TEXT" to standard error, with nothing in it that a terminal obeys. Returns EXIT_USAGE. */
int process_complain(const char *program, const char *text);

/* To standard output; text is freed. rc: what making it returned, as there is nothing to print unless 0. Returns the exit
 * status, as does the other. */
int process_print(int rc, struct buf *text);
int process_print_version(const char *program);
