#include "dbdump/my/staged.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/base/buf.h"
#include "xfer/base/fd.h"

static const struct digest zeros; /* of a chunk that is a hole, or not there */

void staged_init(struct staged *s, int fd)
{
	*s = (struct staged){ .fd = fd };
}

void staged_fini(struct staged *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->chunks);
	staged_init(s, -1);
}

static size_t chunks_of(uint64_t size)
{
	return (size_t)(size / HASH_CHUNK + (size % HASH_CHUNK != 0));
}

static int set_count(struct staged *s, size_t count)
{
	if (count > s->count) {
		struct digest *grown = reallocarray(s->chunks, count, sizeof *grown);
		if (!grown)
			return -ENOMEM;
		memset(grown + s->count, 0, (count - s->count) * sizeof *grown);
		s->chunks = grown;
	}
	s->count = count;
	return 0;
}

/* As many chunks as a file of this size has. */
static int set_size(struct staged *s, uint64_t size)
{
	int rc = set_count(s, chunks_of(size));
	if (rc < 0)
		return rc;
	s->size = size;
	return s->fd >= 0 && ftruncate(s->fd, (off_t)size) < 0 ? -errno : 0;
}

static size_t chunk_length(const struct staged *s, size_t i)
{
	uint64_t left = s->size - (uint64_t)i * HASH_CHUNK;
	return left < HASH_CHUNK ? (size_t)left : HASH_CHUNK;
}

/* Where data begins from this offset on; the offset itself where that is not known. */
static uint64_t next_data(int fd, uint64_t at, uint64_t size)
{
	off_t data = lseek(fd, (off_t)at, SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? size : at;
	return (uint64_t)data;
}

/* The chunk's bytes are in data: writes them unless they are there. */
static int put_chunk(struct staged *s, const struct staged_pass *pass, size_t i, const uint8_t *data,
		     uint64_t *written)
{
	size_t len = chunk_length(s, i);
	struct digest now = zeros;
	if (len && !chunk_hash(&now, data, len))
		now = zeros;
	if (digest_equal(&now, &s->chunks[i]))
		return 0;
	*written += len;
	s->chunks[i] = now;
	return pass->put ? pass->put(pass->ctx, i, data, len)
			 : fd_write_at(s->fd, data, len, (uint64_t)i * HASH_CHUNK);
}

int staged_copy(struct staged *s, const struct staged_pass *pass, uint64_t *written)
{
	struct stat st;
	AUTO(fd_free_buffer) uint8_t *data = malloc(HASH_CHUNK);
	if (!data)
		return -ENOMEM;
	if (fstat(pass->from, &st) < 0)
		return -errno;
	int rc = set_size(s, (uint64_t)st.st_size);
	uint64_t begins = 0;
	for (size_t i = 0; rc == 0 && i < s->count; i++) {
		uint64_t at = (uint64_t)i * HASH_CHUNK;
		size_t len = chunk_length(s, i);
		if (begins <= at)
			begins = next_data(pass->from, at, s->size);
		ssize_t n = 0;
		if (begins < at + len && (n = fd_read_at(pass->from, data, len, at)) < 0)
			return (int)n;
		memset(data + n, 0, len - (size_t)n);
		rc = put_chunk(s, pass, i, data, written);
		if (rc == 0 && pass->go)
			rc = pass->go(pass->ctx, (size_t)n);
	}
	return rc;
}

int staged_take(struct staged *s, size_t chunk, const uint8_t *data, size_t len)
{
	struct digest now = zeros;
	if (chunk >= STAGED_CHUNKS)
		return -EFBIG;
	int rc = chunk < s->count ? 0 : set_count(s, chunk + 1);
	if (rc < 0)
		return rc;
	bool holds = chunk_hash(&now, data, len);
	s->chunks[chunk] = holds ? now : zeros;
	off_t at = (off_t)chunk * HASH_CHUNK;
	if (!holds && fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, HASH_CHUNK) == 0)
		return 0;
	return fd_write_at(s->fd, data, len, (uint64_t)at);
}

int staged_end(struct staged *s, uint64_t size)
{
	return size / HASH_CHUNK < STAGED_CHUNKS ? set_size(s, size) : -EFBIG;
}

int staged_hash(struct digest *out, const struct staged *s)
{
	struct file_hash *h = file_hash_new();
	if (!h)
		return -ENOMEM;
	file_hash_begin(h);
	for (size_t i = 0; i < s->count; i++)
		if (!digest_equal(&s->chunks[i], &zeros))
			file_hash_put(h, (uint64_t)i * HASH_CHUNK, &s->chunks[i]);
	*out = file_hash_end(h, s->size);
	file_hash_free(h);
	return 0;
}
