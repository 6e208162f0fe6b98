/* The plain engine: a queue of calls, made one by one when somebody waits for them. */
#include "xfer/io/ring_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct plain {
	struct ring_list queued;
	int (*fault)(void *ctx, struct ring_op *op);
	void *fault_ctx;
};

/* One system call each, as the C library gives it: -1 and errno. */

static ssize_t call_open(struct ring_op *op)
{
	if (op->how)
		return syscall(SYS_openat2, op->fd, op->name, op->how, sizeof *op->how);
	return openat(op->fd, op->name, op->flags, (mode_t)op->mode);
}

static ssize_t call_read(struct ring_op *op)
{
	return pread(op->fd, (char *)op->buf + op->done, op->max, (off_t)(op->offset + op->done));
}

static ssize_t call_write(struct ring_op *op)
{
	return pwrite(op->fd, (const char *)op->data + op->done, op->max, (off_t)(op->offset + op->done));
}

static ssize_t call_close(struct ring_op *op)
{
	return close(op->fd);
}

static ssize_t call_fsync(struct ring_op *op)
{
	return op->flags ? fdatasync(op->fd) : fsync(op->fd);
}

static ssize_t call_statx(struct ring_op *op)
{
	return statx(op->fd, op->name, op->flags, op->mode, op->stat);
}

static ssize_t (*const calls[RING_KINDS])(struct ring_op *op) = {
	[RING_OPEN] = call_open,   [RING_READ] = call_read,   [RING_WRITE] = call_write,
	[RING_CLOSE] = call_close, [RING_FSYNC] = call_fsync, [RING_STATX] = call_statx,
};

static ssize_t perform(struct plain *p, struct ring_op *op)
{
	int fault = p->fault ? p->fault(p->fault_ctx, op) : 0;
	if (fault)
		return fault;

	ssize_t n = calls[op->kind](op);
	return n < 0 ? -errno : n;
}

static void plain_start(struct ring *r, struct ring_op *op)
{
	struct plain *p = r->state;

	ring_list_push(&p->queued, op);
}

static void plain_flush(struct ring *r)
{
	(void)r;
}

static void plain_turn(struct ring *r, unsigned need)
{
	struct plain *p = r->state;

	for (; need && p->queued.first; need--) {
		struct ring_op *op = ring_list_pop(&p->queued);
		ring_settle(r, op, perform(p, op));
	}
}

static void plain_free(struct ring *r)
{
	free(r->state);
}

static const struct ring_engine plain_engine = {
	.name = "plain",
	.start = plain_start,
	.flush = plain_flush,
	.turn = plain_turn,
	.free = plain_free,
};

int ring_plain_init(struct ring *r, struct err *err)
{
	struct plain *p = calloc(1, sizeof *p);

	if (!p)
		return err_set(err, -ENOMEM, "ring");
	ring_list_init(&p->queued);
	r->engine = &plain_engine;
	r->state = p;
	return 0;
}

void ring_plain_set_fault(struct ring *r, int (*hook)(void *ctx, struct ring_op *op), void *ctx)
{
	CHECK(r->engine == &plain_engine);
	struct plain *p = r->state;

	p->fault = hook;
	p->fault_ctx = ctx;
}
