#include "dbdump/agent/lifeline.h"

#include <errno.h>
#include <signal.h>

#include "xfer/base/clock.h"

enum { TICK_MS = 250 };

int lifeline_init(struct lifeline *l, struct chan *app, unsigned silence_s, struct err *err)
{
	*l = (struct lifeline){ .app = app, .silence_s = silence_s };
	return lasting_new(&l->stream, LASTING_WINDOW, err);
}

void lifeline_fini(struct lifeline *l)
{
	lifeline_part(l, false);
	chan_close(l->app);
	lasting_free(l->stream);
	*l = (struct lifeline){ 0 };
}

int lifeline_join(struct lifeline *l, struct chan *link, uint64_t received, const void *first, size_t len,
		  struct err *err)
{
	int rc = lasting_join(l->stream, received, first, len, err);
	lifeline_part(l, false);
	l->link = link;
	l->heard_at = l->spoke_at = clock_now();
	return rc;
}

void lifeline_part(struct lifeline *l, bool at_once)
{
	if (l->link && at_once)
		chan_signal(l->link, SIGKILL);
	chan_close(l->link);
	l->link = NULL;
}

static bool is_nothing(ssize_t n)
{
	return n == -EAGAIN || n == -EINTR;
}

static void read_app(struct lifeline *l)
{
	uint8_t *to;
	size_t room = lasting_room(l->stream, &to);
	ssize_t n = chan_read(l->app, to, room);
	if (n > 0) {
		lasting_put(l->stream, (size_t)n);
	} else if (!is_nothing(n)) {
		l->app_ended = true;
		lasting_end(l->stream);
	}
}

/* Where it takes nothing more, it has ended, and is heard to. */
static void write_app(struct lifeline *l)
{
	const uint8_t *from;
	size_t len = lasting_come(l->stream, &from);
	struct iovec iov = { (void *)(uintptr_t)from, len };
	ssize_t n = chan_write(l->app, &iov, 1);
	if (!is_nothing(n))
		lasting_take(l->stream, n < 0 ? len : (size_t)n);
}

/* One end, however it is seen. */
static int say_broken(int rc, struct err *err)
{
	return rc == 0 || rc == -ECONNRESET || rc == -EPIPE
		       ? err_say(err, -ECONNRESET, "the connection ended")
		       : err_set(err, rc, "the connection");
}

static int read_link(struct lifeline *l, struct err *err)
{
	uint8_t *to;
	size_t room = lasting_ear(l->stream, &to);
	ssize_t n = chan_read(l->link, to, room);
	if (is_nothing(n))
		return 0;
	if (n <= 0)
		return say_broken((int)n, err);
	l->heard_at = clock_now();
	return lasting_heard(l->stream, (size_t)n, err);
}

static int write_link(struct lifeline *l, struct err *err)
{
	const uint8_t *from;
	struct iovec iov = { .iov_len = lasting_next(l->stream, &from) };
	iov.iov_base = (void *)(uintptr_t)from;
	ssize_t n = iov.iov_len ? chan_write(l->link, &iov, 1) : -EAGAIN;
	if (is_nothing(n))
		return 0;
	if (n < 0)
		return say_broken((int)n, err);
	l->spoke_at = clock_now();
	lasting_written(l->stream, (size_t)n);
	return 0;
}

/* Both ends speak three times in that time, whatever those are doing whom the stream is for. */
static int check_silence(struct lifeline *l, struct err *err)
{
	uint64_t now = clock_now(), silence = l->silence_s * CLOCK_SECOND;
	if (now - l->spoke_at > silence / 3)
		lasting_ping(l->stream);
	return now - l->heard_at <= silence
		       ? 0
		       : err_say(err, -ETIMEDOUT, "nothing came over the connection for %u seconds",
				 l->silence_s);
}

static int move_link(struct lifeline *l, const struct pollfd *in, const struct pollfd *out, struct err *err)
{
	int rc = in->revents ? read_link(l, err) : 0;
	if (rc == 0 && out->revents)
		rc = write_link(l, err);
	return rc ? rc : check_silence(l, err);
}

int lifeline_turn(struct lifeline *l, struct pollfd *also, struct err *err)
{
	enum { APP_IN, APP_OUT, LINK_IN, LINK_OUT, ALSO, ALL };
	uint8_t *to;
	const uint8_t *from;
	bool room = lasting_room(l->stream, &to), come = lasting_come(l->stream, &from);
	bool out = l->link && lasting_next(l->stream, &from);
	struct pollfd p[ALL] = {
		[APP_IN] = { .fd = room && !l->app_ended ? chan_rfd(l->app) : -1, .events = POLLIN },
		[APP_OUT] = { .fd = come ? chan_wfd(l->app) : -1, .events = POLLOUT },
		[LINK_IN] = { .fd = l->link ? chan_rfd(l->link) : -1, .events = POLLIN },
		[LINK_OUT] = { .fd = out ? chan_wfd(l->link) : -1, .events = POLLOUT },
		[ALSO] = *also,
	};
	int n = poll(p, ALL, TICK_MS);
	if (n < 0 && errno != EINTR)
		return err_set(err, -errno, "poll");
	for (int i = 0; n <= 0 && i < ALL; i++)
		p[i].revents = 0;
	also->revents = p[ALSO].revents;
	if (p[APP_IN].revents)
		read_app(l);
	if (p[APP_OUT].revents)
		write_app(l);
	if (!l->told && lasting_is_over(l->stream)) {
		chan_shut_write(l->app);
		l->told = true;
	}
	return l->link ? move_link(l, &p[LINK_IN], &p[LINK_OUT], err) : 0;
}
