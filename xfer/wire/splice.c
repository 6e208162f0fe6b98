#include "xfer/wire/splice.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/clock.h"
#include "xfer/codec/compress.h"

enum {
	WHOLE = FRAME_HEAD + FRAME_MAX,
	IN_SIZE = 2 * WHOLE,
	QUEUE_MOST = 2 * WHOLE,
	ABORT_MOST = FRAME_HEAD + 4 + ERR_TEXT,
	TICK_MS = 1000,
	SIGN_OF_LIFE = 64 *
		       1024, /* so many bytes taken at once; less fits into a buffer of a host that is gone */
};
#define LAST_WORDS (5 * CLOCK_SECOND)

struct end {
	const char *name;
	struct chan *chan;
	uint8_t *in; /* IN_SIZE; [in_at, in_end) is not passed on yet */
	size_t in_at, in_end;
	bool ended;	/* nothing more comes */
	struct buf out; /* from out_at on to be written to it */
	size_t out_at;
	int broken;	    /* -errno of writing: nothing more goes */
	uint64_t broken_at; /* clock_now */
	uint64_t last;	    /* its last sign of life */
};

struct splice {
	const struct splice_job *job;
	struct end end[SPLICE_ENDS];
	struct compressor *zstd;
	uint8_t *unpacked;
	struct link_stats stats;
};

int splice_new(struct splice **out, const struct splice_job *job, struct splice_end end[SPLICE_ENDS],
	       struct err *err)
{
	struct splice *s = calloc(1, sizeof *s);
	if (!s) {
		for (int i = 0; i < SPLICE_ENDS; i++)
			chan_close(end[i].chan);
		return err_set(err, -ENOMEM, "relay");
	}
	s->job = job;
	s->zstd = compressor_new(1);
	s->unpacked = malloc(FRAME_MAX);
	bool good = s->zstd && s->unpacked;
	for (int i = 0; i < SPLICE_ENDS; i++) {
		struct end *e = &s->end[i];
		*e = (struct end){ .name = end[i].name, .chan = end[i].chan, .last = clock_now() };
		buf_init(&e->out, QUEUE_MOST + ABORT_MOST + WHOLE);
		e->in = malloc(IN_SIZE);
		good = good && e->in && end[i].begun.len <= IN_SIZE;
		if (good && end[i].begun.len)
			memcpy(e->in, end[i].begun.data, end[i].begun.len);
		e->in_end = end[i].begun.len;
	}
	if (good) {
		*out = s;
		return 0;
	}
	splice_free(s);
	return err_set(err, -ENOMEM, "relay");
}

void splice_free(struct splice *s)
{
	if (!s)
		return;
	for (int i = 0; i < SPLICE_ENDS; i++) {
		chan_close(s->end[i].chan);
		buf_fini(&s->end[i].out);
		free(s->end[i].in);
	}
	compressor_free(s->zstd);
	free(s->unpacked);
	free(s);
}

void splice_get_stats(const struct splice *s, struct link_stats *out)
{
	*out = s->stats;
}

static size_t queued(const struct end *e)
{
	return e->out.len - e->out_at;
}

static bool has_room(const struct end *e)
{
	return !e->ended && e->in_end - e->in_at < IN_SIZE;
}

static void enqueue(struct end *e, const void *p, size_t n)
{
	if (e->out_at && (e->out_at >= WHOLE || !queued(e))) { /* else the limit would be met */
		memmove(e->out.data, e->out.data + e->out_at, queued(e));
		e->out.len -= e->out_at;
		e->out_at = 0;
	}
	if (!e->broken)
		buf_bytes(&e->out, p, n);
}

static int read_some(struct splice *s, struct end *e, struct err *err)
{
	memmove(e->in, e->in + e->in_at, e->in_end - e->in_at);
	e->in_end -= e->in_at;
	e->in_at = 0;
	ssize_t n = chan_read(e->chan, e->in + e->in_end, IN_SIZE - e->in_end);
	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n < 0)
		return err_set(err, (int)n, "%s: the connection", e->name);
	e->ended = n == 0;
	e->in_end += (size_t)n;
	s->stats.received += (uint64_t)n;
	e->last = clock_now();
	return 0;
}

/* An end that takes nothing more may still have something to say, perhaps why. */
static void write_some(struct splice *s, struct end *e)
{
	struct iovec iov = { e->out.data + e->out_at, queued(e) };
	ssize_t n = chan_write(e->chan, &iov, 1);
	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n < 0) {
		e->broken = (int)n;
		e->broken_at = clock_now();
		n = (ssize_t)queued(e);
	} else {
		s->stats.sent += (uint64_t)n;
	}
	if (n >= SIGN_OF_LIFE)
		e->last = clock_now();
	e->out_at += (size_t)n;
}

/* Hands one frame to the handler. */
static int handle(struct splice *s, int from, struct frame f, struct err *err)
{
	if (f.type & FRAME_PACKED) {
		ptrdiff_t n = compressor_unpack(s->zstd, s->unpacked, FRAME_MAX, f.data, f.len);
		if (n < 0)
			return err_set(err, -EBADMSG, "%s: a packed frame does not unpack",
				       s->end[from].name);
		f.type &= (uint16_t)~FRAME_PACKED;
		f.data = s->unpacked;
		f.len = (uint32_t)n;
	}
	return s->job->handler(s->job->ctx, from, &f, err);
}

/* Passes on what came whole, as far as there is room. */
static int pass(struct splice *s, int from, const bool *finished, struct err *err)
{
	struct end *e = &s->end[from], *to = &s->end[!from];
	struct frame f;
	ssize_t n;
	while ((n = frame_parse(&f, e->in + e->in_at, e->in_end - e->in_at)) > 0) {
		if (queued(to) + (size_t)n > QUEUE_MOST)
			return 0;
		unsigned type = f.type & ~(unsigned)FRAME_PACKED;
		int r = s->job->handled >> type & 1 ? handle(s, from, f, err) : 1;
		if (r < 0)
			return r;
		if (r > 0)
			enqueue(to, e->in + e->in_at, (size_t)n);
		e->in_at += (size_t)n;
		if (to->out.failed)
			return err_set(err, -ENOMEM, "relay");
	}
	if (n < 0)
		return err_set(err, -EBADMSG,
			       "%s: what came from there is not a frame of xfer's, or was damaged on the way",
			       e->name);
	if (e->ended && !*finished)
		return err_set(err, -ECONNRESET, "%s: the connection ended", e->name);
	return 0;
}

static int check_time(struct splice *s, struct end *e, struct err *err)
{
	uint64_t now = clock_now();
	if (e->broken && now - e->broken_at > LAST_WORDS)
		return err_set(err, e->broken, "%s: the connection", e->name);
	if (!has_room(e)) /* what holds it up is the other end */
		e->last = now;
	if (s->job->timeout && now - e->last > (uint64_t)s->job->timeout * CLOCK_SECOND)
		return err_say(err, -ETIMEDOUT, "%s: nothing came from there for %d seconds", e->name,
			       s->job->timeout);
	return 0;
}

/* Waits, and moves what can be moved between the channels and our buffers. */
static int move(struct splice *s, int timeout_ms, struct err *err)
{
	struct pollfd p[2 * SPLICE_ENDS];
	for (int i = 0; i < SPLICE_ENDS; i++) {
		struct end *e = &s->end[i];
		p[2 * i] = (struct pollfd){ .fd = has_room(e) ? chan_rfd(e->chan) : -1, .events = POLLIN };
		p[2 * i + 1] = (struct pollfd){ .fd = queued(e) ? chan_wfd(e->chan) : -1, .events = POLLOUT };
	}
	if (poll(p, 2 * SPLICE_ENDS, timeout_ms) < 0)
		return errno == EINTR ? 0 : err_set(err, -errno, "relay");
	int r = 0;
	for (int i = 0; r == 0 && i < SPLICE_ENDS; i++) {
		if (p[2 * i].revents)
			r = read_some(s, &s->end[i], err);
		if (p[2 * i + 1].revents)
			write_some(s, &s->end[i]);
	}
	return r;
}

int splice_run(struct splice *s, const bool *finished, struct err *err)
{
	for (;;) {
		int r = 0;
		for (int i = 0; r == 0 && i < SPLICE_ENDS; i++) {
			r = pass(s, i, finished, err);
			if (r == 0)
				r = check_time(s, &s->end[i], err);
		}
		if (r == 0 && *finished && !queued(&s->end[0]) && !queued(&s->end[1]))
			return 0;
		if (r == 0 && s->job->quit && *s->job->quit)
			r = err_say(err, -EINTR, "interrupted");
		if (r == 0)
			r = move(s, TICK_MS, err);
		if (r < 0)
			return r;
	}
}

void splice_abort(struct splice *s, int status, const char *text)
{
	struct buf payload, frame;
	buf_init(&payload, ABORT_MOST);
	buf_init(&frame, ABORT_MOST);
	link_abort_put(&payload, status, text);
	struct frame f = { .type = FRAME_ABORT, .data = payload.data, .len = (uint32_t)payload.len };
	uint8_t head[FRAME_HEAD];
	frame_pack(head, &f);
	for (int i = 0; i < SPLICE_ENDS; i++) {
		enqueue(&s->end[i], head, sizeof head);
		enqueue(&s->end[i], payload.data, payload.len);
	}
	buf_fini(&payload);
	uint64_t until = clock_now() + LAST_WORDS;
	struct err ignored;
	while ((queued(&s->end[0]) || queued(&s->end[1])) && clock_now() < until) {
		/* an end that writes reads nothing before that is taken from it */
		for (int i = 0; i < SPLICE_ENDS; i++)
			s->end[i].in_at = s->end[i].in_end;
		if (move(s, TICK_MS, &ignored) < 0)
			break;
	}
	for (int i = 0; i < SPLICE_ENDS; i++)
		chan_shut_write(s->end[i].chan);
}
