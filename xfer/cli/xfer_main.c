/* xfer_main.c - the program: takes the subcommand and prints what --help asks for. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "xfer/cli/args.h"
#include "xfer/cli/client.h"
#include "xfer/cli/help.h"
#include "xfer/cli/serve.h"
#include "xfer/base/strings.h"
#include "xfer/front/process.h"

static void on_signal(int sig)
{
	(void)sig;
	client_quit = 1;
	serve_quit = 1;
}

static int complain(const char *text)
{
	return process_complain("xfer", text);
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
	return process_print_version("xfer");
}

/* serve --stdio is all that there is to serving yet. */
static int serve(const struct strings *operands, int argc, char **argv)
{
	bool stdio = false;
	for (int i = 0; i < argc; i++)
		stdio |= strcmp(argv[i], "--stdio") == 0;
	if (!stdio || operands->count)
		return complain("serve needs --stdio and nothing else (see xfer serve --help)");
	return serve_session(STDIN_FILENO, STDOUT_FILENO);
}

static int run(enum args_command command, int argc, char **argv)
{
	struct options o;
	struct strings operands = { 0 };
	struct err err = { 0 };
	options_init(&o);
	int r = args_parse(&o, &operands, argc, argv, command, &err);
	int status;
	if (r == ARGS_HELP)
		status = print_help(command);
	else if (r == ARGS_VERSION)
		status = print_version();
	else if (r < 0)
		status = complain(err.text);
	else if (command == ARGS_SERVE)
		status = serve(&operands, argc, argv);
	else
		status = client_run(command, &o, &operands);
	strings_fini(&operands);
	options_fini(&o);
	return status;
}

int main(int argc, char **argv)
{
	static const enum args_command commands[] = { ARGS_SYNC, ARGS_VERIFY, ARGS_PIPE, ARGS_SERVE };
	process_begin(on_signal);
	if (argc < 2)
		return complain("no command given (see xfer --help)");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
		return print_help(0);
	if (strcmp(argv[1], "--version") == 0)
		return print_version();
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(argv[1], args_command_name(commands[i])) == 0)
			return run(commands[i], argc - 2, argv + 2);
	char text[ERR_TEXT];
	snprintf(text, sizeof text, "%s: no such command (see xfer --help)", argv[1]);
	return complain(text);
}
