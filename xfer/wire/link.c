#include "xfer/wire/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/clock.h"
#include "xfer/wire/link_impl.h"

enum {
	OUT_FLUSH = 128 * 1024, /* small frames gather until here */
	PACKED_MAX = FRAME_MAX,
	LEVEL = 1, /* where all is to be compressed */
};

int link_new(struct link **out, struct chan *chan, enum link_compress compress, struct err *err)
{
	struct link *l = calloc(1, sizeof *l);
	if (!l)
		return err_set(err, -ENOMEM, "link");
	*l = (struct link){ .chan = chan };
	buf_init(&l->out, OUT_FLUSH + 4 * (FRAME_HEAD + (size_t)FRAME_MAX));
	l->zstd = compressor_new(LEVEL);
	l->in = malloc(IN_SIZE);
	l->unpacked = malloc(FRAME_MAX);
	l->packed = malloc(PACKED_MAX);
	l->last_in = l->last_out = clock_now();
	if (!l->zstd || !l->in || !l->unpacked || !l->packed) {
		l->chan = NULL;
		link_free(l);
		return err_set(err, -ENOMEM, "link");
	}
	link_set_compress(l, compress);
	*out = l;
	return 0;
}

int link_free(struct link *l)
{
	if (!l)
		return -1;
	int status = chan_close(l->chan);
	compressor_free(l->zstd);
	free(l->in);
	free(l->unpacked);
	free(l->packed);
	buf_fini(&l->out);
	free(l);
	return status;
}

void link_release(struct link *l, struct chan **chan, struct buf *begun)
{
	buf_bytes(begun, l->in + l->in_at, l->in_end - l->in_at);
	*chan = l->chan;
	l->chan = NULL;
	link_free(l);
}

void link_set_handler(struct link *l, link_handler *handler, void *ctx)
{
	l->handler = handler;
	l->ctx = ctx;
}

void link_set_compress(struct link *l, enum link_compress compress)
{
	l->compress = compress;
	compressor_set_level(l->zstd, compress == LINK_ADAPTIVE ? COMPRESS_ADAPT : LEVEL);
}

void link_set_timeout(struct link *l, int seconds)
{
	l->timeout = seconds;
	l->last_in = clock_now();
}

void link_set_quit(struct link *l, const volatile int *quit)
{
	l->quit = quit;
}

int link_rfd(const struct link *l)
{
	return chan_rfd(l->chan);
}

void link_set_watch(struct link *l, link_watch *watch, void *ctx)
{
	l->watch = watch;
	l->watch_ctx = ctx;
}

void link_set_idle(struct link *l, link_idle *idle, void *ctx)
{
	l->idle = idle;
	l->idle_ctx = ctx;
}

void link_set_hold(struct link *l, const bool *hold)
{
	l->hold = hold;
}

void link_set_rate(struct link *l, uint64_t bytes_per_s)
{
	uint64_t now = clock_now();
	rate_set(&l->rate_in, bytes_per_s, now);
	rate_set(&l->rate_out, bytes_per_s, now);
}

void link_get_stats(const struct link *l, struct link_stats *out)
{
	*out = l->stats;
}

int link_abort_status(const struct link *l)
{
	return l->abort_status;
}

int link_fail(struct link *l, struct err *err, int code, const char *what)
{
	l->failed = code;
	return err_set(err, code, "connection to the other side: %s", what);
}

/* Reads what there is into the input buffer: 1 when something came, 0 when nothing did. */
static int fill_input(struct link *l, struct err *err)
{
	if (l->in_at) {
		memmove(l->in, l->in + l->in_at, l->in_end - l->in_at);
		l->in_end -= l->in_at;
		l->in_at = 0;
	}
	size_t room = rate_room(&l->rate_in, clock_now());
	if (room > IN_SIZE - l->in_end)
		room = IN_SIZE - l->in_end;
	if (!room)
		return 0;
	ssize_t n = chan_read(l->chan, l->in + l->in_end, room);
	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n == 0 && !l->ended) {
		l->ended = true; /* an error only for who asks for more */
		return 0;
	}
	if (n == 0)
		return link_fail(l, err, -ECONNRESET, "it ended");
	if (n < 0)
		return link_fail(l, err, (int)n, "read");
	rate_take(&l->rate_in, (size_t)n);
	l->in_end += (size_t)n;
	l->stats.received += (uint64_t)n;
	l->last_in = clock_now();
	return 1;
}

/* Parses one frame from the buffer: 1, 0 when there is no whole one, or -errno. */
static int next_frame(struct link *l, struct frame *f, struct err *err)
{
	ssize_t n = frame_parse(f, l->in + l->in_at, l->in_end - l->in_at);
	if (n < 0)
		return link_fail(l, err, -EBADMSG,
				 "what came is not a frame of xfer's, or was damaged on the way");
	if (n == 0)
		return 0;
	l->in_at += (size_t)n;
	if (f->type & FRAME_PACKED) {
		ptrdiff_t size = compressor_unpack(l->zstd, l->unpacked, FRAME_MAX, f->data, f->len);
		if (size < 0)
			return link_fail(l, err, -EBADMSG, "a packed frame does not unpack");
		l->stats.packed_from += (uint64_t)size;
		l->stats.packed_to += f->len;
		f->type &= (uint16_t)~FRAME_PACKED;
		f->data = l->unpacked;
		f->len = (uint32_t)size;
	}
	return 1;
}

static bool is_held(const struct link *l)
{
	return l->hold && *l->hold;
}

static int handle_all(struct link *l, struct err *err)
{
	struct frame f;
	int r = 0;
	while (!is_held(l) && (r = next_frame(l, &f, err)) > 0) {
		if (f.type == FRAME_PING)
			continue;
		r = l->handler(l->ctx, &f, err);
		if (r < 0) {
			l->failed = r;
			return r;
		}
	}
	return r;
}

/* What of out[0..len) and payload is not written yet becomes the whole of out, so that an interrupted
 * stream can still be ended by a whole frame. */
static int keep_rest(struct link *l, size_t done, const uint8_t *payload, size_t payload_len, int code)
{
	size_t from_out = done < l->out.len ? done : l->out.len;
	size_t from_payload = done - from_out;
	memmove(l->out.data, l->out.data + from_out, l->out.len - from_out);
	l->out.len -= from_out;
	buf_bytes(&l->out, payload + from_payload, payload_len - from_payload);
	l->stats.sent += done;
	return code;
}

/* The peer takes nothing any more. What it said before, perhaps why, is still to be read: the handler ends the session
 * with that; without one it is an ABORT that does. Else 0. */
static int last_words(struct link *l, struct err *err)
{
	int r = 0;
	if (!l->handler) {
		l->abort_status = link_abort_await(l->chan, l->in + l->in_at, l->in_end - l->in_at, err);
		return l->abort_status ? (l->failed = -ECONNABORTED) : 0;
	}
	rate_set(&l->rate_in, 0, 0);
	uint64_t until = clock_now() + LAST_WORDS;
	while (r >= 0 && !l->ended && link_hears(l->chan, until)) {
		r = fill_input(l, err);
		if (r > 0)
			r = handle_all(l, err);
	}
	return r;
}

/* What of out[0..len) and payload stands behind the first done bytes, at most room bytes of it. Returns how many of iov are
 * used. */
static int unwritten(struct iovec iov[static 2], const struct link *l, struct iovec payload, size_t done,
		     size_t room)
{
	const struct iovec all[2] = { { l->out.data, l->out.len }, payload };
	int n = 0;
	for (int i = 0; i < 2; i++) {
		size_t skip = done < all[i].iov_len ? done : all[i].iov_len;
		size_t left = all[i].iov_len - skip < room ? all[i].iov_len - skip : room;
		done -= skip;
		room -= left;
		if (left)
			iov[n++] = (struct iovec){ (uint8_t *)all[i].iov_base + skip, left };
	}
	return n;
}

/* Waits until something can be written; what can be read meanwhile goes to the handler. */
static int wait_to_write(struct link *l, struct err *err)
{
	uint64_t since = clock_now();
	int ready = link_wait_for(l, l->handler != NULL, true, err);
	compressor_waited(l->zstd, clock_now() - since);
	if (ready > 0 && (ready & 1)) {
		ready = fill_input(l, err);
		if (ready > 0)
			ready = handle_all(l, err);
	}
	return ready;
}

/* Writes out[0..len) and then payload; reads meanwhile when a handler takes what comes. */
static int write_all(struct link *l, const void *payload, size_t payload_len, struct err *err)
{
	size_t done = 0, total = l->out.len + payload_len;
	while (done < total) {
		struct iovec iov[2];
		size_t room = rate_room(&l->rate_out, clock_now());
		int n = unwritten(iov, l, (struct iovec){ (void *)payload, payload_len }, done, room);
		ssize_t w = n ? chan_write(l->chan, iov, n) : -EAGAIN;
		if (w > 0) {
			rate_take(&l->rate_out, (size_t)w);
			done += (size_t)w;
			continue;
		}
		if (w != -EAGAIN && w != -EINTR) {
			int said = last_words(l, err);
			return said < 0 ? said : link_fail(l, err, (int)w, "write");
		}
		int ready = wait_to_write(l, err);
		if (ready < 0)
			return keep_rest(l, done, payload, payload_len, ready);
	}
	l->stats.sent += total;
	l->last_out = clock_now();
	buf_clear(&l->out);
	return 0;
}

static int send_frame(struct link *l, struct frame f, bool pack, struct err *err)
{
	if (l->failed)
		return err_set(err, l->failed, "connection to the other side");
	CHECK(f.len <= FRAME_MAX);
	l->stats.queued += f.len;
	size_t n = pack ? compressor_pack(l->zstd, l->packed, PACKED_MAX, f.data, f.len) : 0;
	if (n) {
		l->stats.packed_from += f.len;
		l->stats.packed_to += n;
		f.type |= FRAME_PACKED;
		f.data = l->packed;
		f.len = (uint32_t)n;
	}
	uint8_t head[FRAME_HEAD];
	frame_pack(head, &f);
	buf_bytes(&l->out, head, sizeof head);
	if (l->out.len + f.len >= OUT_FLUSH)
		return write_all(l, f.data, f.len, err);
	buf_bytes(&l->out, f.data, f.len);
	return l->out.failed ? link_fail(l, err, -ENOMEM, "buffer") : 0;
}

int link_send(struct link *l, enum frame_type type, uint64_t offset, const void *payload, size_t len,
	      struct err *err)
{
	struct frame f = { .type = (uint16_t)type, .offset = offset, .data = payload, .len = (uint32_t)len };
	return send_frame(l, f, l->compress, err);
}

int link_send_packed(struct link *l, enum frame_type type, uint64_t offset, const void *payload, size_t len,
		     struct err *err)
{
	struct frame f = { .type = (uint16_t)type, .offset = offset, .data = payload, .len = (uint32_t)len };
	return send_frame(l, f, true, err);
}

int link_flush(struct link *l, struct err *err)
{
	if (l->failed)
		return err_set(err, l->failed, "connection to the other side");
	return l->out.len ? write_all(l, NULL, 0, err) : 0;
}

int link_pump(struct link *l, bool wait, struct err *err)
{
	if (l->failed)
		return err_set(err, l->failed, "connection to the other side");
	CHECK(l->handler);
	size_t at = l->in_at;
	int r = handle_all(l, err); /* link_recv may have left some that came together */
	if (r < 0)
		return r;
	if (wait && l->in_at == at) {
		r = link_flush(l, err);
		if (!r)
			r = link_wait_for(l, true, false, err);
		if (r < 0)
			return r;
	}
	while (!is_held(l) && (r = fill_input(l, err)) > 0) {
		r = handle_all(l, err);
		if (r == 0 && wait)
			r = link_keep_alive(l, l->last_in, err);
		if (r < 0)
			return r;
	}
	return r;
}

int link_recv(struct link *l, struct frame *out, struct err *err)
{
	for (;;) {
		if (l->failed)
			return err_set(err, l->failed, "connection to the other side");
		int r = next_frame(l, out, err);
		if (r < 0)
			return r;
		if (r > 0 && out->type != FRAME_PING)
			return 0;
		if (r > 0)
			continue;
		r = fill_input(l, err);
		if (r > 0) { /* where bytes trickle in there is no silence to speak in */
			r = link_keep_alive(l, l->last_in, err);
		} else if (r == 0) {
			r = link_flush(l, err);
			if (!r)
				r = link_wait_for(l, true, false, err);
		}
		if (r < 0)
			return r;
	}
}

void link_abort(struct link *l, int status, const char *text)
{
	uint8_t payload[4 + ERR_TEXT];
	struct buf b = { .data = payload, .cap = sizeof payload, .limit = sizeof payload };
	link_abort_put(&b, status, text);
	/* where only what came was wrong, or nothing did, what is said can still go out */
	if (l->failed && l->failed != -EBADMSG && l->failed != -EPROTO && l->failed != -ETIMEDOUT)
		return;
	uint8_t head[FRAME_HEAD];
	struct frame f = { .type = FRAME_ABORT, .data = payload, .len = (uint32_t)b.len };
	frame_pack(head, &f);
	buf_bytes(&l->out, head, sizeof head);
	buf_bytes(&l->out, payload, b.len);
	/* what is queued goes first, else the frame would stand in the middle of another; a peer that does not
	 * read gets a few seconds */
	static const volatile int go_on = 0;
	struct err ignored;
	l->quit = &go_on;
	l->watch = NULL;
	l->handler = NULL;
	l->timeout = 5;
	rate_set(&l->rate_out, 0, 0);
	l->last_in = clock_now();
	(void)write_all(l, NULL, 0, &ignored);
	chan_shut_write(l->chan);
	l->failed = -ESHUTDOWN;
}
