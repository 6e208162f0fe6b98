/* output.h - everything a run tells: to a person, or to a program (--json).
 *
 *   standard output  the report; with --json the events, unless --json-fd names another place
 *   standard error   failures and warnings, always; on a terminal the progress
 *
 * No name reaches any of them raw (escape.h, event.h). A reader that goes away does not end or disturb the run: the first
 * write error of each stream silences it and is remembered (output_failed); SIGPIPE is to be ignored, by the program.
 *
 * One call at a time, from any thread. Strings given are borrowed for the call; the options for the life of the output. */
#pragma once
#include "dbdump/options.h"
#include "dbdump/report.h"
#include "xfer/base/err.h"
#include "xfer/base/event.h"
#include "xfer/base/line.h"
#include "xfer/base/progress.h"

struct output;

/* verb: "copy", "verify", "size", "preflight". Sees that --json-fd can be written. */
int output_open(struct output **out, const struct options *o, const char *verb, struct err *err);
/* Standard output is wanted for something else: text goes to standard error. -EINVAL: events would go there too. */
int output_aside(struct output *out, struct err *err);
/* Writes what is still held back. Accepts NULL. */
void output_close(struct output *out);
void output_closep(struct output **out);

/* URIs as they may be shown; destination: NULL: there is none. */
void output_start(struct output *out, const char *source, const char *destination);
void output_warning(struct output *out, const char *text);
void output_failure(struct output *out, const struct failure *f);
/* What ended the run; to standard error alone, as the report has it too. */
void output_error(struct output *out, const char *text);
/* -v: what one end is, and its moment (NULL: it has none). */
void output_connected(struct output *out, bool source, const struct server_info *info,
		      const struct snapshot *s);
/* Call as often as you like: it limits itself. */
void output_progress(struct output *out, const struct progress *p);
/* Who tells all of this; quit as in report.h. */
struct observer output_observer(struct output *out, const volatile int *quit);

/* The last words: the event `report`, or the report for people (unless -q, which leaves one line on standard error when the
 * status is not 0). Returns output_failed. */
int output_report(struct output *out, const struct report *r);

/* For what a command has of its own to tell: where its lines go (NULL: nobody wants them), or its events (NULL: not asked for).
 * output_end, or output_end_event, ends one. */
struct line *output_line(struct output *out);
struct event *output_event(struct output *out);
void output_end(struct output *out);
void output_end_event(struct output *out);

/* 0, or -errno of the first write to standard output or the JSON descriptor that failed. */
int output_failed(const struct output *out);
