/* output_impl.h - what output.c, output_progress.c and output_list.c share; nobody else includes it. */
#pragma once
#include "xfer/base/event.h"
#include "xfer/base/line.h"
#include "xfer/base/meter.h"
#include "xfer/cli/output.h"
#include "xfer/cli/report_event.h"

struct output {
	const struct options *o;
	const char *verb;
	bool is_verify;

	struct line out, err, log;
	bool have_log;	    /* log.fd is ours */
	struct event event; /* meaningful with o->json */
	int dropped;	    /* -errno of the first line that was too long for memory */

	bool out_is_tty, err_is_tty;
	bool shows_progress; /* to a person, on standard error */
	struct meter meter;
	uint64_t told_at;     /* clock_now of the last progress; 0 none yet */
	struct progress last; /* that came; its phase is NULL when it was told */
	size_t drawn;	      /* width of the progress line that stands on the terminal */

	struct failure failures[OUTPUT_FAILURES];
	size_t failures_kept, failures_total, failures_bytes;
};

/* Ends a line, or an event, of this output. */
void output_end(struct output *out, struct line *l);
void output_end_event(struct output *out);

/* Tells the last progress if that was held back: a phase's last is where it ended. */
void output_last_progress(struct output *out);

/* Takes the progress line off the terminal, before something else is written there. */
void output_clear(struct output *out);
