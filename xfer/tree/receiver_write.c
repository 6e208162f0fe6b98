#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/tree/new_file.h"
#include "xfer/tree/receiver_impl.h"

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
	int dir = dir_fd(w->node->dir);
	if (dir < 0)
		return err_set(err, dir, "open its directory");
	receiver_disk_name(w->node, w->name, strlen(w->name), name);
	return new_file_create(&r->rules, &w->meta, dir, name, err);
}

int receiver_give_up(struct receiver *r, struct wanted *w, const char *disk_name, struct err *e,
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
	receiver_take_fresh(r, w, &c);
	if (!now->hash && !(now->hash = file_hash_new()))
		return err_set(err, -ENOMEM, "hash");
	file_hash_begin(now->hash);
	struct err e = { 0 };
	now->wanted = w;
	now->head = c;
	now->next = 0;
	now->fd = receiver_create(r, w, now->name, &e);
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
	int code = new_file_write(now->fd, f->data, f->len, f->offset, now->wanted->sparse);
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
		return receiver_give_up(r, w, now->name, &e, err);
	}
	w->item.size = c.size;
	int code = new_file_complete(&r->rules, &w->meta, fd, &c.size, &e);
	return code < 0 ? receiver_give_up(r, w, now->name, &e, err)
			: wanted_commit(r, w, now->name, &here, err);
}
