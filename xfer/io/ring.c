#include "xfer/io/ring.h"

#include <errno.h>
#include <stdlib.h>

#include "xfer/base/buf.h"
#include "xfer/io/ring_impl.h"

enum {
	CALL_MAX = 0x7ffff000, /* the kernel transfers no more in one call */
	/* A regular file does not answer EAGAIN or EINTR for ever; if one does, an error beats a hang. */
	TRIES_MAX = 100,
};

void ring_list_init(struct ring_list *l)
{
	*l = (struct ring_list){ NULL, &l->first };
}

void ring_list_push(struct ring_list *l, struct ring_op *op)
{
	op->next = NULL;
	*l->end = op;
	l->end = &op->next;
}

struct ring_op *ring_list_pop(struct ring_list *l)
{
	struct ring_op *op = l->first;

	if (!op)
		return NULL;
	l->first = op->next;
	if (!l->first)
		l->end = &l->first;
	return op;
}

/* What the success of one call means, by kind: true when the operation is complete, op->result set. */

static bool call_ended(struct ring_op *op, ssize_t result)
{
	op->result = result;
	return true;
}

static bool read_ended(struct ring_op *op, ssize_t result)
{
	op->done += (size_t)result;
	op->result = (ssize_t)op->done;
	return result == 0 || op->done >= op->len; /* 0: end of the file */
}

static bool write_ended(struct ring_op *op, ssize_t result)
{
	op->done += (size_t)result;
	op->result = (ssize_t)op->done;
	if (op->done >= op->len)
		return true;
	if (result == 0)
		op->result = -EIO; /* a file that takes nothing and names no reason: do not ask for ever */
	return result == 0;
}

static const struct {
	bool (*ended)(struct ring_op *op, ssize_t result);
	bool once; /* never called twice for one operation */
} kinds[RING_KINDS] = {
	[RING_OPEN] = { call_ended, false },
	[RING_READ] = { read_ended, false },
	[RING_WRITE] = { write_ended, false },
	/* After EINTR the descriptor is closed, and its number may be another file's already. */
	[RING_CLOSE] = { call_ended, true },
	[RING_FSYNC] = { call_ended, false },
	[RING_STATX] = { call_ended, false },
};

static bool worth_retrying(const struct ring_op *op, ssize_t result)
{
	return (result == -EINTR || result == -EAGAIN) && !kinds[op->kind].once && op->tries < TRIES_MAX;
}

static void start(struct ring *r, struct ring_op *op)
{
	size_t left = op->len - op->done;

	op->max = left < CALL_MAX ? left : CALL_MAX;
	r->engine->start(r, op);
}

static void complete(struct ring *r, struct ring_op *op)
{
	CHECK(r->inflight > 0);
	r->inflight--;
	op->busy = false;
	if (op->batch)
		--*op->batch;
	else
		ring_list_push(&r->done, op);
}

void ring_settle(struct ring *r, struct ring_op *op, ssize_t result)
{
	if (worth_retrying(op, result)) {
		op->tries++;
		start(r, op);
		return;
	}
	op->tries = 0;
	if (result < 0)
		op->result = result;
	else if (!kinds[op->kind].ended(op, result)) {
		start(r, op);
		return;
	}
	complete(r, op);
}

/* Takes op in; the caller has made room. */
static void begin(struct ring *r, struct ring_op *op, size_t *batch)
{
	CHECK(!op->busy && op->kind <= RING_STATX);
	op->busy = true;
	op->batch = batch;
	op->done = 0;
	op->tries = 0;
	r->inflight++;
	if (op->offset > INT64_MAX) /* io_uring takes -1 for "where the file stands" */
		ring_settle(r, op, -EINVAL);
	else
		start(r, op);
}

void ring_submit(struct ring *r, struct ring_op *op)
{
	while (r->inflight == r->depth)
		r->engine->turn(r, 1);
	begin(r, op, NULL);
}

void ring_flush(struct ring *r)
{
	r->engine->flush(r);
}

struct ring_op *ring_wait(struct ring *r)
{
	while (!r->done.first && r->inflight)
		r->engine->turn(r, 1);
	return ring_list_pop(&r->done);
}

void ring_run(struct ring *r, struct ring_op *ops, size_t n)
{
	size_t out = 0, next = 0;

	while (next < n || out) {
		for (; next < n && r->inflight < r->depth; next++) {
			out++;
			begin(r, &ops[next], &out);
		}
		/* The last calls are waited for together, which is one system call for a batch that fits.
		 * Before, half the depth at a time: few calls, and the disk never runs dry. */
		size_t need = next < n ? (r->inflight + 1) / 2 : out;
		if (need)
			r->engine->turn(r, (unsigned)need);
	}
}

static bool host_lacks_uring(int code)
{
	/* ENOMEM: before 5.12 the rings counted against RLIMIT_MEMLOCK. EACCES: refused by SELinux. */
	return code == -ENOSYS || code == -EPERM || code == -EACCES || code == -ENOMEM;
}

static int engine_init(struct ring *r, enum ring_backend want, struct err *err)
{
	if (want == RING_PLAIN)
		return ring_plain_init(r, err);

	int ret = ring_uring_init(r, err);
	if (ret && want == RING_AUTO && host_lacks_uring(ret)) {
		*err = (struct err){ 0 }; /* nothing is wrong */
		return ring_plain_init(r, err);
	}
	return ret;
}

static void ring_freep(struct ring **r)
{
	ring_free(*r);
}

int ring_new(struct ring **out, enum ring_backend want, unsigned depth, struct err *err)
{
	if (!depth || depth > RING_DEPTH_MAX)
		return err_say(err, -EINVAL, "ring: depth %u is not within 1 to %d", depth, RING_DEPTH_MAX);

	AUTO(ring_freep) struct ring *r = calloc(1, sizeof *r);
	if (!r)
		return err_set(err, -ENOMEM, "ring");
	r->depth = depth;
	ring_list_init(&r->done);

	int ret = engine_init(r, want, err);
	if (ret)
		return ret;
	*out = TAKE(r);
	return 0;
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	while (r->inflight)
		r->engine->turn(r, r->inflight);
	if (r->engine)
		r->engine->free(r);
	free(r);
}

const char *ring_name(const struct ring *r)
{
	return r->engine->name;
}
