#include "scheduler/cli/meaning.h"

#include <stddef.h>

#include "xfer/base/exit.h"

static const struct {
	int status;
	const char *sentence;
} sentences[] = {
	{ EXIT_OK, "it was done, and is in the store" },
	{ EXIT_USAGE, "the command was not understood; nothing was done" },
	{ EXIT_SELECT, "no such campaign, account, server, or cutover" },
	{ EXIT_START, "cannot start: configuration or store are missing, not ours, or locked" },
	{ EXIT_FILE_IO, "the store is full, damaged, or gone; or the output cannot be written" },
	{ EXIT_INTERRUPTED, "interrupted" },
	{ EXIT_PARTIAL, "not all could be done; what could not is named" },
	{ EXIT_REFUSED, "refused: not in this step, not by you, or no slot holds the window" },
};

const char *meaning_of(int status)
{
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
		if (sentences[i].status == status)
			return sentences[i].sentence;
	return "ended with a status that has no meaning here";
}
