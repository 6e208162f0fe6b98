#include "xfer/tree/content_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "xfer/base/buf.h"
#include "xfer/base/fd.h"
#include "xfer/base/pool.h"
#include "xfer/io/gentle.h"
#include "xfer/tree/jobs.h"

/* One that is being read and hashed. */
struct chunk {
	struct task task;
	const struct options *o;
	int fd;
	uint64_t at;
	size_t want;
	ssize_t n; /* read, or -errno */
	bool has_data;
	struct digest digest;
	uint8_t *data; /* HASH_CHUNK; NULL until it is needed */
};

struct content_hasher {
	const struct options *o;
	struct pool *pool;
	struct file_hash *hash;
	size_t slots; /* chunks of a file at the same time */
	struct chunk chunk[POOL_MAX + 1];
};

int content_hasher_new(struct content_hasher **out, const struct options *o, struct err *err)
{
	struct content_hasher *h = calloc(1, sizeof *h);
	if (!h)
		return err_set(err, -ENOMEM, "hashes");
	h->o = o;
	h->hash = file_hash_new();
	int r = h->hash ? pool_new(&h->pool, jobs_of(o), err) : err_set(err, -ENOMEM, "hashes");
	if (r < 0) {
		content_hasher_free(h);
		return r;
	}
	/* one more, so that no thread waits for its chunk to be counted */
	h->slots = pool_size(h->pool) == 1 ? 1 : pool_size(h->pool) + 1;
	*out = h;
	return 0;
}

void content_hasher_free(struct content_hasher *h)
{
	if (!h)
		return;
	pool_free(h->pool);
	file_hash_free(h->hash);
	for (size_t i = 0; i < h->slots; i++)
		free(h->chunk[i].data);
	free(h);
}

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

static void hash_chunk(struct task *t, unsigned worker)
{
	struct chunk *c = (struct chunk *)t;
	(void)worker;
	c->n = c->o->nice ? read_gently(c->fd, c->data, c->want, c->at, c->o->verify)
			  : fd_read_at(c->fd, c->data, c->want, c->at);
	if (c->n > 0)
		c->has_data = chunk_hash(&c->digest, c->data, (size_t)c->n);
}

static int begin_chunk(struct content_hasher *h, struct chunk *c, int fd, uint64_t at, uint64_t size)
{
	uint8_t *data = c->data ? c->data : malloc(HASH_CHUNK);
	*c = (struct chunk){ .task = { .run = hash_chunk }, .o = h->o, .fd = fd, .at = at, .data = data };
	if (!data)
		return -ENOMEM;
	c->want = size - at < HASH_CHUNK ? (size_t)(size - at) : HASH_CHUNK;
	pool_submit(h->pool, &c->task);
	return 0;
}

static int take_chunk(struct content_hasher *h, const struct chunk *c, uint64_t *read, struct link *alive)
{
	if (c->n < 0)
		return (int)c->n;
	*read += (uint64_t)c->n;
	if ((size_t)c->n < c->want)
		return -ESTALE;
	if (c->has_data)
		file_hash_put(h->hash, c->at, &c->digest);
	struct err ignored; /* the link keeps its failure, and whoever uses it next is told */
	return alive && link_tick(alive, &ignored) < 0 ? -EINTR : 0;
}

/* All chunks that hold data, put into the hash in their order. */
static int hash_chunks(struct content_hasher *h, int fd, const struct stat *st, uint64_t *read,
		       struct link *alive)
{
	uint64_t size = (uint64_t)st->st_size, next = 0;
	bool sparse = (uint64_t)st->st_blocks * 512 < size;
	size_t begun = 0, taken = 0;
	int code = 0;
	for (;;) {
		while (code == 0 && next < size && begun - taken < h->slots) {
			if (sparse && (next = content_next_chunk(fd, next, size)) >= size)
				break;
			code = begin_chunk(h, &h->chunk[begun % h->slots], fd, next, size);
			begun += code == 0;
			next += HASH_CHUNK;
		}
		if (taken == begun)
			return code;
		struct chunk *c = &h->chunk[taken++ % h->slots];
		pool_wait(h->pool, &c->task);
		if (code == 0)
			code = take_chunk(h, c, read, alive);
	}
}

static int hash_open_file(struct content_hash_result *out, struct content_hasher *h, int fd,
			  struct link *alive)
{
	if (fstat(fd, &out->st) < 0)
		return -errno;
	if (!S_ISREG(out->st.st_mode))
		return -ESTALE;
	if (h->o->nice) /* else reading ahead would look as if it had been there */
		posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	else if (h->o->verify)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	file_hash_begin(h->hash);
	int code = hash_chunks(h, fd, &out->st, &out->read, alive);
	struct stat now;
	if (code < 0)
		return code;
	if (fstat(fd, &now) < 0)
		return -errno;
	if (now.st_size != out->st.st_size || now.st_mtim.tv_sec != out->st.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != out->st.st_mtim.tv_nsec)
		return -ESTALE;
	out->digest = file_hash_end(h->hash, (uint64_t)now.st_size);
	return 0;
}

int content_hash(struct content_hash_result *out, struct content_hasher *h, int dirfd, const char *name,
		 struct link *alive)
{
	*out = (struct content_hash_result){ 0 };
	/* O_NONBLOCK: what was swapped for a fifo must not hold us */
	AUTO(fd_closep)
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP ? -ESTALE : -errno;
	return hash_open_file(out, h, fd, alive);
}
