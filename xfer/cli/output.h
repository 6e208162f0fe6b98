/* output.h - everything a run tells: to a person, to a program (--json), and to a log file.
 *
 * Where what goes:
 *   standard output  items (-v, -i) and the report; with --json the events, unless --json-fd names another place
 *   standard error   failures and warnings, always; the progress
 *   --log-file       start, items, failures, warnings and the report, whatever was asked for on the terminal
 * No name reaches any of them raw (escape.h, event.h).
 *
 * A reader that goes away does not end or disturb the run: the first write error of each stream silences it and
 * is remembered (output_failed). To that end output_open sets SIGPIPE to be ignored in the whole process;
 * whoever starts children must give it back to them.
 *
 * Owned by one thread, which makes all the calls. Strings given are borrowed for the call; the options for
 * the life of the output. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "xfer/base/err.h"
#include "xfer/tree/options.h"
#include "xfer/tree/report.h"

enum {
	OUTPUT_FAILURES = 1000,		/* kept for the report's `failures`; the others are counted */
	OUTPUT_FAILURE_BYTES = 1 << 20, /* and no more than this of their text */
};

struct output;

/* verb: "sync" or "verify". Opens --log-file for appending and sees that --json-fd can be written. */
int output_open(struct output **out, const struct options *o, const char *verb, struct err *err);
/* Writes what is still held back. Accepts NULL. */
void output_close(struct output *out);
/* Standard output carries data: what would go there goes to standard error. Before anything is told. */
void output_leave_stdout(struct output *out);
void output_closep(struct output **out);

void output_start(struct output *out, char **src, size_t n, const char *dst);

/* One item that was (or would be) changed. change: rsync's itemised code, ">f+++++++++" or "*deleting  ".
 * A directory's name ends in a slash. suffix: raw bytes as " -> target" (symbolic link) or " => name" (hard
 * link), or NULL. Shown with its code for -i, and for -n with -v; by its name alone for -v. */
void output_item(struct output *out, const char *change, const char *name, size_t len, const char *suffix);

/* An item (len 0: none in particular) that failed. The name is not repeated when the error begins with it.
 * errnum: an errno, of either sign. */
void output_failure(struct output *out, const char *item, size_t len, const char *error, int errnum);
void output_warning(struct output *out, const char *text);

/* Call as often as you like: it limits itself. Also sends on what lines were held back. */
void output_progress(struct output *out, const struct progress *p);

/* One line of --list-only, in rsync's format. link: a symbolic link's target, or NULL. mtime in seconds. */
void output_list(struct output *out, mode_t mode, uint64_t size, int64_t mtime_s, const char *name,
		 size_t len, const char *link);

/* The last words: the event `report`, or the report for people (unless -q, which leaves one line on
 * standard error when the status is not 0). Returns output_failed. */
int output_report(struct output *out, const struct report *r);

/* 0, or -errno of the first write to standard output, the JSON descriptor or the log that failed. */
int output_failed(const struct output *out);
