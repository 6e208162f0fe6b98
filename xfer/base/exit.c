#include "xfer/base/exit.h"

#include <stddef.h>

static const struct {
	int status;
	const char *sentence;
} sentences[] = {
	{ EXIT_OK, "all was done and verified" },
	{ EXIT_USAGE, "the command was not understood; nothing was done" },
	{ EXIT_PROTOCOL, "the two sides do not speak the same version, or one broke the protocol" },
	{ EXIT_SELECT,
	  "the files cannot be selected: a source is missing, or source and destination overlap" },
	{ EXIT_START, "the run could not start" },
	{ EXIT_CONNECTION,
	  "the connection could not be made or was lost; the same command again goes on from here" },
	{ EXIT_FILE_IO,
	  "the destination cannot be written any more; the same command again goes on from here" },
	{ EXIT_STREAM, "what arrived was damaged on its way; nothing damaged was kept" },
	{ EXIT_INTERRUPTED, "interrupted; the same command again goes on from here" },
	{ EXIT_PARTIAL, "some items could not be copied; everything else was" },
	{ EXIT_VANISHED, "some source files vanished while the run went on; everything else was copied" },
	{ EXIT_DELETE_LIMIT,
	  "everything was copied, but deletions were stopped by the limit (--max-delete)" },
	{ EXIT_TIMEOUT,
	  "the other side was silent for longer than --timeout; the same command again goes on from here" },
	{ EXIT_CONNECT_TIMEOUT, "no connection within --contimeout" },
	{ EXIT_DIFFERENT, "source and destination are different" },
	{ EXIT_DEADLINE,
	  "stopped: the work cannot end before the deadline; the same command again goes on from here" },
	{ EXIT_REFUSED, "refused by a preflight check or because the window is not open" },
};

const char *exit_sentence(int status)
{
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
		if (sentences[i].status == status)
			return sentences[i].sentence;
	return "ended with a status that has no meaning here";
}
