#include "xfer/tree/receiver_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/err.h"
#include "xfer/base/fd.h"
#include "xfer/tree/new_file.h"

struct parts {
	struct parts_job job;
	uint64_t next;	   /* the end of what was given */
	uint8_t *chunk;	   /* the one that is being put together for the hash */
	uint64_t chunk_at; /* its offset */
	size_t filled;
	bool shared, unshared; /* some blocks are; blocks cannot be here */
	bool by_hand;	       /* the kernel does not copy from file to file */
	struct timespec old_mtime;
};

struct parts *parts_new(const struct parts_job *job)
{
	struct parts *p = calloc(1, sizeof *p);
	if (p) {
		struct stat st;
		*p = (struct parts){ .job = *job, .chunk = malloc(HASH_CHUNK) };
		if (job->old >= 0 && fstat(job->old, &st) == 0)
			p->old_mtime = st.st_mtim;
		if (p->chunk)
			return p;
		p->job.old = -1;
		parts_free(p);
	}
	if (job->old >= 0)
		close(job->old);
	return NULL;
}

void parts_free(struct parts *p)
{
	if (!p)
		return;
	if (p->job.old >= 0)
		close(p->job.old);
	free(p->chunk);
	free(p);
}

/* Hands the chunk over, filled up with zeros to len. */
static void hash_chunk(struct parts *p, size_t len)
{
	if (p->filled) { /* nothing was given of it: zeros, which count as a hole */
		memset(p->chunk + p->filled, 0, len - p->filled);
		file_hash_chunk(p->job.hash, p->chunk_at, p->chunk, len);
	}
	p->filled = 0;
}

/* As much of [at, at + len) as lies in one chunk. */
static size_t in_one_chunk(uint64_t at, size_t len)
{
	size_t room = HASH_CHUNK - (size_t)(at % HASH_CHUNK);
	return len < room ? len : room;
}

/* Where len bytes of one chunk are put for the hash; they must be there before the next ones are. */
static uint8_t *place(struct parts *p, uint64_t at, size_t len)
{
	size_t in_chunk = (size_t)(at % HASH_CHUNK);
	if (at - in_chunk != p->chunk_at) {
		hash_chunk(p, HASH_CHUNK);
		p->chunk_at = at - in_chunk;
	}
	memset(p->chunk + p->filled, 0, in_chunk - p->filled);
	p->filled = in_chunk + len;
	return p->chunk + in_chunk;
}

/* Other bytes may stand where nothing is written, where something was left; and where blocks are shared, xfs may have taken
 * room ahead of what was written, which stays when the file goes on behind it. */
static int make_zeros(struct parts *p, uint64_t from, uint64_t to)
{
	if (from >= to || !(p->job.left || p->shared))
		return 0;
	if (fallocate(p->job.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
		      (off_t)(to - from)) == 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != ENOSYS)
		return -errno;
	static const uint8_t zeros[64 * 1024];
	for (int code; from < to; from += sizeof zeros) {
		size_t n = to - from < sizeof zeros ? (size_t)(to - from) : sizeof zeros;
		if ((code = fd_write_at(p->job.fd, zeros, n, from)) < 0)
			return code;
	}
	return 0;
}

/* Comes to a piece: what was left out before it is zeros. */
static int come_to(struct parts *p, uint64_t at, size_t len)
{
	CHECK(at >= p->next && len <= HASH_CHUNK);
	int code = make_zeros(p, p->next, at);
	p->next = at + len;
	return code;
}

static int write_piece(struct parts *p, uint64_t at, const uint8_t *data, size_t len)
{
	int code = p->job.sparse ? make_zeros(p, at, at + len) : 0;
	return code < 0 ? code : new_file_write(p->job.fd, data, len, at, p->job.sparse);
}

int64_t parts_fresh(struct parts *p, uint64_t at, const void *data, size_t len)
{
	const uint8_t *from = data;
	int code = come_to(p, at, len);
	if (code < 0)
		return code;
	for (size_t n, done = 0; done < len; done += n) {
		n = in_one_chunk(at + done, len - done);
		memcpy(place(p, at + done, n), from + done, n);
	}
	code = write_piece(p, at, data, len);
	return code < 0 ? code : (int64_t)len;
}

/* Reads len bytes at from in fd to *data, where they are hashed as what stands in the new file at at. */
static int read_in(uint8_t **data, struct parts *p, int fd, uint64_t from, uint64_t at, size_t len)
{
	*data = place(p, at, len);
	ssize_t n = fd_read_at(fd, *data, len, from);
	return n < 0 ? (int)n : (size_t)n < len ? -ESTALE : 0;
}

static bool cannot(int error)
{
	return error == ENOSYS || error == EOPNOTSUPP || error == ENOTTY || error == EXDEV || error == EINVAL;
}

/* Has the new file share the old one's blocks, where the file system can do that. */
static bool share(struct parts *p, uint64_t at, uint64_t from, size_t len)
{
	enum { BLOCK = 4096 };
	if (p->unshared || at % BLOCK || from % BLOCK || len % BLOCK)
		return false;
	struct file_clone_range range = { p->job.old, from, len, at };
	p->unshared = ioctl(p->job.fd, FICLONERANGE, &range) <
		      0; /* an error of the disk's copying will meet too */
	p->shared |= !p->unshared;
	return !p->unshared;
}

/* Has the kernel copy, which takes half as long as reading and writing. Returns 1 where it does not. */
static int copy_in_kernel(struct parts *p, uint64_t at, uint64_t from, size_t len)
{
	if (p->by_hand || p->job.sparse)
		return 1;
	for (ssize_t n; len > 0; len -= (size_t)n) {
		loff_t in = (loff_t)from, out = (loff_t)at;
		n = copy_file_range(p->job.old, &in, p->job.fd, &out, len, 0);
		p->by_hand = n < 0 && cannot(errno);
		if (n <= 0)
			return p->by_hand ? 1 : n < 0 ? -errno : -ESTALE;
		from += (uint64_t)n;
		at += (uint64_t)n;
	}
	return 0;
}

/* A piece of one chunk. Hashed is what was read from where it stands in the end, whatever becomes of the old version. Blocks
 * that are shared are read from that, in whose page cache they are; parts_end sees that it did not change. */
static int64_t take_old(struct parts *p, uint64_t at, uint64_t from, size_t len)
{
	uint8_t *data;
	if (share(p, at, from, len))
		return read_in(&data, p, p->job.old, from, at, len);
	int code = copy_in_kernel(p, at, from, len);
	if (code == 0)
		code = read_in(&data, p, p->job.fd, at, at, len);
	else if (code > 0 && (code = read_in(&data, p, p->job.old, from, at, len)) == 0)
		code = write_piece(p, at, data, len);
	return code < 0 ? code : (int64_t)len;
}

int64_t parts_old(struct parts *p, uint64_t at, uint64_t from, size_t len)
{
	int64_t written = 0, n = come_to(p, at, len);
	for (size_t piece, done = 0; n >= 0 && done < len; done += piece) {
		piece = in_one_chunk(at + done, len - done);
		n = take_old(p, at + done, from + done, piece);
		written += n;
	}
	return n < 0 ? n : written;
}

int64_t parts_kept(struct parts *p, uint64_t at, size_t len)
{
	uint8_t *data;
	int code = come_to(p, at, len);
	for (size_t n, done = 0; code == 0 && done < len; done += n) {
		n = in_one_chunk(at + done, len - done);
		code = read_in(&data, p, p->job.fd, at + done, at + done, n);
	}
	return code;
}

int parts_end(struct parts *p, uint64_t size)
{
	struct stat st;
	if (p->job.old >= 0 && (fstat(p->job.old, &st) < 0 || st.st_mtim.tv_sec != p->old_mtime.tv_sec ||
				st.st_mtim.tv_nsec != p->old_mtime.tv_nsec))
		return -ESTALE;
	int code = size > p->next ? make_zeros(p, p->next, size) : 0;
	uint64_t left = size > p->chunk_at ? size - p->chunk_at : 0;
	if (left < p->filled)
		return -ESTALE;
	hash_chunk(p, left < HASH_CHUNK ? (size_t)left : HASH_CHUNK);
	return code;
}
