/* scheduler_main.c - the program: takes passwords out of sight, reads the command line, and prints what --help asks for. */
#include <stdio.h>
#include <string.h>

#include "scheduler/cli/help.h"
#include "scheduler/cli/secret.h"
#include "scheduler/cli/session.h"
#include "scheduler/run/work.h"
#include "xfer/front/process.h"

static void on_signal(int sig)
{
	(void)sig;
	session_quit = 1;
	work_quit = 1;
}

static int complain(const char *text)
{
	char plain[ERR_TEXT];
	snprintf(plain, sizeof plain, "%s", text);
	secret_cover(plain);
	return process_complain("scheduler", plain);
}

static int print_help(const struct command *c)
{
	struct buf text;
	buf_init(&text, 1 << 20);
	int r = c ? help_command(&text, c) : help_overview(&text);
	return process_print(r, &text);
}

static int run(int argc, char **argv)
{
	struct options o;
	struct strings operands = { 0 };
	struct err err = { 0 };
	struct args a = { .o = &o, .operands = &operands };
	int status;
	options_init(&o);
	int r = args_parse(&a, argc, argv, &err);
	if (r == ARGS_HELP)
		status = print_help(a.which);
	else if (r == ARGS_VERSION)
		status = process_print_version("scheduler");
	else if (r < 0)
		status = complain(err.text);
	else
		status = session_run(&a);
	strings_fini(&operands);
	options_fini(&o);
	return status;
}

int main(int argc, char **argv)
{
	/* first of all: everybody may read a process's own arguments, and we go on with copies of them */
	struct strings args = { 0 };
	int r = 0;
	for (int i = 1; i < argc; i++) {
		if (r == 0)
			r = strings_add(&args, argv[i], strlen(argv[i]));
		secret_cover(argv[i]);
	}
	process_begin(on_signal);
	int status = r < 0 ? complain("no memory") : run(argc > 1 ? argc - 1 : 0, args.at);
	strings_fini(&args);
	return status;
}
