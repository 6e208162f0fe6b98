/* exit.h - the exit statuses, one table for the three programs; rsync's numbers where rsync has one. */
#pragma once

enum exit_status {
	EXIT_OK = 0, /* all done and verified */
	EXIT_USAGE = 1,
	EXIT_PROTOCOL = 2, /* the two ends speak different versions, or one broke the protocol */
	EXIT_SELECT = 3,   /* cannot select the files: missing source, overlap of source and destination */
	EXIT_START = 5,	   /* cannot start */
	EXIT_CONNECTION = 10,
	EXIT_FILE_IO = 11, /* the destination cannot be written any more */
	EXIT_STREAM = 12,  /* corrupted stream */
	EXIT_INTERRUPTED = 20,
	EXIT_PARTIAL = 23,  /* some items failed, each listed */
	EXIT_VANISHED = 24, /* some source files vanished */
	EXIT_DELETE_LIMIT = 25,
	EXIT_TIMEOUT = 30,
	EXIT_CONNECT_TIMEOUT = 35,
	EXIT_DIFFERENT = 40, /* verification found a difference */
	EXIT_DEADLINE = 41,
	EXIT_REFUSED = 42, /* by a preflight or a window */
};

/* What a status means, as one sentence for a person, without a full stop. Never NULL. */
const char *exit_sentence(int status);
