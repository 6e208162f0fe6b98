#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "xfer/base/pool.h"
#include "xfer/io/gentle.h"
#include "xfer/tree/file_source_impl.h"

enum { KEEP_FREE = 40, MIN_BATCH = 4, BATCHES_MOST = 16 };

/* What a batch remembers of each of its files. */
struct reading {
	int dir, fd;
	bool alone; /* does not fit any more, or changed: sent by itself afterwards */
	uint8_t *data;
	size_t room;
	struct stat st;
	struct content head;
	struct item listed; /* what the receiver knows, until it is told otherwise */
	struct gentle_pages pages;
};

struct batch {
	struct task task;
	struct file_source *s;
	struct source_file file[SOURCE_BATCH];
	struct reading now[SOURCE_BATCH];
	size_t count;
	uint8_t *scratch; /* SOURCE_BATCH_BYTES: the content */
	struct buf out;	  /* the payload of the BUNDLE */
	uint64_t read;	  /* bytes */
	const char *io;	  /* the ring's name */
	struct err err;
};

struct source_batches {
	struct pool *pool;
	struct ring *ring[POOL_MAX]; /* of each of the pool's threads but the owner */
	size_t files;		     /* of a batch at most */
	size_t slots, first, count;  /* a ring of batches: those under way */
	struct batch *batch[BATCHES_MOST];
};

static struct batch *batch_new(struct file_source *s)
{
	struct batch *b = calloc(1, sizeof *b);
	if (!b)
		return NULL;
	b->s = s;
	b->scratch = malloc(SOURCE_BATCH_BYTES);
	buf_init(&b->out, FRAME_MAX);
	if (!b->scratch) {
		free(b);
		return NULL;
	}
	return b;
}

static void batch_free(struct batch *b)
{
	if (!b)
		return;
	free(b->scratch);
	buf_fini(&b->out);
	free(b);
}

static void unpin(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->now[i].dir >= 0)
			dir_unpin(b->file[i].at);
}

void source_batches_free(struct file_source *s)
{
	struct source_batches *all = s->small;
	if (!all)
		return;
	for (; all->count; all->count--, all->first = (all->first + 1) % all->slots) {
		pool_wait(all->pool, &all->batch[all->first]->task);
		unpin(all->batch[all->first]);
	}
	pool_free(all->pool);
	for (size_t i = 0; i < POOL_MAX; i++)
		ring_free(all->ring[i]);
	for (size_t i = 0; i < BATCHES_MOST; i++)
		batch_free(all->batch[i]);
	free(all);
	s->small = NULL;
}

static int batches_new(struct file_source *s, struct err *err)
{
	struct source_batches *all = s->small = calloc(1, sizeof *all);
	if (!all)
		return err_set(err, -ENOMEM, "source");
	int r = pool_new(&all->pool, s->jobs, err);
	if (r < 0)
		return r;
	size_t threads = pool_size(all->pool);
	all->slots = threads == 1 ? 1 : threads + 1 < BATCHES_MOST ? threads + 1 : BATCHES_MOST;
	struct rlimit lim = { 256, 256 };
	getrlimit(RLIMIT_NOFILE, &lim);
	/* the directories have half of the descriptors, the files of all batches a quarter */
	rlim_t spare = lim.rlim_cur > KEEP_FREE ? (lim.rlim_cur - KEEP_FREE) / 4 / threads : 0;
	all->files = spare > SOURCE_BATCH ? SOURCE_BATCH : spare < MIN_BATCH ? MIN_BATCH : (size_t)spare;
	return 0;
}

int file_source_next(struct source_room *out, struct file_source *s, size_t may_pin, struct err *err)
{
	int r = s->small ? 0 : batches_new(s, err);
	if (r < 0)
		return r;
	struct source_batches *all = s->small;
	CHECK(all->count < all->slots);
	struct batch **b = &all->batch[(all->first + all->count) % all->slots];
	if (!*b && !(*b = batch_new(s)))
		return err_set(err, -ENOMEM, "source");
	size_t dirs = may_pin / all->slots;
	*out = (struct source_room){
		.file = (*b)->file,
		.files = all->files,
		.dirs = dirs < 1		   ? 1
			: dirs < SOURCE_BATCH_DIRS ? dirs
						   : SOURCE_BATCH_DIRS,
	};
	return 0;
}

size_t file_source_under_way(const struct file_source *s)
{
	return s->small ? s->small->count : 0;
}

bool file_source_is_full(const struct file_source *s)
{
	return s->small && s->small->count == s->small->slots;
}

/* From here to put_all: the part of any thread. */
static void open_all(struct ring *ring, struct batch *b)
{
	struct ring_op ops[SOURCE_BATCH];
	size_t index[SOURCE_BATCH], count = 0;
	for (size_t i = 0; i < b->count; i++) {
		if (b->file[i].error)
			continue;
		ops[count] = ring_op_open(b->now[i].dir, b->file[i].name, SOURCE_OPEN_FLAGS, 0);
		index[count++] = i;
	}
	ring_run(ring, ops, count);
	for (size_t k = 0; k < count; k++) {
		struct source_file *f = &b->file[index[k]];
		if (ops[k].result == -ENOENT && f->message)
			b->now[index[k]].alone = true;
		else if (ops[k].result < 0)
			f->error = ops[k].result == -ELOOP ? -ESTALE : (int)ops[k].result;
		else
			b->now[index[k]].fd = (int)ops[k].result;
	}
}

static void read_all(struct ring *ring, struct batch *b)
{
	struct ring_op ops[SOURCE_BATCH];
	size_t index[SOURCE_BATCH], count = 0;
	for (size_t i = 0; i < b->count; i++) {
		struct reading *now = &b->now[i];
		now->listed = *b->file[i].item;
		if (now->fd < 0)
			continue;
		int r = fstat(now->fd, &now->st) < 0 ? -errno
						     : source_take_stat(&b->file[i], &now->st, &now->head);
		if (r < 0) {
			b->file[i].error = r;
		} else if (now->head.size > now->room || now->listed.uid != now->st.st_uid ||
			   now->listed.gid != now->st.st_gid) {
			now->alone = true;
		} else if (now->head.size) {
			if (b->s->gentle)
				gentle_look(&now->pages, now->fd, 0, (size_t)now->head.size);
			ops[count] = ring_op_read(now->fd, now->data, (size_t)now->head.size, 0);
			index[count++] = i;
		}
	}
	ring_run(ring, ops, count);
	for (size_t k = 0; k < count; k++) {
		struct reading *now = &b->now[index[k]];
		gentle_drop_read(&now->pages, now->fd);
		if (ops[k].result < 0)
			b->file[index[k]].error = (int)ops[k].result;
		else if ((uint64_t)ops[k].result != now->head.size || source_has_changed(now->fd, &now->st))
			now->alone = true;
		else
			b->read += (uint64_t)ops[k].result;
	}
}

static void close_all(struct ring *ring, const struct batch *b)
{
	struct ring_op ops[SOURCE_BATCH];
	size_t count = 0;
	for (size_t i = 0; i < b->count; i++)
		if (b->now[i].fd >= 0)
			ops[count++] = ring_op_close(b->now[i].fd);
	ring_run(ring, ops, count);
}

/* Puts one file into the bundle. */
static void put(struct buf *out, struct source_file *f, struct reading *now, uint64_t *before)
{
	struct content *c = &now->head;
	buf_varint(out, f->seq - *before);
	*before = f->seq;
	if (f->error) {
		content_put(out, &(struct content){ .flags = CONTENT_FAILED, .error = -f->error });
		return;
	}
	c->digest = f->content = file_hash_small(now->data, (size_t)c->size);
	c->flags |= CONTENT_DIGEST;
	content_put(out, c);
	buf_bytes(out, now->data, (size_t)c->size);
}

static void put_all(struct batch *b)
{
	uint64_t before = 0;
	buf_clear(&b->out);
	for (size_t i = 0; i < b->count; i++)
		if (!b->now[i].alone)
			put(&b->out, &b->file[i], &b->now[i], &before);
	if (b->out.failed)
		err_set(&b->err, -ENOMEM, "source");
}

static void fill(struct task *t, unsigned worker)
{
	struct batch *b = (struct batch *)t;
	struct file_source *s = b->s;
	struct ring **ring = worker ? &s->small->ring[worker] : &s->ring;
	if (!*ring && ring_new(ring, s->backend, SOURCE_BATCH, &b->err) < 0)
		return;
	b->io = ring_name(*ring);
	open_all(*ring, b);
	read_all(*ring, b);
	close_all(*ring, b);
	put_all(b);
}

void file_source_begin(struct file_source *s, size_t n)
{
	struct source_batches *all = s->small;
	struct batch *b = all->batch[(all->first + all->count) % all->slots];
	size_t used = 0;
	CHECK(n <= all->files && all->count < all->slots);
	b->task = (struct task){ .run = fill };
	b->count = n;
	b->read = 0;
	b->err = (struct err){ 0 };
	for (size_t i = 0; i < n; i++) {
		struct source_file *f = &b->file[i];
		size_t room = (size_t)f->item->size;
		b->now[i] = (struct reading){
			.dir = dir_pin(f->at), .fd = -1, .data = b->scratch + used, .room = room
		};
		used += room;
		CHECK(used <= SOURCE_BATCH_BYTES);
		if (b->now[i].dir < 0)
			f->error = b->now[i].dir;
	}
	pool_submit(all->pool, &b->task);
	all->count++;
}

size_t file_source_oldest(struct file_source *s, struct source_file **files)
{
	struct batch *b = s->small->batch[s->small->first];
	pool_wait(s->small->pool, &b->task);
	*files = b->file;
	return b->count;
}

int file_source_finish(struct file_source *s, struct link *link, struct err *err)
{
	struct source_batches *all = s->small;
	struct batch *b = all->batch[all->first];
	all->first = (all->first + 1) % all->slots;
	all->count--;
	unpin(b);
	s->read += b->read;
	s->io = b->io;
	if (b->err.code) {
		*err = b->err;
		return err->code;
	}
	int r = b->out.len ? link_send(link, FRAME_BUNDLE, 0, b->out.data, b->out.len, err) : 0;
	for (size_t i = 0; r == 0 && i < b->count; i++)
		if (b->now[i].alone) {
			*b->file[i].item = b->now[i].listed;
			r = file_source_large(s, &b->file[i], link, err);
		}
	return r;
}
