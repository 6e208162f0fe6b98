#include "xfer/tree/file_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "xfer/tree/file_source_impl.h"

enum { KEEP_FREE = 40, MIN_BATCH = 4 };

int file_source_new(struct file_source **out, enum ring_backend backend, struct err *err)
{
	struct file_source *s = calloc(1, sizeof *s);
	if (!s)
		return err_set(err, -ENOMEM, "source");
	struct rlimit lim = { 256, 256 };
	getrlimit(RLIMIT_NOFILE, &lim);
	/* the directories have half of the descriptors, the files of a batch a quarter */
	rlim_t spare = lim.rlim_cur > KEEP_FREE ? (lim.rlim_cur - KEEP_FREE) / 4 : 0;
	s->batch = spare > SOURCE_BATCH ? SOURCE_BATCH : spare < MIN_BATCH ? MIN_BATCH : (size_t)spare;
	s->scratch = malloc(SOURCE_BATCH_BYTES);
	s->chunk[0] = malloc(HASH_CHUNK);
	s->chunk[1] = malloc(HASH_CHUNK);
	s->hash = file_hash_new();
	buf_init(&s->out, FRAME_MAX);
	int r = s->scratch && s->chunk[0] && s->chunk[1] && s->hash ? 0 : err_set(err, -ENOMEM, "source");
	s->backend = backend;
	/* io_uring by request is refused now; else the ring is made when there is something to read, since taking
	 * one down costs tens of milliseconds */
	if (!r && backend == RING_URING)
		r = ring_new(&s->ring, backend, SOURCE_BATCH, err);
	if (r < 0) {
		file_source_free(s);
		return r;
	}
	*out = s;
	return 0;
}

void file_source_free(struct file_source *s)
{
	if (!s)
		return;
	ring_free(s->ring);
	file_hash_free(s->hash);
	free(s->scratch);
	free(s->chunk[0]);
	free(s->chunk[1]);
	buf_fini(&s->out);
	free(s);
}

const char *file_source_io(const struct file_source *s)
{
	return s->ring ? ring_name(s->ring) : "none";
}

uint64_t file_source_read(const struct file_source *s)
{
	return s->read;
}

size_t file_source_batch(const struct file_source *s)
{
	return s->batch;
}

void file_source_on_chunk(struct file_source *s, int (*fn)(void *ctx, size_t bytes, struct err *err),
			  void *ctx)
{
	s->on_chunk = fn;
	s->ctx = ctx;
}

int source_need_ring(struct file_source *s, struct err *err)
{
	return s->ring ? 0 : ring_new(&s->ring, s->backend, SOURCE_BATCH, err);
}

/* Takes what the open file says of itself into the item. 0, or -errno. */
int source_take_stat(struct source_file *f, const struct stat *st, struct content *c)
{
	if (!S_ISREG(st->st_mode))
		return -ESTALE;
	struct item *i = f->item;
	if (f->ino && (f->ino != st->st_ino || f->dev != st->st_dev))
		return -ESTALE;
	/* the new owner's name was never announced, and its number may be another's over there */
	if (i->uid != st->st_uid || i->gid != st->st_gid)
		return -ESTALE;
	*c = (struct content){ .seq = f->seq, .size = (uint64_t)st->st_size };
	if (i->mode != st->st_mode || i->mtime != st->st_mtim.tv_sec ||
	    i->mtime_ns != (uint32_t)st->st_mtim.tv_nsec) {
		c->flags |= CONTENT_FRESH;
		c->mode = i->mode = st->st_mode;
		c->uid = i->uid = st->st_uid;
		c->gid = i->gid = st->st_gid;
		c->mtime = i->mtime = st->st_mtim.tv_sec;
		c->mtime_ns = i->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
	}
	i->size = c->size;
	return 0;
}

bool source_has_changed(int fd, const struct stat *then)
{
	struct stat now;
	return fstat(fd, &now) < 0 || now.st_size != then->st_size ||
	       now.st_mtim.tv_sec != then->st_mtim.tv_sec || now.st_mtim.tv_nsec != then->st_mtim.tv_nsec;
}

bool source_has_only_grown(int fd, uint64_t was_read, uint64_t announced)
{
	struct stat now;
	return was_read == announced && fstat(fd, &now) == 0 && (uint64_t)now.st_size > announced;
}

/* What a batch remembers of each of its files. */
struct reading {
	int fd;
	bool alone; /* does not fit any more, or changed: sent by itself afterwards */
	uint8_t *data;
	size_t room;
	struct stat st;
	struct content head;
	struct item listed; /* what the receiver knows, until it is told otherwise */
};

static void open_all(struct file_source *s, struct source_file *files, struct reading *now, size_t n)
{
	struct ring_op ops[SOURCE_BATCH];
	size_t index[SOURCE_BATCH], count = 0, used = 0;
	for (size_t i = 0; i < n; i++) {
		now[i] = (struct reading){ .fd = -1,
					   .data = s->scratch + used,
					   .room = (size_t)files[i].item->size };
		used += now[i].room;
		CHECK(used <= SOURCE_BATCH_BYTES);
		int dir = dir_pin(files[i].at);
		if (dir < 0) {
			files[i].error = dir;
			continue;
		}
		ops[count] = ring_op_open(dir, files[i].name, SOURCE_OPEN_FLAGS, 0);
		index[count++] = i;
	}
	ring_run(s->ring, ops, count);
	for (size_t k = 0; k < count; k++) {
		if (ops[k].result < 0)
			files[index[k]].error = ops[k].result == -ELOOP ? -ESTALE : (int)ops[k].result;
		else
			now[index[k]].fd = (int)ops[k].result;
		dir_unpin(files[index[k]].at);
	}
}

static void read_all(struct file_source *s, struct source_file *files, struct reading *now, size_t n)
{
	struct ring_op ops[SOURCE_BATCH];
	size_t index[SOURCE_BATCH], count = 0;
	for (size_t i = 0; i < n; i++) {
		if (now[i].fd < 0)
			continue;
		now[i].listed = *files[i].item;
		int r = fstat(now[i].fd, &now[i].st) < 0
				? -errno
				: source_take_stat(&files[i], &now[i].st, &now[i].head);
		if (r < 0) {
			files[i].error = r;
		} else if (now[i].head.size > now[i].room) {
			now[i].alone = true;
		} else if (now[i].head.size) {
			ops[count] = ring_op_read(now[i].fd, now[i].data, (size_t)now[i].head.size, 0);
			index[count++] = i;
		}
	}
	ring_run(s->ring, ops, count);
	for (size_t k = 0; k < count; k++) {
		struct reading *r = &now[index[k]];
		if (ops[k].result < 0)
			files[index[k]].error = (int)ops[k].result;
		else if ((uint64_t)ops[k].result != r->head.size || source_has_changed(r->fd, &r->st))
			r->alone = true;
		else
			s->read += (uint64_t)ops[k].result;
	}
}

static void close_all(struct file_source *s, const struct reading *now, size_t n)
{
	struct ring_op ops[SOURCE_BATCH];
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		if (now[i].fd >= 0)
			ops[count++] = ring_op_close(now[i].fd);
	ring_run(s->ring, ops, count);
}

/* Puts one file into the bundle. */
static void put(struct file_source *s, struct source_file *f, struct reading *r, uint64_t *before)
{
	struct content *c = &r->head;
	buf_varint(&s->out, f->seq - *before);
	*before = f->seq;
	if (f->error) {
		content_put(&s->out, &(struct content){ .flags = CONTENT_FAILED, .error = -f->error });
		return;
	}
	c->digest = f->content = file_hash_small(r->data, (size_t)c->size);
	c->flags |= CONTENT_DIGEST;
	content_put(&s->out, c);
	buf_bytes(&s->out, r->data, (size_t)c->size);
}

int file_source_small(struct file_source *s, struct source_file *files, size_t n, struct link *link,
		      struct err *err)
{
	struct reading now[SOURCE_BATCH];
	CHECK(n <= s->batch);
	int r = source_need_ring(s, err);
	if (r < 0)
		return r;
	open_all(s, files, now, n);
	read_all(s, files, now, n);

	close_all(s, now, n);
	uint64_t before = 0;
	buf_clear(&s->out);
	for (size_t i = 0; i < n; i++)
		if (!now[i].alone)
			put(s, &files[i], &now[i], &before);
	CHECK(!s->out.failed);
	r = s->out.len ? link_send(link, FRAME_BUNDLE, 0, s->out.data, s->out.len, err) : 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		if (now[i].alone) {
			*files[i].item = now[i].listed;
			r = file_source_large(s, &files[i], link, err);
		}
	return r;
}
