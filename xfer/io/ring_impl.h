/* ring_impl.h - what ring.c and its two engines share. Nobody else includes it.
 *
 * The ring decides which operations go and when one has completed; an engine only makes calls: start
 * queues one call of an op, turn makes calls happen and gives every result to ring_settle. */
#pragma once
#include "xfer/io/ring.h"

enum { RING_KINDS = RING_STATX + 1 };

struct ring_list {
	struct ring_op *first, **end;
};

void ring_list_init(struct ring_list *l);
void ring_list_push(struct ring_list *l, struct ring_op *op);
struct ring_op *ring_list_pop(struct ring_list *l); /* NULL when empty */

struct ring_engine {
	const char *name;
	/* Queues one call: for op->max bytes, op->done of them transferred before. There is always room. */
	void (*start)(struct ring *r, struct ring_op *op);
	/* Lets what is queued begin. */
	void (*flush)(struct ring *r);
	/* As flush, then waits for need calls (>= 1, <= r->inflight) to end; may return sooner. */
	void (*turn)(struct ring *r, unsigned need);
	void (*free)(struct ring *r); /* with nothing in flight */
};

struct ring {
	const struct ring_engine *engine;
	void *state; /* the engine's */
	unsigned depth;
	unsigned inflight;     /* submitted and not completed; never above depth */
	struct ring_list done; /* completed, for ring_wait */
};

/* The one place where the result of a call, from either engine, becomes the result of an operation or
 * leads to the next call. */
void ring_settle(struct ring *r, struct ring_op *op, ssize_t result);

/* Each sets engine and state. */
int ring_uring_init(struct ring *r, struct err *err);
int ring_plain_init(struct ring *r, struct err *err);
