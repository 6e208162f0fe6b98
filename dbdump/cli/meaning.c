#include "dbdump/cli/meaning.h"

#include <stddef.h>

#include "xfer/base/exit.h"

static const struct {
	int status;
	const char *sentence;
} sentences[] = {
	{ EXIT_OK, "all was done, and proven as far as was asked" },
	{ EXIT_USAGE, "the command was not understood; nothing was done" },
	{ EXIT_SELECT, "no such database" },
	{ EXIT_START, "cannot start: a privilege is missing, or a server is too old" },
	{ EXIT_CONNECTION, "no connection, or it was lost, or the password is wrong" },
	{ EXIT_FILE_IO, "the destination is full, or a file or the report cannot be written" },
	{ EXIT_STREAM, "no archive, or one too damaged to be read" },
	{ EXIT_INTERRUPTED, "interrupted; the destination is incomplete" },
	{ EXIT_PARTIAL, "not all could be copied; what could not is named" },
	{ EXIT_DIFFERENT, "the two ends are different" },
	{ EXIT_DEADLINE, "the work cannot end before the deadline" },
	{ EXIT_REFUSED, "the destination is not empty; or preflight found what is certain to fail" },
};

const char *meaning_of(int status)
{
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
		if (sentences[i].status == status)
			return sentences[i].sentence;
	return "ended with a status that has no meaning here";
}
