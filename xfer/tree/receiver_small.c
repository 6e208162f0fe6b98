#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/pool.h"
#include "xfer/tree/jobs.h"
#include "xfer/tree/new_file.h"
#include "xfer/tree/receiver_impl.h"

/* Files of bundles are written slice by slice: this thread finds out what each file is to be and pins its directory, a
 * thread of the pool makes it, and this thread commits it, in the order in which the files came. */
enum { SLICE_FILES = 32, SLICE_DIRS = 8, SLICE_BYTES = SMALL_FILE, SLICES_MOST = 64 };

struct small_file {
	struct wanted *wanted;
	struct dir *
		pinned; /* for this file and those that follow in the same directory; NULL: the one before did */
	int dir;
	bool sparse, made; /* made: it is there, under name, at least a part */
	const uint8_t *data;
	size_t size;
	struct digest digest;
	struct meta meta; /* attrs are the wanted file's */
	char name[NAME_LIMIT + 1];
	struct err err;
	int kept; /* --nice: its descriptor, until it is clean; else -1 */
};

struct slice {
	struct task task;
	const struct meta_rules *rules;
	struct small_file file[SLICE_FILES];
	size_t count, dirs, used;
	uint8_t *data; /* SLICE_BYTES for what outlives its frame; NULL in a pool of one */
};

struct smalls {
	struct pool *pool;
	struct slice *
		slice; /* a ring: [first, first + count) are submitted, the one behind them is being filled */
	size_t slots, first, count;
	size_t pins, pins_most;
};

/* The part of any thread: one file onto the disk. */
static void make(const struct meta_rules *rules, struct small_file *f)
{
	struct digest here = file_hash_small(f->data, f->size);
	if (!digest_equal(&here, &f->digest)) {
		err_set(&f->err, -EBADMSG, "its content was damaged on the way");
		return;
	}
	int fd = new_file_create(rules, &f->meta, f->dir, f->name, &f->err);
	if (fd < 0)
		return;
	f->made = true;
	int code = new_file_write(fd, f->data, f->size, 0, f->sparse);
	uint64_t size = f->size;
	if (code == 0) {
		if (rules->o->nice && (f->kept = fcntl(fd, F_DUPFD_CLOEXEC, 0)) >= 0)
			gentle_wrote(f->kept, 0, 0);
		new_file_complete(rules, &f->meta, fd, f->sparse ? &size : NULL, &f->err);
	} else {
		close(fd);
		err_set(&f->err, code, "write");
	}
}

static void make_all(struct task *t, unsigned worker)
{
	struct slice *s = (struct slice *)t;
	(void)worker;
	for (size_t i = 0; i < s->count; i++)
		if (!s->file[i].err.code)
			make(s->rules, &s->file[i]);
	for (size_t i = 0; i < s->count; i++)
		if (s->file[i].kept >= 0) {
			gentle_drop_written(s->file[i].kept, 0, 0);
			close(s->file[i].kept);
		}
}

static int smalls_new(struct receiver *r, struct err *err)
{
	struct smalls *s = r->smalls = calloc(1, sizeof *s);
	if (!s)
		return err_set(err, -ENOMEM, "receiver");
	int code = pool_new(&s->pool, jobs_of(r->o), err);
	if (code < 0)
		return code;
	size_t size = pool_size(s->pool), slots = size == 1 ? 1 : 4 * size;
	s->slots = slots < SLICES_MOST ? slots : SLICES_MOST;
	s->pins_most = dirs_max_open(r->job->dirs) / 4;
	s->slice = calloc(s->slots, sizeof *s->slice);
	if (!s->slice)
		return err_set(err, -ENOMEM, "receiver");
	for (size_t i = 0; i < s->slots; i++) {
		s->slice[i].task.run = make_all;
		s->slice[i].rules = &r->rules;
		if (size > 1 && !(s->slice[i].data = malloc(SLICE_BYTES)))
			return err_set(err, -ENOMEM, "receiver");
	}
	return 0;
}

static struct slice *filling(struct smalls *s)
{
	return &s->slice[(s->first + s->count) % s->slots];
}

/* Takes the oldest slice back, and with it its directories. */
static struct slice *take_oldest(struct smalls *s)
{
	struct slice *slice = &s->slice[s->first];
	pool_wait(s->pool, &slice->task);
	s->first = (s->first + 1) % s->slots;
	s->count--;
	for (size_t i = 0; i < slice->count; i++)
		if (slice->file[i].pinned)
			dir_unpin(slice->file[i].pinned);
	s->pins -= slice->dirs;
	return slice;
}

/* Removes what was made of a file that is not committed. */
static void drop(struct small_file *f)
{
	int dir = dir_fd(receiver_temp_dir(f->wanted->node));
	if (f->made && dir >= 0)
		unlinkat(dir, f->name, 0);
}

static int commit(struct receiver *r, struct small_file *f, struct err *err)
{
	if (f->err.code)
		return receiver_give_up(r, f->wanted, f->made ? f->name : NULL, &f->err, err);
	r->account.bytes.written += f->size;
	return wanted_commit(r, f->wanted, f->name, &f->digest, err);
}

static int finish_oldest(struct receiver *r, struct err *err)
{
	struct slice *slice = take_oldest(r->smalls);
	int code = 0;
	for (size_t i = 0; i < slice->count; i++) {
		if (code == 0)
			code = commit(r, &slice->file[i], err);
		else
			drop(&slice->file[i]);
	}
	slice->count = slice->dirs = slice->used = 0;
	return code < 0 ? code : link_tick(r->job->link, err);
}

/* Hands on the slice that is being filled, and commits what is done. */
static int submit(struct receiver *r, struct err *err)
{
	struct smalls *s = r->smalls;
	struct slice *slice = filling(s);
	int code = 0;
	if (!slice->count)
		return 0;
	pool_submit(s->pool, &slice->task);
	s->count++;
	while (code == 0 && s->count &&
	       (s->count == s->slots || pool_is_done(s->pool, &s->slice[s->first].task)))
		code = finish_oldest(r, err);
	return code;
}

int receiver_drain_small(struct receiver *r, struct err *err)
{
	struct smalls *s = r->smalls;
	if (!s)
		return 0;
	int code = submit(r, err);
	while (code == 0 && s->count)
		code = finish_oldest(r, err);
	return code;
}

void receiver_drop_small(struct receiver *r)
{
	struct smalls *s = r->smalls;
	struct err ignored = { 0 };
	if (!s)
		return;
	if (s->slice && filling(s)->count) {
		pool_submit(s->pool, &filling(s)->task);
		s->count++;
	}
	while (s->count) {
		struct slice *slice = take_oldest(s);
		for (size_t i = 0; i < slice->count; i++) {
			if (slice->file[i].err.code)
				drop(&slice->file[i]);
			else
				(void)commit(r, &slice->file[i], &ignored);
		}
	}
	for (size_t i = 0; s->slice && i < s->slots; i++)
		free(s->slice[i].data);
	free(s->slice);
	pool_free(s->pool);
	free(s);
	r->smalls = NULL;
}

/* Makes the directory's descriptor stay while the slice needs it. */
static void pin(struct smalls *s, struct slice *slice, struct small_file *f)
{
	struct dir *at = receiver_temp_dir(f->wanted->node);
	struct small_file *before = slice->count ? f - 1 : NULL;
	if (before && receiver_temp_dir(before->wanted->node) == at && before->dir >= 0) {
		f->dir = before->dir;
		return;
	}
	f->dir = dir_pin(at);
	if (f->dir < 0) {
		err_set(&f->err, f->dir, "open its directory");
		return;
	}
	f->pinned = at;
	slice->dirs++;
	s->pins++;
}

/* Is a file of the same directory under way by this name? Only a sender that lies lists a name twice. */
static bool has_namesake(const struct smalls *s, const struct rnode *n, const char *name)
{
	for (size_t k = 0; k <= s->count; k++) {
		const struct slice *slice = &s->slice[(s->first + k) % s->slots];
		for (size_t i = 0; i < slice->count; i++)
			if (slice->file[i].wanted->node == n && strcmp(slice->file[i].name, name) == 0)
				return true;
	}
	return false;
}

static int add(struct receiver *r, struct wanted *w, const struct content *c, struct err *err)
{
	struct smalls *s = r->smalls;
	struct slice *slice = filling(s);
	char name[NAME_LIMIT + 1];
	receiver_disk_name(w->node, w->name, strlen(w->name), name);
	int code = 0;
	if (s->pins >= s->pins_most || (strcmp(name, w->name) != 0 && has_namesake(s, w->node, name)))
		code = receiver_drain_small(r, err);
	else if (slice->count == SLICE_FILES || slice->dirs == SLICE_DIRS ||
		 slice->used + c->size > SLICE_BYTES)
		code = submit(r, err);
	if (code == 0)
		code = commit_clear(r, w->node, name, err);
	if (code < 0)
		return code;
	slice = filling(s);
	struct small_file *f = &slice->file[slice->count];
	receiver_take_fresh(r, w, c);
	w->under_way = true;
	*f = (struct small_file){
		.wanted = w,
		.sparse = w->sparse,
		.data = c->data,
		.size = (size_t)c->size,
		.digest = c->digest,
		.meta = w->meta,
		.kept = -1,
	};
	if (slice->data) {
		f->data = memcpy(slice->data + slice->used, c->data, f->size);
		slice->used += f->size;
	}
	memcpy(f->name, name, sizeof name);
	pin(s, slice, f);
	slice->count++;
	return 0;
}

int receiver_on_bundle(struct receiver *r, const struct frame *f, struct err *err)
{
	struct reader in = reader_of(f->data, f->len);
	uint64_t seq = 0;
	int code = r->smalls ? 0 : smalls_new(r, err);
	while (code == 0 && in.at < in.end) {
		struct content c = { 0 };
		seq += reader_varint(&in);
		if (in.failed || content_get(&in, &c) < 0 || r->writing.wanted)
			return err_set(err, -EPROTO, "a bundle does not parse");
		struct wanted *w = wanted_find(r, seq);
		if (!w)
			return err_set(err, -EPROTO, "content came that nobody asked for");
		if (c.flags & CONTENT_FAILED) {
			r->account.items.failed++;
			wanted_failed(r, w);
			continue;
		}
		if (c.size > SMALL_FILE || !(c.flags & CONTENT_DIGEST) ||
		    !(c.data = reader_bytes(&in, (size_t)c.size)))
			return err_set(err, -EPROTO, "a bundle does not parse");
		code = add(r, w, &c, err);
	}
	return code < 0 ? code : submit(r, err);
}
