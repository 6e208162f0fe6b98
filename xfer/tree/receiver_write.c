#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/tree/new_file.h"
#include "xfer/tree/receiver_impl.h"
#include "xfer/tree/receiver_parts.h"

#define OLD_CHANGED "its old version changed while it was read; run again"

void receiver_take_fresh(struct receiver *r, struct wanted *w, const struct content *c)
{
	if (c->flags & CONTENT_FRESH) {
		struct entry e = {
			.mode = c->mode,
			.uid = c->uid,
			.gid = c->gid,
			.mtime = c->mtime,
			.mtime_ns = c->mtime_ns,
			.attrs = w->meta.attrs,
			.attrs_len = w->meta.attrs_len,
		};
		struct stat old = { .st_mode = w->meta.mode, .st_uid = w->meta.uid, .st_gid = w->meta.gid };
		meta_wanted(&w->meta, &r->rules, &e, &old);
		w->item.mode = c->mode;
		w->item.uid = c->uid;
		w->item.gid = c->gid;
		w->item.mtime = c->mtime;
		w->item.mtime_ns = c->mtime_ns;
	}
	w->item.size = c->size;
}

int receiver_create(struct receiver *r, const struct wanted *w, char name[static NAME_LIMIT + 1],
		    struct err *err)
{
	int dir = dir_fd(receiver_temp_dir(w->node));
	if (dir < 0)
		return err_set(err, dir, "open its directory");
	receiver_disk_name(w->node, w->name, strlen(w->name), name);
	int code = commit_clear(r, w->node, name, err);
	if (code < 0)
		return code;
	return new_file_create(&r->rules, &w->meta, dir, name, err);
}

int receiver_give_up(struct receiver *r, struct wanted *w, const char *disk_name, struct err *e,
		     struct err *err)
{
	int dir = dir_fd(receiver_temp_dir(w->node));
	int code = e->code;
	if (dir >= 0 && disk_name)
		unlinkat(dir, disk_name, 0);
	receiver_fail_err(r, w->node, w->name, e);
	bool fatal = receiver_is_fatal(code);
	if (fatal) {
		*err = *e;
		err_context(err, "%s", w->name);
	}
	wanted_failed(r, w);
	return fatal ? code : 0;
}

/* Removes what was made of the file under way. */
static void unlink_writing(const struct writing *now, const struct wanted *w)
{
	int dir = dir_fd(receiver_temp_dir(w->node));
	if (dir >= 0)
		unlinkat(dir, now->name, 0);
}

static void close_writing(struct writing *now)
{
	parts_free(now->parts);
	now->parts = NULL;
	if (now->fd >= 0)
		close(now->fd);
	now->fd = -1;
}

/* In a directory that is new the file has its own name already, which it may not keep unless it is whole. */
static int keep_writing(const struct writing *now, const struct wanted *w)
{
	char temp[TEMP_NAME_SIZE];
	int dir = dir_fd(receiver_temp_dir(w->node));
	receiver_temp_name(w->node, temp, w->name, strlen(w->name));
	if (dir < 0 || strcmp(temp, now->name) == 0)
		return dir < 0 ? dir : 0;
	return renameat(dir, now->name, dir, temp) < 0 ? -errno : 0;
}

void receiver_stop_writing(struct receiver *r, int code)
{
	struct writing *now = &r->writing;
	if (now->wanted && now->fd >= 0) {
		/* a full disk is to be relieved, and a peer that breaks the protocol leaves nothing */
		bool keeps = !receiver_is_fatal(code) && code != -EPROTO && r->job->bases &&
			     (now->next >= HASH_CHUNK || now->parts);
		if (!keeps || keep_writing(now, now->wanted) < 0)
			unlink_writing(now, now->wanted);
	}
	close_writing(now);
	file_hash_free(now->hash);
	*now = (struct writing){ .fd = -1 };
}

/* The file under way cannot be made. What comes of it is thrown away; the run goes on, unless the error is the
 * destination's own. */
static int writing_failed(struct receiver *r, struct err *e, struct err *err)
{
	struct writing *now = &r->writing;
	if (now->fd >= 0)
		unlink_writing(now, now->wanted);
	close_writing(now);
	now->error = e->code;
	receiver_fail_err(r, now->wanted->node, now->wanted->name, e);
	if (!receiver_is_fatal(e->code))
		return 0;
	*err = *e;
	err_context(err, "%s", now->wanted->name);
	return err->code;
}

/* Opens what an interrupted run left, or a new file. */
static int open_based(struct receiver *r, const struct wanted *w, struct parts_job *job, struct err *err)
{
	const struct base *b = w->base;
	char *name = r->writing.name;
	if (b->have_old)
		job->old = base_open_old(w);
	if (job->old < 0 && b->have_old)
		return err_say(err, -ESTALE, "its old version changed while it was compared; run again");
	if (b->left) {
		receiver_temp_name(w->node, name, w->name, strlen(w->name));
		int code = commit_clear(r, w->node, name, err);
		if (code < 0)
			return code;
		int fd = base_open_left(r, w);
		if (fd < 0)
			return err_set(err, fd, "open what an interrupted run left of it");
		/* what may be seen of it may have changed since */
		if (fchmod(fd, 0600) == 0 && ftruncate(fd, (off_t)b->kept) == 0)
			return fd;
		code = err_set(err, -errno, "cut what an interrupted run left of it");
		close(fd);
		return code;
	}
	int fd = receiver_create(r, w, name, err);
	if (fd >= 0 && fchmod(fd, 0600) < 0) {
		err_set(err, -errno, "make it private");
		close(fd);
		return err->code;
	}
	return fd;
}

static int begin_based(struct receiver *r, const struct wanted *w, struct err *err)
{
	struct writing *now = &r->writing;
	struct parts_job job = { .old = -1, .left = w->base->left, .sparse = w->sparse, .hash = now->hash };
	if (!(job.pool = receiver_base_pool(r, err)))
		return err->code;
	int fd = job.fd = open_based(r, w, &job, err);
	if (fd < 0) {
		if (job.old >= 0)
			close(job.old);
		return fd;
	}
	now->parts = parts_new(&job);
	if (!now->parts) {
		close(fd);
		return err_set(err, -ENOMEM, "put it together");
	}
	return fd;
}

int receiver_on_file(struct receiver *r, const struct frame *f, struct err *err)
{
	struct writing *now = &r->writing;
	struct reader in = reader_of(f->data, f->len);
	struct content c = { 0 };
	struct wanted *w = wanted_find(r, f->offset);
	if (!w || now->wanted || content_get(&in, &c) < 0 || !reader_done(&in) ||
	    ((c.flags & CONTENT_BASED) && (!w->base || !(w->base->left || w->base->have_old))))
		return err_set(err, -EPROTO, "a file begins that nobody asked for");
	receiver_take_fresh(r, w, &c);
	if (!now->hash && !(now->hash = file_hash_new()))
		return err_set(err, -ENOMEM, "hash");
	file_hash_begin(now->hash);
	struct err e = { 0 };
	now->wanted = w;
	now->head = c;
	now->next = 0;
	now->error = 0;
	now->fd = c.flags & CONTENT_BASED ? begin_based(r, w, &e) : receiver_create(r, w, now->name, &e);
	return now->fd < 0 ? writing_failed(r, &e, err) : 0;
}

/* A piece was written, or was not. */
static int took_piece(struct receiver *r, int64_t written, struct err *err)
{
	struct err e = { 0 };
	if (written >= 0) {
		r->account.bytes.written += (uint64_t)written;
		return 0;
	}
	if (written == -ESTALE)
		err_say(&e, -ESTALE, OLD_CHANGED);
	else
		err_set(&e, (int)written, "write");
	return writing_failed(r, &e, err);
}

/* Is [offset, offset + len) a piece that may come now? Then the next one comes behind it. */
static bool take_place(struct writing *now, uint64_t offset, uint64_t len)
{
	uint64_t size = now->head.size;
	if (!now->wanted || !len || offset < now->next || offset > size || len > size - offset)
		return false;
	/* whole chunks, unless it is put together */
	if (!(now->head.flags & CONTENT_BASED) && (offset % HASH_CHUNK || now->next % HASH_CHUNK))
		return false;
	now->next = offset + len;
	return true;
}

int receiver_on_data(struct receiver *r, const struct frame *f, struct err *err)
{
	struct writing *now = &r->writing;
	if (f->len > HASH_CHUNK || !take_place(now, f->offset, f->len))
		return err_set(err, -EPROTO, "content came out of its place");
	if (now->error)
		return 0;
	if (now->parts)
		return took_piece(r, parts_fresh(now->parts, f->offset, f->data, f->len), err);
	file_hash_chunk(now->hash, f->offset, f->data, f->len);
	int code = new_file_write(now->fd, f->data, f->len, f->offset, now->wanted->sparse);
	if (code == 0 && r->o->nice)
		new_file_trail(now->fd, f->offset, f->len);
	return took_piece(r, code < 0 ? code : (int64_t)f->len, err);
}

/* May the sender refer to that much there? */
static bool is_offered(const struct writing *now, uint8_t source, uint64_t at, uint64_t from, uint64_t len)
{
	const struct base *b = now->wanted ? now->wanted->base : NULL;
	if (!b || !(now->head.flags & CONTENT_BASED))
		return false;
	if (source == COPY_KEPT)
		return b->left && from == at && from % HASH_CHUNK == 0 && len % HASH_CHUNK == 0 &&
		       from <= b->kept && len <= b->kept - from;
	uint64_t size = (uint64_t)b->old.st_size;
	return source == COPY_OLD && b->have_old && from <= size && len <= size - from;
}

int receiver_on_copy(struct receiver *r, const struct frame *f, struct err *err)
{
	struct writing *now = &r->writing;
	struct reader in = reader_of(f->data, f->len);
	uint8_t source = reader_u8(&in);
	uint64_t from = reader_varint(&in), len = reader_varint(&in);
	if (!reader_done(&in) || !is_offered(now, source, f->offset, from, len) ||
	    !take_place(now, f->offset, len))
		return err_set(err, -EPROTO, "the sender refers to something that is not there");
	int code = 0;
	size_t n;
	for (uint64_t done = 0; code == 0 && done < len && !now->error; done += n) {
		uint64_t at = f->offset + done;
		n = HASH_CHUNK - (size_t)(at % HASH_CHUNK); /* chunk by chunk, as they are hashed */
		n = len - done < n ? (size_t)(len - done) : n;
		code = took_piece(r,
				  source == COPY_KEPT ? parts_kept(now->parts, at, n)
						      : parts_old(now->parts, at, from + done, n),
				  err);
		if (code == 0)
			code = link_tick(r->job->link, err);
	}
	return code;
}

/* The file is whole: is it what was read at the source? *here is what it is. */
static int finish_content(struct writing *now, const struct content *c, struct digest *here, struct err *err)
{
	int code = now->parts ? parts_end(now->parts, c->size) : 0;
	bool based = now->parts != NULL;
	parts_free(now->parts);
	now->parts = NULL;
	if (code == -ESTALE)
		return err_say(err, code, OLD_CHANGED);
	if (code < 0)
		return err_set(err, code, "put it together");
	*here = file_hash_end(now->hash, c->size);
	if ((c->flags & CONTENT_DIGEST) && digest_equal(here, &c->digest) && c->size >= now->next)
		return 0;
	return err_say(
		err, -EBADMSG,
		based ? "put together from its old version it is not what was read at the source; run again"
		      : "its content was damaged on the way");
}

int receiver_on_file_end(struct receiver *r, const struct frame *f, struct err *err)
{
	struct writing *now = &r->writing;
	struct reader in = reader_of(f->data, f->len);
	struct content c = { 0 };
	struct err e = { 0 };
	struct wanted *w = wanted_find(r, f->offset);
	if (!w || content_get(&in, &c) < 0 || !reader_done(&in) || (now->wanted && now->wanted != w) ||
	    (!now->wanted && !(c.flags & CONTENT_FAILED)) || (now->wanted && c.size > now->head.size))
		return err_set(err, -EPROTO, "a file ends that did not begin");
	bool begun = now->wanted != NULL;
	now->wanted = NULL;
	if (w->base) { /* the sender has let go of it; with a commit in batches it may be long until it is settled */
		r->base_out -= w->base->cost;
		w->base->cost = 0;
	}
	r->account.items.failed += (c.flags & CONTENT_FAILED) != 0;
	if (begun && !now->error && (c.flags & CONTENT_FAILED)) { /* the sender told why */
		unlink_writing(now, w);
		close_writing(now);
	}
	if (!begun || now->error || (c.flags & CONTENT_FAILED)) {
		wanted_failed(r, w);
		return 0;
	}
	struct digest here;
	int code = finish_content(now, &c, &here, &e);
	if (code < 0) {
		close_writing(now);
		return receiver_give_up(r, w, now->name, &e, err);
	}
	int fd = now->fd;
	now->fd = -1;
	w->item.size = c.size;
	code = new_file_complete(&r->rules, &w->meta, fd, &c.size, &e);
	return code < 0 ? receiver_give_up(r, w, now->name, &e, err)
			: wanted_commit(r, w, now->name, &here, err);
}
