/* The io_uring engine: liburing, one submission entry for each call, one io_uring_enter for each turn. */
#include "xfer/io/ring_impl.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>

#include "xfer/base/buf.h"

static void prep_open(struct io_uring_sqe *sqe, struct ring_op *op)
{
	/* the kernel copies *how at submission and does not change it; liburing only forgot the const */
	if (op->how)
		io_uring_prep_openat2(sqe, op->fd, op->name, (struct open_how *)op->how);
	else
		io_uring_prep_openat(sqe, op->fd, op->name, op->flags, op->mode);
}

static void prep_read(struct io_uring_sqe *sqe, struct ring_op *op)
{
	io_uring_prep_read(sqe, op->fd, (char *)op->buf + op->done, (unsigned)op->max, op->offset + op->done);
}

static void prep_write(struct io_uring_sqe *sqe, struct ring_op *op)
{
	const char *from = (const char *)op->data + op->done;

	io_uring_prep_write(sqe, op->fd, from, (unsigned)op->max, op->offset + op->done);
}

static void prep_close(struct io_uring_sqe *sqe, struct ring_op *op)
{
	io_uring_prep_close(sqe, op->fd);
}

static void prep_fsync(struct io_uring_sqe *sqe, struct ring_op *op)
{
	io_uring_prep_fsync(sqe, op->fd, op->flags ? IORING_FSYNC_DATASYNC : 0);
}

static void prep_statx(struct io_uring_sqe *sqe, struct ring_op *op)
{
	io_uring_prep_statx(sqe, op->fd, op->name, op->flags, op->mode, op->stat);
}

static void (*const preps[RING_KINDS])(struct io_uring_sqe *sqe, struct ring_op *op) = {
	[RING_OPEN] = prep_open,   [RING_READ] = prep_read,   [RING_WRITE] = prep_write,
	[RING_CLOSE] = prep_close, [RING_FSYNC] = prep_fsync, [RING_STATX] = prep_statx,
};

static void uring_start(struct ring *r, struct ring_op *op)
{
	/* no more calls are ever unsubmitted than operations in flight, and the ring has a slot for each */
	struct io_uring_sqe *sqe = io_uring_get_sqe(r->state);

	CHECK(sqe);
	preps[op->kind](sqe, op);
	io_uring_sqe_set_data(sqe, op);
}

/* Settling starts the next call of a short transfer, which only queues it: the loop is not disturbed. */
static void reap(struct ring *r)
{
	struct io_uring *u = r->state;
	struct io_uring_cqe *cqe;
	unsigned head, seen = 0;

	io_uring_for_each_cqe (u, head, cqe) {
		ring_settle(r, io_uring_cqe_get_data(cqe), cqe->res);
		seen++;
	}
	io_uring_cq_advance(u, seen);
}

/* What may pass: a signal, and a shortage of memory or of room for completions, which reaping relieves. */
static bool passes(int code)
{
	return code == -EINTR || code == -EAGAIN || code == -EBUSY;
}

static void uring_flush(struct ring *r)
{
	int ret = io_uring_submit(r->state);

	CHECK(ret >= 0 || passes(ret));
}

static void uring_turn(struct ring *r, unsigned need)
{
	int ret = io_uring_submit_and_wait(r->state, need);

	CHECK(ret >= 0 || passes(ret));
	reap(r);
}

static void uring_free(struct ring *r)
{
	io_uring_queue_exit(r->state);
	free(r->state);
}

static const struct ring_engine uring_engine = {
	.name = "uring",
	.start = uring_start,
	.flush = uring_flush,
	.turn = uring_turn,
	.free = uring_free,
};

/* Best first; a kernel that does not know a flag says EINVAL. One thread owns the ring, so completions
 * need not interrupt it: they are run when it waits (6.1), or at its next system call (5.19). SUBMIT_ALL:
 * a name that is too long must not cut the batch in two. */
static int set_up(struct io_uring *u, unsigned depth)
{
	static const unsigned flags[] = {
		IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
		IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN,
		0,
	};
	int ret = -EINVAL;

	for (size_t i = 0; ret == -EINVAL && i < sizeof flags / sizeof *flags; i++)
		ret = io_uring_queue_init(depth, u, flags[i]);
	return ret;
}

static void probe_freep(struct io_uring_probe **probe)
{
	io_uring_free_probe(*probe);
}

/* The name of an operation that we need and the kernel (5.6 and later have all) lacks, or NULL. */
static const char *missing(struct io_uring *u)
{
	static const struct {
		int op;
		const char *name;
	} needed[] = {
		{ IORING_OP_OPENAT, "openat" }, { IORING_OP_OPENAT2, "openat2" },
		{ IORING_OP_READ, "read" },	{ IORING_OP_WRITE, "write" },
		{ IORING_OP_CLOSE, "close" },	{ IORING_OP_FSYNC, "fsync" },
		{ IORING_OP_STATX, "statx" },
	};
	AUTO(probe_freep) struct io_uring_probe *probe = io_uring_get_probe_ring(u);

	if (!probe)
		return "probe";
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!io_uring_opcode_supported(probe, needed[i].op))
			return needed[i].name;
	return NULL;
}

/* A filter may let us set up a ring and then forbid its use. Better to know before the first file. */
static int rehearse(struct io_uring *u)
{
	struct io_uring_cqe *cqe;

	io_uring_prep_nop(io_uring_get_sqe(u));
	/* a signal may cut a wait short, before or after the submission: wait until the answer is there */
	while (io_uring_peek_cqe(u, &cqe)) {
		int ret = io_uring_submit_and_wait(u, 1);
		if (ret < 0 && !passes(ret))
			return ret;
	}
	io_uring_cqe_seen(u, cqe);
	return 0;
}

static int check(struct io_uring *u, struct err *err)
{
	const char *lacks = missing(u);
	if (lacks)
		return err_say(err, -ENOSYS, "io_uring: the kernel lacks or forbids the operation %s", lacks);

	int ret = rehearse(u);
	return ret ? err_set(err, ret, "io_uring: first use") : 0;
}

static void freep(struct io_uring **u)
{
	free(*u);
}

int ring_uring_init(struct ring *r, struct err *err)
{
	AUTO(freep) struct io_uring *u = calloc(1, sizeof *u);
	if (!u)
		return err_set(err, -ENOMEM, "io_uring");

	int ret = set_up(u, r->depth);
	if (ret)
		return err_set(err, ret, "io_uring: set up");

	ret = check(u, err);
	if (ret) {
		io_uring_queue_exit(u);
		return ret;
	}
	r->engine = &uring_engine;
	r->state = TAKE(u);
	return 0;
}
