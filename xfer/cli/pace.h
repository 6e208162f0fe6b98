/* pace.h - how fast the user wants a run to go, and until when: --bwlimit, --bwlimit-file, --deadline.
 *
 * It is the user's side alone that looks at its file and its clock; the link, or the splice between two hosts, calls it while it waits. One
 * owner; options, link and splice are borrowed for its life. */
#pragma once
#include "xfer/base/err.h"
#include "xfer/base/deadline.h"
#include "xfer/tree/options.h"
#include "xfer/wire/splice.h"

enum { PACE_TEXT = 64 }; /* longest content of a --bwlimit-file */

struct pace {
	const struct options *options;
	struct link *link; /* what keeps to it: one of the two, or nothing yet */
	struct splice *splice;
	uint64_t bytes_per_s;	  /* 0: no limit */
	char text[PACE_TEXT + 1]; /* the file's content when it was last looked at */
	bool cannot_read;	  /* and that was told */
	uint64_t looked_at;
	struct deadline deadline;
	struct timespec until; /* wall time of the deadline, for people */
	void (*warn)(void *ctx, const char *text);
	void *ctx;
};

/* -EINVAL, or what opening the file says: the text names the option. warn may be called later. */
int pace_init(struct pace *p, const struct options *o, struct err *err);
/* From here on the link keeps to it. */
void pace_attach(struct pace *p, struct link *l);
/* This splice instead, whose job has pace_watch for its watch. */
void pace_attach_splice(struct pace *p, struct splice *s);
void pace_progress(struct pace *p, const struct progress *now);
/* What they call (ctx: the pace). -ETIME when the deadline cannot be kept. */
int pace_watch(void *ctx, struct err *err);
