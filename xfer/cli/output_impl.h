/* output_impl.h - what output.c and output_list.c share; nobody else includes it. */
#pragma once
#include "xfer/base/event.h"
#include "xfer/base/line.h"
#include "xfer/cli/output.h"
#include "xfer/cli/report_event.h"
#include "xfer/front/ticker.h"

struct output {
	const struct options *o;
	const char *verb;
	bool is_verify;

	struct line out, err, log;
	bool have_log;	    /* log.fd is ours */
	struct event event; /* meaningful with o->json */
	int dropped;	    /* -errno of the first line that was too long for memory */

	bool out_is_tty, err_is_tty;
	struct ticker ticker;

	struct failure failures[OUTPUT_FAILURES];
	size_t failures_kept, failures_total, failures_bytes;
};

/* Ends a line, or an event, of this output. */
void output_end(struct output *out, struct line *l);
void output_end_event(struct output *out);
