/* dbdump_main.c - the program: takes passwords out of sight, then the subcommand, and prints what --help asks for. */
#include <stdio.h>
#include <string.h>

#include "dbdump/cli/args.h"
#include "dbdump/cli/cmd.h"
#include "dbdump/cli/help.h"
#include "dbdump/cli/secret.h"
#include "xfer/base/strings.h"
#include "xfer/front/process.h"

static void on_signal(int sig)
{
	(void)sig;
	cmd_quit = 1;
}

/* What was meant as a URI may stand where another word was expected. */
static int complain(const char *text)
{
	char plain[ERR_TEXT];
	snprintf(plain, sizeof plain, "%s", text);
	secret_hide(plain);
	return process_complain("dbdump", plain);
}

static int print_help(enum args_command command)
{
	struct buf text;
	buf_init(&text, 1 << 20);
	int r = command ? help_command(&text, command) : help_overview(&text);
	return process_print(r, &text);
}

static int print_version(void)
{
	return process_print_version("dbdump");
}

static int run(enum args_command command, int argc, char **argv)
{
	struct options o;
	struct strings operands = { 0 };
	struct err err = { 0 };
	int status;
	options_init(&o);
	int r = args_parse(&o, &operands, argc, argv, command, &err);
	if (r == ARGS_HELP)
		status = print_help(command);
	else if (r == ARGS_VERSION)
		status = print_version();
	else if (r < 0)
		status = complain(err.text);
	else if (command == ARGS_SIZE)
		status = cmd_size(&o, &operands);
	else if (command == ARGS_PREFLIGHT)
		status = cmd_preflight(&o, &operands);
	else if (command == ARGS_REHEARSE)
		status = cmd_rehearse(&o, &operands);
	else if (command == ARGS_LIST)
		status = cmd_list(&o, &operands);
	else if (command == ARGS_CAT)
		status = cmd_cat(&o, &operands);
	else
		status = cmd_run(command, &o, &operands);
	strings_fini(&operands);
	options_fini(&o);
	return status;
}

static int choose(int argc, char **argv)
{
	static const enum args_command commands[] = { ARGS_COPY,      ARGS_VERIFY, ARGS_SIZE,
						      ARGS_PREFLIGHT, ARGS_DUMP,   ARGS_LOAD,
						      ARGS_LIST,      ARGS_CAT,	   ARGS_REHEARSE };
	if (argc < 2)
		return complain("no command given (see dbdump --help)");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return print_help(0);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return print_version();
	if (strcmp(argv[1], "agent") == 0 && argc == 2)
		return cmd_agent();
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(argv[1], args_command_name(commands[i])) == 0)
			return run(commands[i], argc - 2, argv + 2);
	char text[ERR_TEXT];
	snprintf(text, sizeof text, "%s: no such command (see dbdump --help)", argv[1]);
	return complain(text);
}

int main(int argc, char **argv)
{
	/* first of all: everybody may read a process's own arguments, and we go on with copies of them */
	struct strings args = { 0 };
	int r = 0;
	for (int i = 0; i < argc; i++) {
		if (r == 0)
			r = strings_add(&args, argv[i], strlen(argv[i]));
		secret_hide(argv[i]);
	}
	process_begin(on_signal);
	int status = r < 0 ? complain("no memory") : choose(argc, args.at);
	strings_fini(&args);
	return status;
}
