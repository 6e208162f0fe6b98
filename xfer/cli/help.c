#include "xfer/cli/help.h"

#include <errno.h>
#include <string.h>

#include "xfer/base/exit.h"
#include "xfer/cli/args_table.h"
#include "xfer/front/help_list.h"

/* Where the explanations begin. */
enum { HELP_COLUMN = 28 };

static const char overview[] =
	"xfer copies trees from server to server, whole and verified.\n"
	"\n"
	"Usage: xfer sync [OPTION...] SRC... DST    make DST as SRC; copies what differs\n"
	"       xfer verify [OPTION...] A B         read both, list every difference\n"
	"       xfer pipe [OPTION...] SRC DST       one stream; - is stdin or stdout\n"
	"       xfer serve --stdio                  the other side; started over ssh\n"
	"       xfer COMMAND --help                 the options of a command\n"
	"       xfer --version\n"
	"\n"
	"SRC, DST, A and B are PATH or [USER@]HOST:PATH; each may be remote.\n"
	"A slash at the end of SRC means its content, as with rsync.\n"
	"\n"
	"Exit status:\n";

static const struct {
	enum exit_status status;
	const char *text;
} statuses[] = {
	{ EXIT_OK, "all done and verified" },
	{ EXIT_USAGE, "usage" },
	{ EXIT_PROTOCOL, "the two sides do not understand each other" },
	{ EXIT_SELECT, "cannot select the files: no source, or it overlaps with DST" },
	{ EXIT_START, "cannot start" },
	{ EXIT_CONNECTION, "the connection failed" },
	{ EXIT_FILE_IO, "the destination cannot be written" },
	{ EXIT_STREAM, "the stream was corrupted" },
	{ EXIT_INTERRUPTED, "interrupted" },
	{ EXIT_PARTIAL, "some items failed, each listed" },
	{ EXIT_VANISHED, "some source files vanished" },
	{ EXIT_DELETE_LIMIT, "deletions stopped by --max-delete" },
	{ EXIT_TIMEOUT, "nothing moved for --timeout seconds" },
	{ EXIT_CONNECT_TIMEOUT, "no answer within --contimeout or --timeout" },
	{ EXIT_DIFFERENT, "a verification found a difference" },
	{ EXIT_DEADLINE, "the deadline passed" },
	{ EXIT_REFUSED, "refused beforehand, by a check or a window" },
};

static const char sync_head[] = "Usage: xfer sync [OPTION...] SRC... DST\n"
				"\n"
				"Makes DST as SRC is, copying only what differs, and proves it in a report.\n"
				"SRC and DST are PATH or [USER@]HOST:PATH (ssh). Between two remote\n"
				"hosts the bytes pass through here, and neither needs to reach the other.\n"
				"A slash at the end of SRC means its content, not the directory itself.\n"
				"An interrupted run is taken up by the same command.\n";

static const char verify_head[] =
	"Usage: xfer verify [OPTION...] A B\n"
	"\n"
	"Reads both trees, content and metadata (as with -a), and lists every difference\n"
	"as sync -i would, A being the source. Changes nothing. Exit status 40 if any.\n"
	"A and B are PATH or [USER@]HOST:PATH (ssh).\n";

static const char pipe_head[] =
	"Usage: xfer pipe [OPTION...] SRC DST\n"
	"\n"
	"Copies one stream of bytes, checked from end to end. SRC and DST are PATH,\n"
	"[USER@]HOST:PATH (ssh), or - for standard input or output.\n"
	"A file gets its name when all of it has come and is right, as it then is on both\n"
	"sides: a name holds the whole old file or the whole new one. What was written to\n"
	"standard output, a fifo or a device is to be believed only on exit status 0.\n";

static const char serve_head[] = "Usage: xfer serve --stdio\n"
				 "\n"
				 "The other side of a run: started by xfer over ssh, by nobody else.\n";

static const char no_note[] =
	"\nA switch is taken back by --no-OPTION: --no-perms or --no-p. The last one holds.\n";

static void say_rows(struct buf *out, enum args_command command)
{
	struct help_list list = { .out = out, .column = HELP_COLUMN };
	for (size_t i = 0; i < opt_row_count; i++) {
		const struct opt_row *row = &opt_rows[i];
		help_list_row(&list,
			      &(struct help_row){ row->section, row->letter, row->name, row->arg, row->help },
			      row->commands & command);
	}
}

int help_overview(struct buf *out)
{
	buf_bytes(out, overview, strlen(overview));
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		help_list_status(out, statuses[i].status, statuses[i].text);
	return out->failed ? -ENOMEM : 0;
}

int help_command(struct buf *out, enum args_command command)
{
	const char *head = command == ARGS_SYNC	    ? sync_head
			   : command == ARGS_VERIFY ? verify_head
			   : command == ARGS_PIPE   ? pipe_head
						    : serve_head;
	buf_bytes(out, head, strlen(head));
	say_rows(out, command);
	if (command != ARGS_SERVE)
		buf_bytes(out, no_note, strlen(no_note));
	return out->failed ? -ENOMEM : 0;
}
