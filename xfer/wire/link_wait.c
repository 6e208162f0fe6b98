/* How a link waits: what it looks at meanwhile, what it does instead, and how it keeps the peer from giving us up. */
#include <errno.h>

#include "xfer/base/clock.h"
#include "xfer/wire/link_impl.h"

enum { TICK_MS = 1000 };
#define WATCH_EVERY (CLOCK_SECOND / 2)

/* Is the session to end for a reason that lies outside of it? */
static int look_around(struct link *l, struct err *err)
{
	if (l->quit && *l->quit)
		return err_say(err, -EINTR, "interrupted");
	uint64_t now = clock_now();
	if (!l->watch || now - l->watched < WATCH_EVERY)
		return 0;
	l->watched = now;
	return l->watch(l->watch_ctx, err);
}

/* As chan_wait, but a direction that has used up its rate is not ready before there is more of it. 0 when only that was
 * waited for; -ETIME when nothing was ready for TICK_MS. */
static int wait_a_while(struct link *l, bool want_read, bool want_write)
{
	uint64_t now = clock_now();
	int in = want_read ? rate_wait_ms(&l->rate_in, now) : 0;
	int out = want_write ? rate_wait_ms(&l->rate_out, now) : 0;
	int ms = in && out ? (in < out ? in : out) : in + out;
	int tick = ms && ms < TICK_MS ? ms : TICK_MS;
	int r = chan_wait(l->chan, want_read && !in, want_write && !out, tick);
	return r || tick < TICK_MS ? r : -ETIME;
}

/* Has nothing come for too long? That counts from since, where nothing came later. */
static int check_time(struct link *l, uint64_t since, struct err *err)
{
	if (l->last_in > since)
		since = l->last_in;
	if (!l->timeout || clock_now() - since <= (uint64_t)l->timeout * CLOCK_SECOND)
		return 0;
	l->failed = -ETIMEDOUT;
	return err_say(err, -ETIMEDOUT, "nothing came from the other side for %d seconds", l->timeout);
}

/* Works instead of waiting for the peer to speak, until it does. 1: it did; 0: there is no such work; -errno. */
static int work_meanwhile(struct link *l, uint64_t since, struct err *err)
{
	while (l->idle) {
		int r = link_tick(l, err);
		if (r < 0)
			return r;
		r = chan_wait(l->chan, true, false, 0);
		if (r > 0)
			return r;
		if (r < 0 && r != -EINTR)
			return link_fail(l, err, r, "wait");
		r = check_time(l, since, err);
		if (r < 0)
			return r;
		r = l->idle(l->idle_ctx, err);
		if (r < 0)
			return r;
		if (r == 0)
			l->idle = NULL;
	}
	return 0;
}

int link_wait_for(struct link *l, bool want_read, bool want_write, struct err *err)
{
	/* counted from here where that is later: while we worked nobody read, and each wait of a long writing
	 * means that the peer took something before. That our own PINGs fit into a buffer proves nothing. */
	uint64_t since = clock_now();
	int r = want_read && !want_write ? work_meanwhile(l, since, err) : 0;
	if (r)
		return r;
	for (;;) {
		r = look_around(l, err);
		if (r < 0)
			return r;
		r = wait_a_while(l, want_read, want_write);
		if (r >= 0)
			return r;
		if (r != -EINTR && r != -ETIME)
			return link_fail(l, err, r, "wait");
		r = check_time(l, since, err);
		/* only a reader keeps alive: a writer has something under way that says more */
		if (r == 0 && !want_write)
			r = link_tick(l, err);
		if (r < 0)
			return r;
	}
}

int link_tick(struct link *l, struct err *err)
{
	int r = look_around(l, err);
	return r < 0 ? r : link_keep_alive(l, clock_now(), err);
}

int link_keep_alive(struct link *l, uint64_t now, struct err *err)
{
	if (l->mute || !l->timeout || now - l->last_out < (uint64_t)l->timeout * CLOCK_SECOND / 3)
		return 0;
	if (l->out.len) /* says as much */
		return link_flush(l, err);
	struct frame ping = { .type = FRAME_PING };
	uint8_t head[FRAME_HEAD];
	frame_pack(head, &ping);
	struct iovec iov = { head, sizeof head };
	ssize_t n = chan_write(l->chan, &iov, 1);
	if (n < 0 && n != -EAGAIN && n != -EINTR) {
		l->mute = true;
		return 0;
	}
	size_t done = n > 0 ? (size_t)n : 0;
	l->stats.sent += done;
	buf_bytes(&l->out, head + done, sizeof head - done);
	if (l->out.len)
		return link_flush(l, err);
	l->last_out = clock_now();
	return 0;
}
