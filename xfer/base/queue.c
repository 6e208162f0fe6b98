#include "xfer/base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "xfer/base/cond.h"

struct item {
	struct item *next;
	struct buf buf;
};

struct queue {
	pthread_mutex_t lock; /* of all below */
	struct cond moved;    /* something was pushed, popped, closed or aborted */
	struct item *first, *last;
	size_t bytes, bound;
	bool closed, aborted;
};

int queue_new(struct queue **out, size_t bound, struct err *err)
{
	struct queue *q = calloc(1, sizeof *q);
	if (!q)
		return err_set(err, -ENOMEM, "queue");
	q->bound = bound;
	pthread_mutex_init(&q->lock, NULL);
	*out = q;
	return 0;
}

static struct item *take_first(struct queue *q)
{
	struct item *i = q->first;
	q->first = i->next;
	q->bytes -= i->buf.len;
	return i;
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	while (q->first) {
		struct item *i = take_first(q);
		buf_fini(&i->buf);
		free(i);
	}
	pthread_mutex_destroy(&q->lock);
	free(q);
}

static bool has_room(const struct queue *q, size_t len)
{
	return !q->first || (q->bytes <= q->bound && len <= q->bound - q->bytes);
}

int queue_push(struct queue *q, struct buf *b)
{
	struct item *i = malloc(sizeof *i);
	if (!i)
		return -ENOMEM;
	pthread_mutex_lock(&q->lock);
	CHECK(!q->closed);
	while (!q->aborted && !has_room(q, b->len))
		cond_wait(&q->moved, &q->lock);
	bool aborted = q->aborted;
	if (!aborted) {
		*i = (struct item){ .buf = *b };
		*(q->first ? &q->last->next : &q->first) = i;
		q->last = i;
		q->bytes += b->len;
		cond_wake_all(&q->moved);
		buf_init(b, b->limit);
	}
	pthread_mutex_unlock(&q->lock);
	if (aborted)
		free(i);
	return aborted ? -ECANCELED : 0;
}

int queue_pop(struct queue *q, struct buf *b)
{
	struct item *i = NULL;
	buf_fini(b); /* before the wait: it may be large */
	pthread_mutex_lock(&q->lock);
	while (!q->aborted && !q->first && !q->closed)
		cond_wait(&q->moved, &q->lock);
	int rc = q->aborted ? -ECANCELED : q->first != NULL;
	if (rc > 0) {
		i = take_first(q);
		cond_wake_all(&q->moved);
	}
	pthread_mutex_unlock(&q->lock);
	if (i)
		*b = i->buf;
	free(i);
	return rc;
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	cond_wake_all(&q->moved);
	pthread_mutex_unlock(&q->lock);
}

void queue_abort(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->aborted = true;
	cond_wake_all(&q->moved);
	pthread_mutex_unlock(&q->lock);
}
