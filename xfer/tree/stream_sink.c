#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/clock.h"
#include "xfer/codec/hash.h"
#include "xfer/tree/change.h"
#include "xfer/tree/meta.h"
#include "xfer/tree/stream.h"
#include "xfer/tree/stream_out.h"

struct sink {
	struct transfer *t;
	const char *name; /* for people */
	struct stream_out *out;
	bool size_known;
	uint64_t size, written;
	struct file_hash *hash;
	uint8_t *chunk; /* HASH_CHUNK: what has come of the chunk that is not whole yet */
	size_t fill;
};

static int take_start(struct sink *s, struct err *err)
{
	struct frame f;
	int r;
	while ((r = link_recv(s->t->link, &f, err)) == 0 && f.type != FRAME_START)
		if ((r = transfer_other(s->t, &f, err)) < 0)
			return r;
	if (r < 0)
		return r;
	struct reader in = reader_of(f.data, f.len);
	s->size_known = reader_u8(&in) & 1;
	s->size = reader_varint(&in);
	return reader_done(&in) ? 0 : err_set(err, -EPROTO, "the source's start does not parse");
}

static int open_sink(struct sink *s, const char *path, struct err *err)
{
	struct transfer *t = s->t;
	s->name = path ? path : "standard output";
	s->chunk = malloc(HASH_CHUNK);
	s->hash = file_hash_new();
	if (!s->chunk || !s->hash)
		return err_set(err, -ENOMEM, "%s", s->name);
	file_hash_begin(s->hash);
	int r = take_start(s, err);
	if (r == 0)
		r = stream_out_open(&s->out, path, t->options, t->link, err);
	if (r == 0)
		r = link_send(t->link, FRAME_READY, 0, NULL, 0, err);
	return r < 0 ? r : link_flush(t->link, err);
}

/* A whole chunk in one frame, which is the rule, is not copied. */
static void add_to_hash(struct sink *s, const struct frame *f)
{
	uint64_t at = s->written - s->fill;
	if (f->len == HASH_CHUNK) {
		file_hash_chunk(s->hash, at, f->data, f->len);
		return;
	}
	memcpy(s->chunk + s->fill, f->data, f->len);
	s->fill += f->len;
	if (s->fill == HASH_CHUNK) {
		file_hash_chunk(s->hash, at, s->chunk, s->fill);
		s->fill = 0;
	}
}

static int on_data(struct sink *s, const struct frame *f, struct err *err)
{
	if (!f->len || f->offset != s->written || f->offset % HASH_CHUNK + f->len > HASH_CHUNK)
		return err_set(err, -EPROTO, "content came out of its place");
	add_to_hash(s, f);
	s->written += f->len;
	return stream_out_write(s->out, f->data, f->len, err);
}

static void progress(const struct sink *s, bool done)
{
	stream_progress(s->t->tell, s->written, s->size_known ? &s->size : NULL, done);
}

static void tell_item(const struct sink *s)
{
	char change[CHANGE_SIZE];
	const char *name = stream_out_name(s->out);
	bool existed = stream_out_existed(s->out);
	change_code(change, s->t->content_mark, S_IFREG, !existed, DIFF_CONTENT, true);
	if (name)
		s->t->tell->item(s->t->tell->ctx, change, name, strlen(name), NULL);
}

/* The source is at its end: is what came what it read? Then it gets its name. */
static int on_done(struct sink *s, const struct frame *f, struct err *err)
{
	struct transfer *t = s->t;
	struct account *a = &t->target;
	struct reader in = reader_of(f->data, f->len);
	if (account_get(&in, &t->source) < 0)
		return err_set(err, -EPROTO, "the source's account does not parse");
	if (s->fill)
		file_hash_chunk(s->hash, s->written - s->fill, s->chunk, s->fill);
	a->digest = file_hash_end(s->hash, s->written);
	a->bytes.written = s->written;
	a->items.total = 1;
	if (t->source.items.failed) { /* told by the source */
		a->items.failed = 1;
		return 0;
	}
	if (!digest_equal(&a->digest, &t->source.digest) || t->source.bytes.total != s->written)
		return err_set(err, -EBADMSG, "%s: its content was damaged on the way", s->name);
	int r = stream_out_commit(s->out, err);
	if (r < 0)
		return r;
	a->proven.transferred = 1;
	*(stream_out_existed(s->out) ? &a->items.updated : &a->items.copied) = 1;
	tell_item(s);
	return 0;
}

static int send_final(struct sink *s, struct err *err)
{
	struct transfer *t = s->t;
	struct buf b;
	buf_init(&b, FRAME_MAX);
	account_take_memory(&t->target);
	account_put(&b, &t->target);
	int r = b.failed ? err_set(err, -ENOMEM, "account")
			 : link_send(t->link, FRAME_FINAL, 0, b.data, b.len, err);
	buf_fini(&b);
	return r < 0 ? r : link_flush(t->link, err);
}

static int take_all(struct sink *s, struct err *err)
{
	struct frame f;
	for (;;) {
		int r = link_recv(s->t->link, &f, err);
		if (r == 0 && f.type == FRAME_DONE)
			return on_done(s, &f, err);
		if (r == 0)
			r = f.type == FRAME_DATA ? on_data(s, &f, err) : transfer_other(s->t, &f, err);
		if (r == 0)
			r = link_tick(s->t->link, err);
		if (r < 0)
			return r;
		progress(s, false);
	}
}

int stream_receive(struct transfer *t, const char *path, struct err *err)
{
	struct sink s = { .t = t };
	uint64_t before = clock_now();
	int r = open_sink(&s, path, err);
	if (r == 0)
		r = take_all(&s, err);
	t->complete = r == 0;
	progress(&s, t->complete);
	stream_out_free(s.out);
	if (r == 0)
		r = send_final(&s, err);
	t->transfer_seconds = (double)(clock_now() - before) / 1e9;
	free(s.chunk);
	file_hash_free(s.hash);
	return r;
}
