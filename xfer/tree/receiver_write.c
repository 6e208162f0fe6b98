#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/fd.h"
#include "xfer/tree/receiver_impl.h"

enum { ZERO_BLOCK = 4096 };

/* What the source's descriptor said replaces what its listing said. */
static void take_fresh(struct receiver *r, struct wanted *w, const struct content *c)
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

/* Creates the file for w in its directory. Nobody but us can read it before its owner and mode are right. */
static int create(struct receiver *r, const struct wanted *w, char name[static NAME_LIMIT + 1],
		  struct err *err)
{
	int dir = dir_fd(w->node->dir);
	if (dir < 0)
		return err_set(err, dir, "open its directory");
	receiver_disk_name(w->node, w->name, strlen(w->name), name);
	bool plain = w->meta.uid == r->rules.uid && !(w->meta.mode & 07000) && !w->meta.attrs_len;
	mode_t mode = plain ? w->meta.mode & 0777 &
				      ~(mode_t)(w->meta.gid == r->rules.gid || w->meta.gid == (gid_t)-1 ? 0
													: 077)
			    : 0600;
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
	int fd = openat(dir, name, flags, mode);
	if (fd < 0 && errno == EEXIST) {
		/* left by an interrupted run, or put there by somebody: never written to, only replaced */
		if (unlinkat(dir, name, 0) < 0)
			return err_set(err, -errno, "remove what stands in the way");
		fd = openat(dir, name, flags, mode);
	}
	return fd < 0 ? err_set(err, -errno, "create") : fd;
}

/* Writes a chunk; of a sparse file only the blocks that hold anything but zeros. */
static int write_chunk(int fd, const uint8_t *data, size_t len, uint64_t at, bool sparse)
{
	if (!sparse)
		return fd_write_at(fd, data, len, at);
	for (size_t i = 0; i < len;) {
		size_t end = i;
		while (end < len) {
			size_t n = len - end < ZERO_BLOCK ? len - end : ZERO_BLOCK;
			if (hash_is_zeros(data + end, n))
				break;
			end += n;
		}
		int code = end > i ? fd_write_at(fd, data + i, end - i, at + i) : 0;
		if (code < 0)
			return code;
		i = end > i ? end : i + (len - i < ZERO_BLOCK ? len - i : ZERO_BLOCK);
	}
	return 0;
}

/* Size, metadata, and what durability was asked for; closes fd in any case. */
static int complete(struct receiver *r, struct wanted *w, int fd, bool set_size, struct err *err)
{
	struct stat st;
	int code = 0;
	if (set_size && ftruncate(fd, (off_t)w->item.size) < 0)
		code = err_set(err, -errno, "set its size");
	if (code == 0 && fstat(fd, &st) < 0)
		code = err_set(err, -errno, "stat");
	if (code == 0)
		code = meta_apply(&r->rules, &w->meta, fd, &st, false, true, err);
	if (code == 0 && r->o->fsync && fsync(fd) < 0)
		code = err_set(err, -errno, "fsync");
	/* an error of close is one of writing, on network file systems */
	if (close(fd) < 0 && code == 0)
		code = err_set(err, -errno, "close");
	return code;
}

/* Gives up on a file: removes what was made of it, tells, and decides whether the run goes on. */
static int give_up(struct receiver *r, struct wanted *w, const char *disk_name, struct err *e,
		   struct err *err)
{
	int dir = dir_fd(w->node->dir);
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

/* One file of a bundle. */
static int write_small(struct receiver *r, struct wanted *w, const struct content *c, struct err *err)
{
	struct err e = { 0 };
	char name[NAME_LIMIT + 1];
	struct digest here = file_hash_small(c->data, (size_t)c->size);
	take_fresh(r, w, c);
	if (!digest_equal(&here, &c->digest)) {
		err_set(&e, -EBADMSG, "its content was damaged on the way");
		return give_up(r, w, NULL, &e, err);
	}
	int fd = create(r, w, name, &e);
	if (fd < 0)
		return give_up(r, w, NULL, &e, err);
	int code = write_chunk(fd, c->data, (size_t)c->size, 0, w->sparse);
	if (code < 0) {
		close(fd);
		err_set(&e, code, "write");
	} else {
		r->account.bytes.written += c->size;
		code = complete(r, w, fd, w->sparse, &e);
	}
	return code < 0 ? give_up(r, w, name, &e, err) : wanted_commit(r, w, name, &here, err);
}

int receiver_on_bundle(struct receiver *r, const struct frame *f, struct err *err)
{
	struct reader in = reader_of(f->data, f->len);
	uint64_t seq = 0;
	int code = 0;
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
		if (c.size > HASH_CHUNK || !(c.flags & CONTENT_DIGEST) ||
		    !(c.data = reader_bytes(&in, (size_t)c.size)))
			return err_set(err, -EPROTO, "a bundle does not parse");
		code = write_small(r, w, &c, err);
		if (code == 0)
			code = link_tick(r->job->link, err);
	}
	return code;
}

void receiver_drop_writing(struct receiver *r)
{
	struct writing *now = &r->writing;
	if (now->wanted && now->fd >= 0) {
		int dir = dir_fd(now->wanted->node->dir);
		close(now->fd);
		if (dir >= 0)
			unlinkat(dir, now->name, 0);
	}
	file_hash_free(now->hash);
	*now = (struct writing){ .fd = -1 };
}

int receiver_on_file(struct receiver *r, const struct frame *f, struct err *err)
{
	struct writing *now = &r->writing;
	struct reader in = reader_of(f->data, f->len);
	struct content c = { 0 };
	struct wanted *w = wanted_find(r, f->offset);
	if (!w || now->wanted || content_get(&in, &c) < 0 || !reader_done(&in))
		return err_set(err, -EPROTO, "a file begins that nobody asked for");
	take_fresh(r, w, &c);
	if (!now->hash && !(now->hash = file_hash_new()))
		return err_set(err, -ENOMEM, "hash");
	file_hash_begin(now->hash);
	struct err e = { 0 };
	now->wanted = w;
	now->head = c;
	now->next = 0;
	now->fd = create(r, w, now->name, &e);
	now->error = now->fd < 0 ? now->fd : 0;
	if (now->error) { /* what comes of it is thrown away; the run goes on */
		receiver_fail_err(r, w->node, w->name, &e);
		if (receiver_is_fatal(now->error)) {
			*err = e;
			return now->error;
		}
	}
	return 0;
}

int receiver_on_data(struct receiver *r, const struct frame *f, struct err *err)
{
	struct writing *now = &r->writing;
	uint64_t size = now->head.size;
	if (!now->wanted || !f->len || f->len > HASH_CHUNK || f->offset % HASH_CHUNK ||
	    f->offset < now->next || f->offset > size || f->len > size - f->offset ||
	    (now->next && now->next % HASH_CHUNK))
		return err_set(err, -EPROTO, "content came out of its place");
	now->next = f->offset + f->len;
	if (now->error)
		return 0;
	file_hash_chunk(now->hash, f->offset, f->data, f->len);
	int code = write_chunk(now->fd, f->data, f->len, f->offset, now->wanted->sparse);
	if (code < 0) {
		struct err e = { 0 };
		close(now->fd);
		now->fd = -1;
		now->error = err_set(&e, code, "write");
		int dir = dir_fd(now->wanted->node->dir);
		if (dir >= 0)
			unlinkat(dir, now->name, 0);
		receiver_fail_err(r, now->wanted->node, now->wanted->name, &e);
		if (receiver_is_fatal(code)) {
			*err = e;
			err_context(err, "%s", now->wanted->name);
			return code;
		}
		return 0;
	}
	r->account.bytes.written += f->len;
	return 0;
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
	int fd = now->fd;
	bool begun = now->wanted != NULL;
	now->wanted = NULL;
	now->fd = -1;
	r->account.items.failed += (c.flags & CONTENT_FAILED) != 0;
	if (!begun || now->error) {
		wanted_failed(r, w);
		return 0;
	}
	if (c.flags & CONTENT_FAILED) { /* the sender told why */
		int dir = dir_fd(w->node->dir);
		close(fd);
		if (dir >= 0)
			unlinkat(dir, now->name, 0);
		wanted_failed(r, w);
		return 0;
	}
	struct digest here = file_hash_end(now->hash, c.size);
	if (!(c.flags & CONTENT_DIGEST) || !digest_equal(&here, &c.digest) || c.size < now->next) {
		close(fd);
		err_set(&e, -EBADMSG, "its content was damaged on the way");
		return give_up(r, w, now->name, &e, err);
	}
	w->item.size = c.size;
	int code = complete(r, w, fd, true, &e);
	return code < 0 ? give_up(r, w, now->name, &e, err) : wanted_commit(r, w, now->name, &here, err);
}
