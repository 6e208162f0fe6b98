/* link_impl.h - what the link's own files share. */
#pragma once
#include "xfer/base/clock.h"
#include "xfer/base/rate.h"
#include "xfer/codec/compress.h"
#include "xfer/wire/link.h"

enum { IN_SIZE = 2 * (FRAME_HEAD + FRAME_MAX) };
#define LAST_WORDS (5 * CLOCK_SECOND) /* for what a peer that takes nothing more may have said */

struct link {
	struct chan *chan;
	struct compressor *zstd;
	enum link_compress compress;
	struct rate rate_in, rate_out;
	link_handler *handler;
	void *ctx;
	const volatile int *quit;
	link_watch *watch;
	void *watch_ctx;
	uint64_t watched; /* clock_now of its last call */
	link_idle *idle;
	void *idle_ctx;
	const bool *hold;
	int timeout;		    /* seconds */
	uint64_t last_in, last_out; /* clock_now of the last byte */
	int failed;		    /* sticks */
	bool ended;		    /* the stream's end was seen */
	bool mute;		    /* it takes no PING: no fault of the session, which may be over */
	int abort_status;	    /* of an ABORT that only last_words heard */

	uint8_t *in; /* IN_SIZE; [in_at, in_end) is not parsed yet */
	size_t in_at, in_end;
	struct buf out;
	uint8_t *unpacked, *packed; /* FRAME_MAX each */
	struct link_stats stats;
};

/* The link is of no use any more. Returns code, err filled. */
int link_fail(struct link *l, struct err *err, int code, const char *what);

/* Waits for the channel; looks at the quit flag, the watch and the timeout. Returns chan_wait's bits: none when the rate had
 * to be waited for, and it is to be tried again. */
int link_wait_for(struct link *l, bool want_read, bool want_write, struct err *err);

/* Sends a PING when the peer might give us up, who heard of us last a third of the timeout before now. A peer that takes none
 * may have said all it had to say, and ended: what came from it is still to be read, and shows which. */
int link_keep_alive(struct link *l, uint64_t now, struct err *err);

/* Can something be read, now or until then? */
bool link_hears(struct chan *chan, uint64_t until);
/* Looks for an ABORT in what was read, and in what still comes until the stream ends or LAST_WORDS are over. Returns its status,
 * err filled and -ECONNABORTED, or 0. begun is not touched: who calls may still use what it read. */
int link_abort_await(struct chan *chan, const uint8_t *begun, size_t len, struct err *err);
