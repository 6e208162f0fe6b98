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

enum {
	CHUNKS = 4, /* in memory: one that is being put together, the others being read, hashed and written */
	SPANS = 64, /* of a chunk; more are read and written before it is whole */
};

/* Bytes of a chunk that are in a file, and are read from there by whoever hashes it; or that came, and are in memory. */
struct span {
	int fd; /* -1: in memory */
	uint64_t from;
	size_t in_chunk, len;
	bool is_written; /* to the new file, once they were read; else they stand there already */
};

/* Between begin_chunk and finish_chunk it belongs to the pool. */
struct chunk {
	struct task task;
	uint8_t *data;	    /* HASH_CHUNK; NULL until it is needed */
	uint64_t at;	    /* its offset */
	size_t filled, len; /* what was given so far; what is hashed of it */
	size_t spans;
	struct span span[SPANS];
	int error;
	bool has_data;
	struct digest digest;
};

struct parts {
	struct parts_job job;
	uint64_t next; /* the end of what was given */
	struct chunk ring
		[CHUNKS]; /* from done on they are at work, but the last: that one is being put together */
	size_t begun, done, slots;
	int error;	       /* what is given now is of no use any more */
	bool shared, unshared; /* some blocks are; blocks cannot be here */
	struct timespec old_mtime;
};

struct parts *parts_new(const struct parts_job *job)
{
	struct parts *p = calloc(1, sizeof *p);
	struct stat st;
	if (p) {
		p->job = *job;
		p->slots = pool_size(job->pool) > 1 ? CHUNKS : 1;
		if (job->old >= 0 && fstat(job->old, &st) == 0)
			p->old_mtime = st.st_mtim;
	} else if (job->old >= 0) {
		close(job->old);
	}
	return p;
}

static struct chunk *current(struct parts *p)
{
	return &p->ring[p->begun % p->slots];
}

/* As much of [at, at + len) as lies in one chunk. */
static size_t in_one_chunk(uint64_t at, size_t len)
{
	size_t room = HASH_CHUNK - (size_t)(at % HASH_CHUNK);
	return len < room ? len : room;
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

static int write_piece(struct parts *p, uint64_t at, const uint8_t *data, size_t len)
{
	int code = p->job.sparse ? make_zeros(p, at, at + len) : 0;
	return code < 0 ? code : new_file_write(p->job.fd, data, len, at, p->job.sparse);
}

static int read_spans(struct chunk *c)
{
	for (const struct span *s = c->span; s < c->span + c->spans; s++) {
		if (s->fd < 0)
			continue;
		ssize_t n = fd_read_at(s->fd, c->data + s->in_chunk, s->len, s->from);
		if (n < 0 || (size_t)n < s->len)
			return n < 0 ? (int)n : -ESTALE;
	}
	return 0;
}

/* Those side by side at once. */
static int write_spans(struct parts *p, const struct chunk *c)
{
	int code = 0;
	for (size_t i = 0, end; code == 0 && i < c->spans; i = end) {
		const struct span *s = &c->span[i];
		size_t len = s->len;
		for (end = i + 1; end < c->spans && c->span[end].is_written == s->is_written &&
				  c->span[end].in_chunk == s->in_chunk + len;
		     end++)
			len += c->span[end].len;
		if (s->is_written)
			code = write_piece(p, c->at + s->in_chunk, c->data + s->in_chunk, len);
	}
	return code;
}

/* The task: what is hashed is what is written then, or what stands there. */
static void read_and_hash(struct task *t, unsigned worker)
{
	struct chunk *c = (struct chunk *)t;
	(void)worker;
	c->error = read_spans(c);
	if (c->error == 0)
		c->has_data = chunk_hash(&c->digest, c->data, c->len);
}

/* The oldest one at work is written, and put into the hash. */
static void finish_chunk(struct parts *p)
{
	struct chunk *c = &p->ring[p->done++ % p->slots];
	pool_wait(p->job.pool, &c->task);
	if (p->error == 0)
		p->error = c->error;
	if (p->error == 0)
		p->error = write_spans(p, c);
	if (p->error == 0 && c->has_data)
		file_hash_put(p->job.hash, c->at, &c->digest);
}

/* The current one, filled up with zeros to len, is handed over, and another one becomes it. */
static void begin_chunk(struct parts *p, size_t len)
{
	struct chunk *c = current(p);
	if (!c->filled)
		return; /* nothing was given of it: zeros, which count as a hole */
	memset(c->data + c->filled, 0, len - c->filled);
	c->len = len;
	c->task = (struct task){ .run = read_and_hash };
	pool_submit(p->job.pool, &c->task);
	p->begun++;
	while (p->done < p->begun && (p->begun - p->done >= p->slots ||
				      pool_is_done(p->job.pool, &p->ring[p->done % p->slots].task)))
		finish_chunk(p);
	c = current(p);
	c->filled = c->spans = 0;
}

/* What goes into the file has gone there afterwards: an interrupted run is taken up again from that. */
void parts_free(struct parts *p)
{
	if (!p)
		return;
	while (p->done < p->begun)
		finish_chunk(p);
	if (p->error == 0 && read_spans(current(p)) == 0)
		(void)write_spans(p, current(p));
	if (p->job.old >= 0)
		close(p->job.old);
	for (size_t i = 0; i < p->slots; i++)
		free(p->ring[i].data);
	free(p);
}

/* Comes to a piece: what was left out before it is zeros. */
static int come_to(struct parts *p, uint64_t at, size_t len)
{
	CHECK(at >= p->next && len <= HASH_CHUNK);
	if (p->error == 0)
		p->error = make_zeros(p, p->next, at);
	p->next = at + len;
	return p->error;
}

/* Where len bytes of one chunk are put for the hash. NULL: no memory. */
static uint8_t *place(struct parts *p, uint64_t at, size_t len)
{
	size_t in_chunk = (size_t)(at % HASH_CHUNK);
	struct chunk *c = current(p);
	if (at - in_chunk != c->at) {
		begin_chunk(p, HASH_CHUNK);
		c = current(p);
		c->at = at - in_chunk;
	}
	if (!c->data && !(c->data = malloc(HASH_CHUNK)))
		return NULL;
	memset(c->data + c->filled, 0, in_chunk - c->filled);
	c->filled = in_chunk + len;
	return c->data + in_chunk;
}

/* All that is written is written in the file's order, whatever came first: what a killed run leaves has no gaps. */
static int write_early(struct parts *p)
{
	struct chunk *c = current(p);
	while (p->done < p->begun)
		finish_chunk(p);
	if (p->error == 0)
		p->error = read_spans(c);
	if (p->error == 0)
		p->error = write_spans(p, c);
	c->spans = 0;
	return p->error;
}

/* They are read and written later, with the rest of their chunk. */
static int add_span(struct parts *p, struct span s)
{
	struct chunk *c = current(p);
	struct span *last = c->spans ? &c->span[c->spans - 1] : NULL;
	if (last && s.fd < 0 && last->fd < 0 && last->in_chunk + last->len == s.in_chunk) {
		last->len += s.len;
		return p->error;
	}
	if (c->spans == SPANS && write_early(p) < 0)
		return p->error;
	c->span[c->spans++] = s;
	return p->error; /* of a chunk before it */
}

/* Those of a file: they need their place only. */
static int add_stored(struct parts *p, uint64_t at, struct span s)
{
	if (!place(p, at, s.len))
		return -ENOMEM;
	s.in_chunk = (size_t)(at % HASH_CHUNK);
	return add_span(p, s);
}

int64_t parts_fresh(struct parts *p, uint64_t at, const void *data, size_t len)
{
	const uint8_t *from = data;
	if (come_to(p, at, len) < 0)
		return p->error;
	for (size_t n, done = 0; p->error == 0 && done < len; done += n) {
		n = in_one_chunk(at + done, len - done);
		uint8_t *to = place(p, at + done, n);
		if (!to)
			return p->error = -ENOMEM;
		memcpy(to, from + done, n);
		p->error = add_span(p, (struct span){ .fd = -1,
						      .in_chunk = (size_t)((at + done) % HASH_CHUNK),
						      .len = n,
						      .is_written = true });
	}
	return p->error < 0 ? p->error : (int64_t)len;
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

/* What is shared is read from the old version, in whose page cache it is; parts_end sees that it did not change. */
int64_t parts_old(struct parts *p, uint64_t at, uint64_t from, size_t len)
{
	int64_t written = 0;
	int code = come_to(p, at, len);
	for (size_t n, done = 0; code == 0 && done < len; done += n) {
		n = in_one_chunk(at + done, len - done);
		struct span s = { .fd = p->job.old, .from = from + done, .len = n };
		s.is_written = !share(p, at + done, from + done, n);
		written += s.is_written ? (int64_t)n : 0;
		code = p->error = add_stored(p, at + done, s);
	}
	return code < 0 ? code : written;
}

int64_t parts_kept(struct parts *p, uint64_t at, size_t len)
{
	int code = come_to(p, at, len);
	for (size_t n, done = 0; code == 0 && done < len; done += n) {
		n = in_one_chunk(at + done, len - done);
		struct span s = { .fd = p->job.fd, .from = at + done, .len = n };
		code = p->error = add_stored(p, at + done, s);
	}
	return code;
}

int parts_end(struct parts *p, uint64_t size)
{
	struct chunk *c = current(p);
	struct stat st;
	uint64_t left = size > c->at ? size - c->at : 0;
	if (left < c->filled)
		return -ESTALE;
	begin_chunk(p, left < HASH_CHUNK ? (size_t)left : HASH_CHUNK);
	while (p->done < p->begun)
		finish_chunk(p);
	if (p->error == 0 && size > p->next)
		p->error = make_zeros(p, p->next, size);
	/* only now is nothing read from it any more */
	if (p->error == 0 && p->job.old >= 0 &&
	    (fstat(p->job.old, &st) < 0 || st.st_mtim.tv_sec != p->old_mtime.tv_sec ||
	     st.st_mtim.tv_nsec != p->old_mtime.tv_nsec))
		p->error = -ESTALE;
	return p->error;
}
