/* said.h - what a child says, taken apart as it comes, in pieces of any size: events on its standard output, anything on its standard
 * error. What it may be is not trusted: a line of more than SAID_LINE bytes, or of more than SAID_VALUES values, is dropped, and so is
 * what is no JSON object with an "event"; each is warned of once. So memory is bounded, whatever comes.
 *
 *   progress  done_bytes, total_bytes, else done_items, total_items; total_known; eta_s
 *   warning   text
 *   failure   item, error
 *   report    ok, and why not: reason, error, or meaning
 *
 * The news are borrowed, and changed: the members that come from words. One owner. */
#pragma once
#include "scheduler/run/child.h"
#include "xfer/base/line.h"

enum {
	SAID_LINE =
		12
		<< 20, /* the longest that xfer and dbdump make: a report with 1000 failures, 1 MiB of raw names */
	SAID_VALUES = 100000,
	SAID_ERROR_LINE = 16 << 10, /* the rest of a longer line of standard error is dropped */
	SAID_LOG = 64 << 20,	    /* no more than this is logged */
};

struct said_stream {
	struct buf begun; /* a line whose end has not come yet */
	bool skip;	  /* the rest of a line that was too long */
};

struct said {
	struct child_news *news;
	void (*hear)(void *arg, const json_t *event);
	void *arg;
	struct said_stream out, error;
	struct line log;
	size_t logged;
	json_t *report;
	bool refused; /* a report said that it was not ok */
	bool heard;   /* an event, since said_out was called */
	bool told_long, told_strange, told_log;
	char failure[CHILD_TEXT],
		last_words[CHILD_TEXT]; /* of the last failure; the last line of standard error */
};

void said_init(struct said *s, struct child_news *news, const struct child_spec *spec);
void said_fini(struct said *s);

/* Returns whether an event was in it, or something to warn of. */
bool said_out(struct said *s, const char *p, size_t n);
void said_error(struct said *s, const char *p, size_t n);
/* Nothing more comes: what was begun is a line. As said_out. */
bool said_end(struct said *s);

/* By its own words, why it failed; false when it did not say. */
bool said_why(const struct said *s, char out[static CHILD_TEXT]);
