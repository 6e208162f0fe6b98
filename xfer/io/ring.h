/* ring.h - asynchronous operations on regular files, by io_uring or by plain system calls.
 *
 * Both backends do the same: an operation is queued, is carried out some time before its completion is
 * handed out, and its result is >= 0 or -errno. Operations in flight have no order among them. Short
 * transfers are continued inside, EINTR and EAGAIN tried again, so a read ends short only at the end of
 * the file and a write never does; an error after half a transfer is that error. A close is tried once.
 *
 *	struct ring_op ops[2] = {
 *		ring_op_open(dir, "a", O_RDONLY | O_CLOEXEC, 0),
 *		ring_op_read(fd, buf, sizeof buf, 0),
 *	};
 *	ring_run(ring, ops, 2);		then look at each ops[i].result
 *
 * What pays (measured, files of 8 KB, batches of 128): all opens in a batch, then all reads, then all
 * closes is as fast as linked direct descriptors: 2 times plain calls in a warm cache, 6 times in a cold
 * one. fsync in bulk: 2.5 times. statx, O_CREAT and buffered writes on ext4 go to the kernel's workers:
 * warm, they take as long as plain calls and 20 % more CPU.
 *
 * Ownership: the caller owns the op and all that it points to (name, open_how, buffer, statx) and leaves
 * them alone from submission until the op is handed out. A ring belongs to the thread that made it, and
 * does not survive fork. Make it after unshare(CLONE_FILES): the kernel's workers keep the descriptor
 * table that they were started with. Regular files and directories only: what may block for ever
 * (fifos, devices, sockets) would hold up ring_free, and the plain backend altogether. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "xfer/base/err.h"

enum { RING_DEPTH_MAX = 4096 };

enum ring_backend {
	RING_AUTO,  /* io_uring where the host has it and allows it, else plain */
	RING_URING, /* io_uring or an error that says why not */
	RING_PLAIN,
};

enum ring_kind { RING_OPEN, RING_READ, RING_WRITE, RING_CLOSE, RING_FSYNC, RING_STATX };

struct ring;
struct open_how; /* linux/openat2.h */
struct statx;

/* Made by the ring_op_* functions below; the cookie may be set afterwards. Once completed, it may be
 * submitted again. */
struct ring_op {
	enum ring_kind kind;
	int fd; /* OPEN and STATX: of the directory, or AT_FDCWD */
	const char *name;
	union {
		const struct open_how *how; /* OPEN: by openat2; NULL: by openat */
		void *buf;		    /* READ */
		const void *data;	    /* WRITE */
		struct statx *stat;	    /* STATX */
	};
	size_t len;
	uint64_t offset;
	int flags;	/* O_*, AT_*; FSYNC: 0, or 1 for fdatasync */
	unsigned mode;	/* OPEN: mode; STATX: mask */
	void *cookie;	/* the caller's */
	ssize_t result; /* descriptor, bytes or 0; else -errno */

	/* The ring's own. */
	size_t done;   /* bytes that earlier calls transferred */
	size_t max;    /* bytes asked for by this call; a fault hook may lower it */
	size_t *batch; /* ring_run: how many are still out; NULL: handed out by ring_wait */
	struct ring_op *next;
	unsigned tries; /* fruitless calls in a row */
	bool busy;
};

/* Makes a ring for depth (1 to RING_DEPTH_MAX) operations in flight at once. */
int ring_new(struct ring **out, enum ring_backend want, unsigned depth, struct err *err);

/* Waits for what is in flight, handed out or not; ops queued before must still exist. NULL is fine. */
void ring_free(struct ring *r);

const char *ring_name(const struct ring *r); /* "uring" or "plain" */

/* Queues op for ring_wait. It starts at the latest with the next ring_wait, ring_run or ring_flush.
 * Waits only when depth operations are in flight, and then for one of them. */
void ring_submit(struct ring *r, struct ring_op *op);

/* Starts what is queued, so that it proceeds while the caller does something else. Does not wait.
 * The plain backend has nobody else to do the work and leaves it to ring_wait. */
void ring_flush(struct ring *r);

/* The next completed op of those submitted by ring_submit; waits for one. NULL when there are none left. */
struct ring_op *ring_wait(struct ring *r);

/* Carries out all n operations, which may be more than depth, and returns when all have their result.
 * What ring_submit queued goes on meanwhile and stays for ring_wait. */
void ring_run(struct ring *r, struct ring_op *ops, size_t n);

/* Tests only, plain backend only: hook is called before each system call. A return of -errno is taken
 * for the call's result and the call not made; 0 lets it happen. Lowering op->max makes a transfer short
 * (0: as at the end of the file). NULL takes the hook away. */
void ring_plain_set_fault(struct ring *r, int (*hook)(void *ctx, struct ring_op *op), void *ctx);

static inline struct ring_op ring_op_open(int dirfd, const char *name, int flags, mode_t mode)
{
	return (struct ring_op){ .kind = RING_OPEN, .fd = dirfd, .name = name, .flags = flags, .mode = mode };
}

/* By openat2: how says flags, mode and how far the name may lead (RESOLVE_BENEATH, ...). */
static inline struct ring_op ring_op_open_how(int dirfd, const char *name, const struct open_how *how)
{
	return (struct ring_op){ .kind = RING_OPEN, .fd = dirfd, .name = name, .how = how };
}

static inline struct ring_op ring_op_read(int fd, void *buf, size_t len, uint64_t offset)
{
	return (struct ring_op){ .kind = RING_READ, .fd = fd, .buf = buf, .len = len, .offset = offset };
}

static inline struct ring_op ring_op_write(int fd, const void *data, size_t len, uint64_t offset)
{
	return (struct ring_op){ .kind = RING_WRITE, .fd = fd, .data = data, .len = len, .offset = offset };
}

/* The descriptor is gone afterwards, whatever the result. */
static inline struct ring_op ring_op_close(int fd)
{
	return (struct ring_op){ .kind = RING_CLOSE, .fd = fd };
}

static inline struct ring_op ring_op_fsync(int fd, bool data_only)
{
	return (struct ring_op){ .kind = RING_FSYNC, .fd = fd, .flags = data_only };
}

static inline struct ring_op ring_op_statx(int dirfd, const char *name, int flags, unsigned mask,
					   struct statx *out)
{
	return (struct ring_op){
		.kind = RING_STATX,
		.fd = dirfd,
		.name = name,
		.flags = flags,
		.mode = mask,
		.stat = out,
	};
}
