#include "xfer/tree/content_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "xfer/base/buf.h"
#include "xfer/base/fd.h"
#include "xfer/io/gentle.h"

uint64_t content_next_chunk(int fd, uint64_t offset, uint64_t size)
{
	off_t data = lseek(fd, (off_t)offset, SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? size : offset;
	uint64_t chunk = (uint64_t)data / HASH_CHUNK * HASH_CHUNK;
	return chunk > offset ? chunk : offset;
}

/* Leaves in the page cache what was there, also where that is dropped first, to read it from disk. */
static ssize_t read_gently(int fd, void *buffer, size_t want, uint64_t at, bool from_disk)
{
	struct gentle_pages pages;
	gentle_look(&pages, fd, at, want);
	if (from_disk)
		posix_fadvise(fd, (off_t)at, (off_t)want, POSIX_FADV_DONTNEED);
	ssize_t n = fd_read_at(fd, buffer, want, at);
	gentle_drop_read(&pages, fd);
	return n;
}

static int hash_open_file(struct content_hash_result *out, int fd, const struct options *o,
			  struct link *alive)
{
	if (fstat(fd, &out->st) < 0)
		return -errno;
	if (!S_ISREG(out->st.st_mode))
		return -ESTALE;
	if (o->nice) /* else reading ahead would look as if it had been there */
		posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	else if (o->verify)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	uint64_t size = (uint64_t)out->st.st_size;
	bool sparse = (uint64_t)out->st.st_blocks * 512 < size;
	size_t chunk = size < HASH_CHUNK ? (size_t)size : HASH_CHUNK;
	AUTO(file_hash_freep) struct file_hash *h = file_hash_new();
	AUTO(fd_free_buffer) void *buffer = malloc(chunk ? chunk : 1);
	if (!h || !buffer)
		return -ENOMEM;
	file_hash_begin(h);
	for (uint64_t at = 0; at < size; at += HASH_CHUNK) {
		if (sparse && (at = content_next_chunk(fd, at, size)) >= size)
			break;
		size_t want = size - at < HASH_CHUNK ? (size_t)(size - at) : HASH_CHUNK;
		ssize_t n = o->nice ? read_gently(fd, buffer, want, at, o->verify)
				    : fd_read_at(fd, buffer, want, at);
		if (n < 0)
			return (int)n;
		out->read += (uint64_t)n;
		if ((size_t)n < want)
			return -ESTALE;
		file_hash_chunk(h, at, buffer, want);
		struct err ignored; /* the link keeps its failure, and whoever uses it next is told */
		int code = alive ? link_tick(alive, &ignored) : 0;
		if (code < 0)
			return -EINTR;
	}
	struct stat now;
	if (fstat(fd, &now) < 0)
		return -errno;
	if (now.st_size != out->st.st_size || now.st_mtim.tv_sec != out->st.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != out->st.st_mtim.tv_nsec)
		return -ESTALE;
	out->digest = file_hash_end(h, size);
	return 0;
}

int content_hash(struct content_hash_result *out, int dirfd, const char *name, const struct options *o,
		 struct link *alive)
{
	*out = (struct content_hash_result){ 0 };
	/* O_NONBLOCK: what was swapped for a fifo must not hold us */
	AUTO(fd_closep)
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP ? -ESTALE : -errno;
	return hash_open_file(out, fd, o, alive);
}
