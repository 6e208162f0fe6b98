#include "dbdump/my/staged.h"

#include <errno.h>
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

/* As many chunks as a file of this size has. */
static int set_size(struct staged *s, uint64_t size)
{
	size_t count = (size_t)(size / HASH_CHUNK + (size % HASH_CHUNK != 0));
	if (count > s->count) {
		struct digest *grown = reallocarray(s->chunks, count, sizeof *grown);
		if (!grown)
			return -ENOMEM;
		memset(grown + s->count, 0, (count - s->count) * sizeof *grown);
		s->chunks = grown;
	}
	s->count = count;
	s->size = size;
	return ftruncate(s->fd, (off_t)size) < 0 ? -errno : 0;
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
static int put_chunk(struct staged *s, size_t i, const uint8_t *data, size_t len, uint64_t *written)
{
	struct digest now = zeros;
	if (len && !chunk_hash(&now, data, len))
		now = zeros;
	if (digest_equal(&now, &s->chunks[i]))
		return 0;
	*written += len;
	s->chunks[i] = now;
	return fd_write_at(s->fd, data, len, (uint64_t)i * HASH_CHUNK);
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
		size_t len = s->size - at < HASH_CHUNK ? (size_t)(s->size - at) : HASH_CHUNK;
		if (begins <= at)
			begins = next_data(pass->from, at, s->size);
		ssize_t n = 0;
		if (begins < at + len && (n = fd_read_at(pass->from, data, len, at)) < 0)
			return (int)n;
		memset(data + n, 0, len - (size_t)n);
		rc = put_chunk(s, i, data, len, written);
		if (rc == 0 && pass->go)
			rc = pass->go(pass->ctx, (size_t)n);
	}
	return rc;
}
