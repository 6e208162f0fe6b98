/* queue.h - a bounded queue of buffers between one thread that fills it and one that empties it.
 *
 * The bound is in bytes. What is larger than all of it is admitted while the queue is empty, so that a large row passes.
 * A push hands the bytes over: whoever pops them frees them. Either side may give up with queue_abort, and neither waits
 * any longer. Any thread may call these functions, but for new and free. */
#pragma once
#include "xfer/base/buf.h"
#include "xfer/base/err.h"

struct queue;

/* -ENOMEM. */
int queue_new(struct queue **out, size_t bound, struct err *err);
/* Frees what is still in it too. Accepts NULL. No other thread is in a call any more. */
void queue_free(struct queue *q);

/* Takes the content of b, which is empty afterwards with the same limit. Waits for room. 0; -ENOMEM; -ECANCELED once the queue was aborted:
 * then b keeps what it had. Not after queue_close. */
int queue_push(struct queue *q, struct buf *b);
/* No more will come; what is there is still popped. */
void queue_close(struct queue *q);
/* Waits for the next buffer, which takes the place of what b held: that is freed. 1; 0: closed and empty; -ECANCELED. */
int queue_pop(struct queue *q, struct buf *b);
/* Both sides get -ECANCELED from now on. */
void queue_abort(struct queue *q);
