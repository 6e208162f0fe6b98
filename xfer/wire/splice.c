#include "xfer/wire/splice.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/clock.h"
#include "xfer/base/rate.h"
#include "xfer/codec/compress.h"

enum {
	WHOLE = FRAME_HEAD + FRAME_MAX,
	IN_SIZE = 2 * WHOLE,
	QUEUE_MOST = 2 * WHOLE,
	ABORT_MOST = FRAME_HEAD + 4 + ERR_TEXT,
	TICK_MS = 1000,
	/* so many bytes taken since the last one; less fits into a buffer of a host that is gone */
	SIGN_OF_LIFE = 64 * 1024,
};
#define LAST_WORDS (5 * CLOCK_SECOND)
#define WATCH_EVERY (CLOCK_SECOND / 2)

struct end {
	const char *name;
	struct chan *chan;
	uint8_t *in; /* IN_SIZE; [in_at, in_end) is not passed on yet */
	size_t in_at, in_end;
	bool ended; /* nothing more comes */
	struct rate rate_in, rate_out;
	struct buf out; /* from out_at on to be written to it */
	size_t out_at;
	int broken;	    /* -errno of writing: nothing more goes */
	uint64_t broken_at; /* clock_now */
	uint64_t last;	    /* its last sign of life */
	size_t taken;	    /* bytes written since */
	uint64_t last_out;  /* clock_now of the last byte written */
};

struct splice {
	const struct splice_job *job;
	struct end end[SPLICE_ENDS];
	struct compressor *zstd;
	uint8_t *unpacked;
	struct link_stats stats;
	uint64_t watched; /* clock_now of the watch's last call */
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
		*e = (struct end){ .name = end[i].name, .chan = end[i].chan };
		e->last = e->last_out = clock_now();
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

void splice_set_rate(struct splice *s, uint64_t bytes_per_s)
{
	uint64_t now = clock_now();
	for (int i = 0; i < SPLICE_ENDS; i++) {
		rate_set(&s->end[i].rate_in, bytes_per_s, now);
		rate_set(&s->end[i].rate_out, bytes_per_s, now);
	}
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

static void gave_sign(struct end *e, uint64_t now)
{
	e->last = now;
	e->taken = 0;
}

static int read_some(struct splice *s, struct end *e, struct err *err)
{
	memmove(e->in, e->in + e->in_at, e->in_end - e->in_at);
	e->in_end -= e->in_at;
	e->in_at = 0;
	size_t room = rate_room(&e->rate_in, clock_now());
	if (room > IN_SIZE - e->in_end)
		room = IN_SIZE - e->in_end;
	ssize_t n = room ? chan_read(e->chan, e->in + e->in_end, room) : -EAGAIN;
	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n < 0)
		return err_set(err, (int)n, "%s: the connection", e->name);
	rate_take(&e->rate_in, (size_t)n);
	e->ended = n == 0;
	e->in_end += (size_t)n;
	s->stats.received += (uint64_t)n;
	gave_sign(e, clock_now());
	return 0;
}

/* An end that takes nothing more may still have something to say, perhaps why. */
static void write_some(struct splice *s, struct end *e)
{
	size_t room = rate_room(&e->rate_out, clock_now());
	struct iovec iov = { e->out.data + e->out_at, queued(e) < room ? queued(e) : room };
	ssize_t n = room ? chan_write(e->chan, &iov, 1) : -EAGAIN;
	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n < 0) {
		e->broken = (int)n;
		e->broken_at = clock_now();
		n = (ssize_t)queued(e);
	} else {
		rate_take(&e->rate_out, (size_t)n);
		s->stats.sent += (uint64_t)n;
		e->last_out = clock_now();
	}
	e->taken += (size_t)n;
	if (e->taken >= SIGN_OF_LIFE)
		gave_sign(e, clock_now());
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
		gave_sign(e, now);
	if (s->job->timeout && now - e->last > (uint64_t)s->job->timeout * CLOCK_SECOND)
		return err_say(err, -ETIMEDOUT, "%s: nothing came from there for %d seconds", e->name,
			       s->job->timeout);
	return 0;
}

/* Who sends a frame says no PING in the midst of it, and none of it goes on before it came whole: where that takes long, we say one. */
static void keep_alive(struct splice *s, int from)
{
	struct end *e = &s->end[from], *to = &s->end[!from];
	struct frame ping = { .type = FRAME_PING };
	uint8_t head[FRAME_HEAD];
	if (!s->job->timeout || e->in_at == e->in_end || queued(to) ||
	    clock_now() - to->last_out < (uint64_t)s->job->timeout * CLOCK_SECOND / 3)
		return;
	frame_pack(head, &ping);
	enqueue(to, head, sizeof head);
}

/* Is the session to end for a reason that lies outside of it? */
static int look_around(struct splice *s, struct err *err)
{
	const struct splice_job *job = s->job;
	if (job->quit && *job->quit)
		return err_say(err, -EINTR, "interrupted");
	uint64_t now = clock_now();
	if (!job->watch || now - s->watched < WATCH_EVERY)
		return 0;
	s->watched = now;
	return job->watch(job->watch_ctx, err);
}

/* The descriptor, to be polled now: -1 when it is not wanted, or its rate is used up. Then *timeout_ms ends with that. */
static int when_ready(int fd, bool wanted, struct rate *rate, int *timeout_ms)
{
	int ms = wanted ? rate_wait_ms(rate, clock_now()) : 0;
	if (ms && ms < *timeout_ms)
		*timeout_ms = ms;
	return wanted && !ms ? fd : -1;
}

/* Waits, and moves what can be moved between the channels and our buffers. */
static int move(struct splice *s, struct err *err)
{
	struct pollfd p[2 * SPLICE_ENDS];
	int timeout_ms = TICK_MS;
	for (int i = 0; i < SPLICE_ENDS; i++) {
		struct end *e = &s->end[i];
		int in = when_ready(chan_rfd(e->chan), has_room(e), &e->rate_in, &timeout_ms);
		int out = when_ready(chan_wfd(e->chan), queued(e), &e->rate_out, &timeout_ms);
		p[2 * i] = (struct pollfd){ .fd = in, .events = POLLIN };
		p[2 * i + 1] = (struct pollfd){ .fd = out, .events = POLLOUT };
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
			if (r == 0)
				keep_alive(s, i);
		}
		if (r == 0 && *finished && !queued(&s->end[0]) && !queued(&s->end[1]))
			return 0;
		if (r == 0)
			r = look_around(s, err);
		if (r == 0)
			r = move(s, err);
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
	splice_set_rate(s, 0);
	uint64_t until = clock_now() + LAST_WORDS;
	struct err ignored;
	while ((queued(&s->end[0]) || queued(&s->end[1])) && clock_now() < until) {
		/* an end that writes reads nothing before that is taken from it */
		for (int i = 0; i < SPLICE_ENDS; i++)
			s->end[i].in_at = s->end[i].in_end;
		if (move(s, &ignored) < 0)
			break;
	}
	for (int i = 0; i < SPLICE_ENDS; i++)
		chan_shut_write(s->end[i].chan);
}
