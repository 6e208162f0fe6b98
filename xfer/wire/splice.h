/* splice.h - two channels joined: whole frames go from each to the other as they came.
 *
 * Of a frame that only passes, the head and the hash are looked at, so that what is damaged is known by the side it came
 * from; a payload is neither unpacked nor understood. Frames of the kinds that are asked for go to a handler first, unpacked.
 * What stands between the two is bounded, a few megabytes each way: a side that does not read holds the other up.
 * The ends keep each other alive with PING; nothing is said by itself, but for ABORT, and a PING where a frame comes so slowly
 * that who waits for it would give up. One owner. */
#pragma once
#include "xfer/base/buf.h"
#include "xfer/io/chan.h"
#include "xfer/wire/link.h"

enum { SPLICE_ENDS = 2 };

/* A frame came from this end: 1 to pass it on, 0 to keep it, -errno (err filled) to end. */
typedef int splice_handler(void *ctx, int from, const struct frame *f, struct err *err);

struct splice_end {
	const char *name; /* for people; borrowed */
	struct chan *chan;
	struct buf begun; /* what was read from it already */
};

struct splice_job {
	unsigned handled; /* a bit 1 << type for each kind that the handler sees */
	splice_handler *handler;
	void *ctx;
	int timeout; /* seconds without a sign of life; 0: for ever */
	const volatile int *quit;
	link_watch *watch; /* about twice a second; NULL: none */
	void *watch_ctx;
};

struct splice;

/* Takes the channels in any case, and nothing else. *job is borrowed. */
int splice_new(struct splice **out, const struct splice_job *job, struct splice_end end[SPLICE_ENDS],
	       struct err *err);
/* No more than so many bytes a second from each end, and to each; 0: no limit. */
void splice_set_rate(struct splice *s, uint64_t bytes_per_s);
/* Until *finished, which the handler sets, and all that was to be passed on is written. An error names the end that it is of. */
int splice_run(struct splice *s, const bool *finished, struct err *err);
/* Tells both ends, as far as they listen within a few seconds, that it is over; see link_abort. */
void splice_abort(struct splice *s, int status, const char *text);
/* Bytes on both channels. */
void splice_get_stats(const struct splice *s, struct link_stats *out);
void splice_free(struct splice *s);
