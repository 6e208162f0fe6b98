#include "xfer/tree/receiver_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
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
	uint8_t *in; /* what was read */
};

struct parts *parts_new(const struct parts_job *job)
{
	struct parts *p = calloc(1, sizeof *p);
	if (p) {
		*p = (struct parts){ .job = *job, .chunk = malloc(HASH_CHUNK), .in = malloc(HASH_CHUNK) };
		if (p->chunk && p->in)
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
	free(p->in);
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

static void hash(struct parts *p, uint64_t at, const uint8_t *data, size_t len)
{
	while (len) {
		size_t in_chunk = (size_t)(at % HASH_CHUNK);
		size_t n = len < HASH_CHUNK - in_chunk ? len : HASH_CHUNK - in_chunk;
		if (at - in_chunk != p->chunk_at) {
			hash_chunk(p, HASH_CHUNK);
			p->chunk_at = at - in_chunk;
		}
		memset(p->chunk + p->filled, 0, in_chunk - p->filled);
		memcpy(p->chunk + in_chunk, data, n);
		p->filled = in_chunk + n;
		at += n;
		data += n;
		len -= n;
	}
}

/* Other bytes may stand where nothing is written. */
static bool is_over(const struct parts *p)
{
	return p->job.cloned || p->job.left;
}

static int make_zeros(struct parts *p, uint64_t from, uint64_t to)
{
	if (from >= to || !is_over(p))
		return 0;
	if (fallocate(p->job.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
		      (off_t)(to - from)) == 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != ENOSYS)
		return -errno;
	/* not p->in: what was read waits there to be written over them */
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

static int64_t write_piece(struct parts *p, uint64_t at, const uint8_t *data, size_t len)
{
	int code = p->job.sparse ? make_zeros(p, at, at + len) : 0;
	if (code == 0)
		code = new_file_write(p->job.fd, data, len, at, p->job.sparse);
	return code < 0 ? code : (int64_t)len;
}

int64_t parts_fresh(struct parts *p, uint64_t at, const void *data, size_t len)
{
	int code = come_to(p, at, len);
	if (code < 0)
		return code;
	hash(p, at, data, len);
	return write_piece(p, at, data, len);
}

static int read_in(struct parts *p, int fd, uint64_t from, size_t len)
{
	ssize_t n = fd_read_at(fd, p->in, len, from);
	return n < 0 ? (int)n : (size_t)n < len ? -ESTALE : 0;
}

int64_t parts_old(struct parts *p, uint64_t at, uint64_t from, size_t len)
{
	/* what is hashed is what stands in the new file, whatever became of the old one since */
	bool is_there = p->job.cloned && from == at;
	int code = come_to(p, at, len);
	if (code == 0)
		code = read_in(p, is_there ? p->job.fd : p->job.old, from, len);
	if (code < 0)
		return code;
	hash(p, at, p->in, len);
	return is_there ? 0 : write_piece(p, at, p->in, len);
}

int64_t parts_kept(struct parts *p, uint64_t at, size_t len)
{
	int code = come_to(p, at, len);
	if (code == 0)
		code = read_in(p, p->job.fd, at, len);
	if (code == 0)
		hash(p, at, p->in, len);
	return code;
}

int parts_end(struct parts *p, uint64_t size)
{
	int code = size > p->next ? make_zeros(p, p->next, size) : 0;
	uint64_t left = size > p->chunk_at ? size - p->chunk_at : 0;
	if (left < p->filled)
		return -ESTALE;
	hash_chunk(p, left < HASH_CHUNK ? (size_t)left : HASH_CHUNK);
	return code;
}
