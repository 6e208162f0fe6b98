#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "xfer/tree/new_file.h"
#include "xfer/tree/receiver_impl.h"

/* One file of a bundle. */
static int write_small(struct receiver *r, struct wanted *w, const struct content *c, struct err *err)
{
	struct err e = { 0 };
	char name[NAME_LIMIT + 1];
	struct digest here = file_hash_small(c->data, (size_t)c->size);
	receiver_take_fresh(r, w, c);
	if (!digest_equal(&here, &c->digest)) {
		err_set(&e, -EBADMSG, "its content was damaged on the way");
		return receiver_give_up(r, w, NULL, &e, err);
	}
	int fd = receiver_create(r, w, name, &e);
	if (fd < 0)
		return receiver_give_up(r, w, NULL, &e, err);
	int code = new_file_write(fd, c->data, (size_t)c->size, 0, w->sparse);
	if (code < 0) {
		close(fd);
		err_set(&e, code, "write");
	} else {
		r->account.bytes.written += c->size;
		code = new_file_complete(&r->rules, &w->meta, fd, w->sparse ? &c->size : NULL, &e);
	}
	return code < 0 ? receiver_give_up(r, w, name, &e, err) : wanted_commit(r, w, name, &here, err);
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
