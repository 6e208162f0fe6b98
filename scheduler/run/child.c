#include "scheduler/run/child.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scheduler/run/said.h"
#include "scheduler/run/spawn.h"
#include "xfer/base/clock.h"
#include "xfer/base/exit.h"
#include "xfer/base/fd.h"

enum {
	PIECE = 64 << 10,    /* read at once of one stream of one child */
	LAST_PIECES = 32,    /* read at most when a stream is given up: more than a pipe holds */
	STUBBORN_MS = 10000, /* so long is waited for what was killed */
	MS = 1000 * 1000,
};
enum { ON_PROCESS, ON_OUT, ON_ERROR, ON_REST, WATCHED }; /* descriptors of one child */

struct child {
	struct child_news news;
	struct said said;
	pid_t pid;
	int fds[WATCHED]; /* -1: not there (any more) */
	bool exited;	  /* a zombie, that holds its number */
	bool signalled;
	bool asked, killed;
	bool over; /* the limit was reached */
	int64_t limit_s;
	int grace_ms;
	uint64_t limit_at, kill_at, shut_at; /* clock_now(); UINT64_MAX: never */
};

static uint64_t later(uint64_t now, uint64_t ms)
{
	return now + ms * MS;
}

void child_freep(struct child **c)
{
	child_free(*c);
	*c = NULL;
}

int child_start(struct child **out, const struct child_spec *spec, struct err *err)
{
	CHECK(spec->inherit_fd < 0 || spec->inherit_fd > STDERR_FILENO);
	struct child *c = calloc(1, sizeof *c);
	struct spawn s;
	if (!c)
		return err_set(err, -ENOMEM, "%s", spec->name);
	int r = spawn_start(&s, spec, err);
	if (r) {
		free(c);
		return r;
	}
	*c = (struct child){ .pid = s.pid,
			     .fds = { s.pidfd, s.out, s.error, -1 },
			     .limit_s = spec->limit_s,
			     .grace_ms = spec->grace_ms > 0 ? spec->grace_ms : CHILD_GRACE_MS,
			     .limit_at = UINT64_MAX,
			     .kill_at = UINT64_MAX,
			     .shut_at = UINT64_MAX };
	c->news.running = true;
	c->news.began = clock_now();
	if (spec->limit_s > 0 && (uint64_t)spec->limit_s < (UINT64_MAX - c->news.began) / CLOCK_SECOND)
		c->limit_at = c->news.began + (uint64_t)spec->limit_s * CLOCK_SECOND;
	said_init(&c->said, &c->news, spec);
	*out = c;
	return 0;
}

const struct child_news *child_look(const struct child *c)
{
	return &c->news;
}

bool child_succeeded(const struct child *c)
{
	return !c->news.running && c->news.status == 0 && !c->said.refused;
}

/* How it ended. */

static void explain_exit(const struct child *c, char out[static CHILD_TEXT])
{
	const int status = c->news.status;
	const char *sentence = exit_sentence(status), *words = c->said.last_words;
	/* what exits with 1 need not be a program of ours, and have that meaning */
	const bool known = status != EXIT_USAGE && strcmp(sentence, exit_sentence(-1)) != 0;
	if (c->said.refused && status == 0)
		snprintf(out, CHILD_TEXT, "it reported that it had failed, and not why");
	else if (*words)
		snprintf(out, CHILD_TEXT, "%s", words);
	else
		snprintf(out, CHILD_TEXT, "exit status %d%s%s", status, known ? ": " : "",
			 known ? sentence : "");
}

static void explain(const struct child *c, char out[static CHILD_TEXT])
{
	const int signal = c->news.status - 128;
	const char *name = c->signalled ? sigdescr_np(signal) : NULL;
	if (c->over)
		snprintf(out, CHILD_TEXT, "it was not done within its limit of %lld s",
			 (long long)c->limit_s);
	else if (said_why(&c->said, out))
		return;
	else if (c->news.status == CHILD_LOST)
		snprintf(out, CHILD_TEXT, "how it ended is not known: somebody else took its status");
	else if (c->asked)
		snprintf(out, CHILD_TEXT, "it was told to end");
	else if (c->signalled)
		snprintf(out, CHILD_TEXT, "ended by signal %d (%s)%s%.400s", signal, name ? name : "?",
			 *c->said.last_words ? "; its last words: " : "", c->said.last_words);
	else
		explain_exit(c, out);
}

static void signal_group(const struct child *c, int signal)
{
	kill(-c->pid, signal);
	/* it may have gone to another group of its session */
	if (!c->exited && getpgid(c->pid) != c->pid)
		kill(c->pid, signal);
}

static void kill_group(struct child *c)
{
	signal_group(c, SIGKILL);
	c->killed = true;
	c->kill_at = UINT64_MAX;
}

static void process_ended(struct child *c, uint64_t now)
{
	siginfo_t how = { 0 };
	int r;
	do
		r = waitid(P_PID, (id_t)c->pid, &how, WEXITED | WNOWAIT);
	while (r && errno == EINTR);
	c->exited = true;
	c->signalled = r == 0 && how.si_code != CLD_EXITED;
	c->news.status = r ? CHILD_LOST : c->signalled ? 128 + how.si_status : how.si_status;
	c->news.ended = now;
	c->limit_at = UINT64_MAX;
	c->shut_at = later(now, CHILD_DRAIN_MS);
	fd_closep(&c->fds[ON_PROCESS]);
	/* what was asked to end has its grace */
	if (c->news.status && !c->asked && r == 0)
		kill_group(c);
}

/* Whether nothing of a failed one's group goes on. */
static bool group_ended(struct child *c)
{
	if (c->news.status == 0 && !c->said.refused && !c->asked)
		return true;
	if (c->news.status == CHILD_LOST)
		return true; /* its number may be another's */
	if (!c->asked && !c->killed)
		kill_group(c);
	if (c->fds[ON_REST] < 0)
		c->fds[ON_REST] = spawn_member(c->pid);
	return c->fds[ON_REST] < 0;
}

static void settle(struct child *c)
{
	c->news.running = false;
	if (c->over)
		c->news.status = CHILD_LIMIT;
	if (!child_succeeded(c))
		explain(c, c->news.cause);
}

/* What happens to it meanwhile. */

/* Returns whether it said an event. */
static bool hear(struct child *c, int which)
{
	char piece[PIECE];
	ssize_t n = read(c->fds[which], piece, sizeof piece);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0)
		fd_closep(&c->fds[which]);
	else if (which == ON_OUT)
		return said_out(&c->said, piece, (size_t)n);
	else
		said_error(&c->said, piece, (size_t)n);
	return false;
}

/* Somebody else holds its output open: what it said itself is in the pipe. */
static bool shut(struct child *c)
{
	bool heard = false;
	for (int which = ON_OUT; which <= ON_ERROR; which++) {
		for (int i = 0; i < LAST_PIECES && c->fds[which] >= 0; i++)
			heard = hear(c, which) || heard;
		fd_closep(&c->fds[which]);
	}
	return heard;
}

static bool keep_time(struct child *c, uint64_t now)
{
	if (now >= c->limit_at) {
		c->over = true;
		c->limit_at = UINT64_MAX;
		child_stop(c, c->grace_ms);
	}
	if (now >= c->kill_at)
		kill_group(c);
	if (now < c->shut_at)
		return false;
	c->shut_at = UINT64_MAX;
	return shut(c);
}

/* Returns whether there is news. */
static bool turn(struct child *c, const struct pollfd *p)
{
	bool heard = false;
	if (p[ON_OUT].revents)
		heard = hear(c, ON_OUT);
	if (p[ON_ERROR].revents)
		heard = hear(c, ON_ERROR) || heard;
	if (p[ON_REST].revents)
		fd_closep(&c->fds[ON_REST]);
	const uint64_t now = clock_now();
	if (p[ON_PROCESS].revents)
		process_ended(c, now);
	heard = keep_time(c, now) || heard;
	if (!c->exited || c->fds[ON_OUT] >= 0 || c->fds[ON_ERROR] >= 0)
		return heard;
	heard = said_end(&c->said) || heard;
	if (!group_ended(c))
		return heard;
	settle(c);
	return true;
}

static bool is_running(const struct child *c)
{
	return c && c->news.running;
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* For how long nothing has to be done but for what is said. */
static int patience(struct child *const *c, size_t count, uint64_t until)
{
	for (size_t i = 0; i < count; i++)
		if (is_running(c[i]))
			until = earliest(earliest(until, c[i]->limit_at),
					 earliest(c[i]->kill_at, c[i]->shut_at));
	if (until == UINT64_MAX)
		return -1;
	const uint64_t now = clock_now(), ms = until > now ? (until - now + MS - 1) / MS : 0;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* Waits once, and lets each have one turn. p has room for all of them and wake_fd. 1: there is news; 0; -errno. */
static int wait_once(struct child *const *c, size_t count, struct pollfd *p, int wake_fd, uint64_t until)
{
	bool some = false;
	for (size_t i = 0; i < count; i++)
		for (int which = 0; which < WATCHED; which++)
			p[i * WATCHED + which] = (struct pollfd){ .fd = is_running(c[i]) ? c[i]->fds[which]
											 : -1,
								  .events = POLLIN };
	struct pollfd *wake = &p[count * WATCHED];
	*wake = (struct pollfd){ .fd = wake_fd, .events = POLLIN };
	if (poll(p, count * WATCHED + 1, patience(c, count, until)) < 0)
		return errno == EINTR ? 0 : -errno;
	for (size_t i = 0; i < count; i++)
		if (is_running(c[i]))
			some = turn(c[i], &p[i * WATCHED]) || some;
	return some || wake->revents;
}

int child_wait(struct child *const *c, size_t count, int wake_fd, int timeout_ms, struct err *err)
{
	const uint64_t until = timeout_ms < 0 ? UINT64_MAX : later(clock_now(), (uint64_t)timeout_ms);
	size_t given = 0, running = 0;
	for (size_t i = 0; i < count; i++) {
		given += c[i] != NULL;
		running += is_running(c[i]);
	}
	if (given && !running)
		return 1;
	AUTO(fd_free_buffer) struct pollfd *p = calloc(count * WATCHED + 1, sizeof *p);
	if (!p)
		return err_set(err, -ENOMEM, "wait for %zu processes", count);
	for (;;) {
		int r = wait_once(c, count, p, wake_fd, until);
		if (r < 0)
			return err_set(err, r, "wait for %zu processes", count);
		if (r > 0 || clock_now() >= until)
			return r;
	}
}

/* Ending it. */

void child_stop(struct child *c, int grace_ms)
{
	if (!c->news.running || c->killed)
		return;
	const bool first = !c->asked;
	c->asked = true;
	if (grace_ms <= 0) {
		kill_group(c);
		return;
	}
	c->kill_at = earliest(c->kill_at, later(clock_now(), (uint64_t)grace_ms));
	if (!first)
		return; /* for our programs a second one means: at once */
	signal_group(c, SIGTERM);
	signal_group(c, SIGCONT);
}

int child_end(struct child *c, int grace_ms)
{
	struct pollfd p[WATCHED + 1];
	child_stop(c, grace_ms);
	const uint64_t grace = grace_ms > 0 ? (uint64_t)grace_ms : 0;
	const uint64_t until = later(clock_now(), grace + STUBBORN_MS);
	while (c->news.running) {
		int r = wait_once(&c, 1, p, -1, until);
		if (r < 0)
			return r;
		if (c->news.running && clock_now() >= until)
			return -ETIMEDOUT;
	}
	return 0;
}

void child_free(struct child *c)
{
	if (!c)
		return;
	if (c->news.running)
		child_end(c, 0);
	if (c->exited)
		while (waitid(P_PID, (id_t)c->pid, NULL, WEXITED) && errno == EINTR)
			;
	for (int i = 0; i < WATCHED; i++)
		fd_closep(&c->fds[i]);
	said_fini(&c->said);
	free(c);
}
