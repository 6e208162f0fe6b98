#include "dbdump/agent/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dbdump/agent/tell.h"
#include "dbdump/outcome.h"
#include "xfer/base/clock.h"
#include "xfer/base/exit.h"
#include "xfer/base/fd.h"
#include "xfer/wire/hello.h"

enum {
	ORDER_MOST = 16 << 20,
	CHUNK = 256 * 1024,	/* of the stream that goes at once */
	PENDING_MOST = 4 << 20, /* that has come and is not taken by the work: link_set_hold is for more */
	TICK_MS = 1000,
	TELLS_MOST = 2 * (FRAME_HEAD + FRAME_MAX),
};

struct serve {
	struct link *link;
	struct chan *chan; /* the link's */
	enum order_role role;
	pid_t own, child; /* ours; the work's process */
	int to, from,
		tells; /* pipes to its standard input, from its standard output, and what it tells; -1: over */
	struct buf pending; /* for `to`, from `written` on */
	size_t written;
	bool hold;	  /* there is some: nothing more is taken from the link */
	bool all_came;	  /* nothing will follow what is pending */
	struct buf heard; /* of tells, no whole frame yet */
	uint64_t offset;  /* of the stream, in what was sent or has come */
	int silence;
	uint64_t came, came_at; /* bytes over the link, and when they had been fewer */
	uint8_t *chunk;
};

static int write_all(int fd, const void *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = write(fd, (const uint8_t *)data + at, len - at);
		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int agent_tell(void *ctx, const void *message, size_t len)
{
	uint8_t head[FRAME_HEAD];
	struct frame f = { .type = FRAME_NOTE, .data = message, .len = (uint32_t)len };
	const int *fd = ctx;
	frame_pack(head, &f);
	int rc = write_all(*fd, head, sizeof head);
	return rc ? rc : write_all(*fd, message, len);
}

/* The work's process. */

struct pipes {
	int in[2], out[2], tells[2]; /* read end, write end */
};

static void close_pipes(struct pipes *p)
{
	int *const all[] = { p->in, p->out, p->tells };
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 2; k++)
			fd_closep(&all[i][k]);
}

static int open_pipes(struct pipes *p, struct err *err)
{
	*p = (struct pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if (pipe2(p->in, O_CLOEXEC) == 0 && pipe2(p->out, O_CLOEXEC) == 0 &&
	    pipe2(p->tells, O_CLOEXEC) == 0) {
		/* fewer turns; as large as may be */
		fcntl(p->in[1], F_SETPIPE_SZ, CHUNK * 4);
		fcntl(p->out[1], F_SETPIPE_SZ, CHUNK * 4);
		return 0;
	}
	int rc = err_set(err, -errno, "pipe");
	close_pipes(p);
	return rc;
}

/* In the child: nothing of the link is left open here, or its end would not be seen. */
static _Noreturn void be_child(const struct serve *s, struct pipes *p, const struct order *o,
			       agent_work *work)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != s->own || dup2(p->in[0], 0) < 0 || dup2(p->out[1], 1) < 0)
		_exit(EXIT_START);
	close(chan_rfd(s->chan));
	int tells = p->tells[1];
	p->tells[1] = -1;
	close_pipes(p);
	_exit(work(o, tells));
}

static int start(struct serve *s, const struct order *o, agent_work *work, struct err *err)
{
	struct pipes p;
	int rc = open_pipes(&p, err);
	if (rc < 0)
		return rc;
	s->own = getpid();
	s->child = fork();
	if (s->child == 0)
		be_child(s, &p, o, work);
	if (s->child < 0)
		rc = err_set(err, -errno, "fork");
	s->to = p.in[1];
	s->from = p.out[0];
	s->tells = p.tells[0];
	p.in[1] = p.out[0] = p.tells[0] = -1;
	close_pipes(&p);
	for (int i = 0; i < 3; i++)
		fcntl((const int[]){ s->to, s->from, s->tells }[i], F_SETFL, O_NONBLOCK);
	return rc;
}

/* How it ended, as a shell would say it; it is told to end if it has not yet. */
static int end_child(struct serve *s, bool at_once)
{
	int status = 0;
	fd_closep(&s->to);
	fd_closep(&s->from);
	fd_closep(&s->tells);
	if (s->child <= 0)
		return EXIT_START;
	if (at_once)
		kill(s->child, SIGTERM);
	while (waitpid(s->child, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_START;
	s->child = 0;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* What comes over the link. */

static void queue(struct serve *s, const void *data, size_t len)
{
	if (s->to >= 0)
		buf_bytes(&s->pending, data, len);
	s->hold = s->pending.len > s->written;
}

/* A closed pipe takes none of it. */
static void queue_answer(struct serve *s, const struct frame *f)
{
	uint8_t word[4];
	struct buf b = { .data = word, .cap = sizeof word, .limit = sizeof word };
	buf_u32(&b, f->len);
	queue(s, b.data, b.len);
	queue(s, f->data, f->len);
}

static int on_frame(void *ctx, const struct frame *f, struct err *err)
{
	struct serve *s = ctx;
	if (f->type == FRAME_ABORT) {
		link_abort_parse(f, err->text, sizeof err->text);
		return err->code = -ECONNABORTED;
	}
	if (s->role == ORDER_DUMP && f->type == FRAME_READY) {
		queue_answer(s, f);
	} else if (s->role == ORDER_LOAD && f->type == FRAME_DATA && !s->all_came && f->offset == s->offset) {
		s->offset += f->len;
		queue(s, f->data, f->len);
	} else if (s->role == ORDER_LOAD && f->type == FRAME_DONE) {
		s->all_came = true;
	} else {
		return err_say(err, -EPROTO, "a frame of type %u at the wrong time", f->type);
	}
	return s->pending.failed ? err_set(err, -ENOMEM, "stream") : 0;
}

/* The pipes. */

/* A work that takes nothing more has its reasons, and tells them. */
static void write_pending(struct serve *s)
{
	ssize_t n = write(s->to, s->pending.data + s->written, s->pending.len - s->written);
	if (n > 0)
		s->written += (size_t)n;
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		fd_closep(&s->to);
		s->written = s->pending.len;
	}
	if (s->written == s->pending.len) {
		buf_clear(&s->pending);
		s->written = 0;
	}
	s->hold = s->pending.len > s->written;
}

/* Bytes read into s->chunk; 0: nothing now, or the end, and then *fd is -1. */
static size_t read_pipe(struct serve *s, int *fd)
{
	ssize_t n = read(*fd, s->chunk, CHUNK);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		fd_closep(fd);
	return n > 0 ? (size_t)n : 0;
}

static int pass_stream(struct serve *s, struct err *err)
{
	size_t n = read_pipe(s, &s->from);
	int rc = n ? link_send(s->link, FRAME_DATA, s->offset, s->chunk, n, err) : 0;
	s->offset += n;
	return rc;
}

static int pass_tells(struct serve *s, struct err *err)
{
	struct frame f;
	ssize_t used = 0;
	size_t at = 0;
	buf_bytes(&s->heard, s->chunk, read_pipe(s, &s->tells));
	while (!s->heard.failed && (used = frame_parse(&f, s->heard.data + at, s->heard.len - at)) > 0) {
		bool answers = tell_is_answer(f.data, f.len);
		int rc = link_send(s->link, answers ? FRAME_READY : FRAME_NOTE, 0, f.data + answers,
				   f.len - answers, err);
		if (rc < 0)
			return rc;
		at += (size_t)used;
	}
	if (s->heard.failed || used < 0)
		return err_say(err, -EBADMSG, "what the work tells does not parse");
	memmove(s->heard.data, s->heard.data + at, s->heard.len - at);
	s->heard.len -= at;
	return 0;
}

static short ready(const struct pollfd *p)
{
	return p->fd >= 0 ? p->revents : 0;
}

/* What holds us up ourselves is no silence. */
static int check_silence(struct serve *s, struct err *err)
{
	struct link_stats stats;
	link_get_stats(s->link, &stats);
	if (stats.received != s->came || s->hold) {
		s->came = stats.received;
		s->came_at = clock_now();
	}
	return clock_now() - s->came_at <= (uint64_t)s->silence * CLOCK_SECOND
		       ? 0
		       : err_say(err, -ETIMEDOUT, "nothing came from the other side for %d seconds",
				 s->silence);
}

static int turn(struct serve *s, const volatile int *quit, struct err *err)
{
	struct pollfd p[] = { { .fd = s->hold ? -1 : link_rfd(s->link), .events = POLLIN },
			      { .fd = s->hold ? s->to : -1, .events = POLLOUT },
			      { .fd = s->from, .events = POLLIN },
			      { .fd = s->tells, .events = POLLIN } };
	if (poll(p, sizeof p / sizeof *p, TICK_MS) < 0 && errno != EINTR)
		return err_set(err, -errno, "poll");
	if (*quit)
		return err_say(err, -EINTR, "interrupted");
	if (ready(&p[1]))
		write_pending(s);
	int rc = link_pump(s->link, false, err);
	if (s->all_came && !s->hold)
		fd_closep(&s->to);
	if (rc == 0 && ready(&p[2]))
		rc = pass_stream(s, err);
	if (rc == 0 && ready(&p[3]))
		rc = pass_tells(s, err);
	if (rc == 0)
		rc = link_flush(s->link, err);
	if (rc == 0)
		rc = check_silence(s, err);
	return rc ? rc : link_tick(s->link, err);
}

/* The other side is told that nothing more comes, and has the last word: it closes. */
static int finish(struct serve *s, int status, struct err *err)
{
	uint8_t word[4];
	struct buf b = { .data = word, .cap = sizeof word, .limit = sizeof word };
	buf_u32(&b, (uint32_t)status);
	s->hold = false;
	int rc = link_send(s->link, s->role == ORDER_DUMP ? FRAME_DONE : FRAME_FINAL, 0, b.data, b.len, err);
	while (rc == 0)
		rc = link_pump(s->link, true, err);
	return rc == -ECONNRESET || rc == -ECONNABORTED ? 0 : rc;
}

static int work_on(struct serve *s, const volatile int *quit, struct err *err)
{
	int rc = 0;
	while (rc == 0 && (s->tells >= 0 || s->from >= 0))
		rc = turn(s, quit, err);
	int status = end_child(s, rc < 0);
	if (rc < 0)
		return rc;
	if (status > 128)
		return err_say(err, -ECONNRESET, "the process that did the work was killed by signal %d",
			       status - 128);
	return finish(s, status, err);
}

static int greet(struct serve *s, struct order *o, struct err *err)
{
	struct frame f;
	struct hello hello;
	AUTO(buf_fini) struct buf b;
	buf_init(&b, ORDER_MOST);
	int rc = hello_send(s->link, err);
	if (rc == 0)
		rc = link_recv(s->link, &f, err);
	if (rc == 0)
		rc = hello_take(&hello, &f, err);
	do {
		if (rc == 0)
			rc = link_recv(s->link, &f, err);
		if (rc == 0 && f.type != FRAME_CONFIG)
			rc = err_say(err, -EPROTO, "it was not told what to do");
		if (rc == 0)
			buf_bytes(&b, f.data, f.len);
	} while (rc == 0 && f.len && !b.failed);
	if (rc == 0 && b.failed)
		rc = err_set(err, -ENOMEM, "the order");
	return rc ? rc : order_unpack(o, b.data, b.len, err);
}

static int serve(struct serve *s, agent_work *work, const volatile int *quit, struct err *err)
{
	AUTO(order_fini) struct order o = { 0 };
	link_set_timeout(s->link, s->silence);
	link_set_quit(s->link, quit);
	int rc = greet(s, &o, err);
	if (rc == 0)
		rc = start(s, &o, work, err);
	if (rc < 0)
		return rc;
	s->role = o.role;
	s->came_at = clock_now();
	link_set_handler(s->link, on_frame, s);
	link_set_hold(s->link, &s->hold);
	return work_on(s, quit, err);
}

int agent_serve(int fd, int silence, agent_work *work, const volatile int *quit)
{
	struct serve s = { .to = -1, .from = -1, .tells = -1, .silence = silence };
	struct err err = { 0 };
	AUTO(fd_free_buffer) uint8_t *chunk = malloc(CHUNK);
	int rc = chunk ? chan_open_fds(&s.chan, fd, fd, &err) : -ENOMEM;
	if (rc < 0)
		return EXIT_START;
	rc = link_new(&s.link, s.chan, LINK_PLAIN, &err);
	if (rc < 0) {
		chan_close(s.chan);
		return EXIT_START;
	}
	s.chunk = chunk;
	buf_init(&s.pending, PENDING_MOST);
	buf_init(&s.heard, TELLS_MOST);
	rc = serve(&s, work, quit, &err);
	end_child(&s, true);
	if (rc < 0 && rc != -ECONNABORTED)
		link_abort(s.link, (int)outcome_of_error(rc), err.text);
	link_free(s.link);
	buf_fini(&s.pending);
	buf_fini(&s.heard);
	return rc < 0 ? (int)outcome_of_error(rc) : EXIT_OK;
}
