#include "dbdump/agent/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dbdump/agent/lifeline.h"
#include "dbdump/agent/serve.h"
#include "xfer/base/buf.h"
#include "xfer/base/clock.h"
#include "xfer/base/exit.h"
#include "xfer/base/fd.h"

enum { GUEST_MS = 900, SCRATCH = 64 * 1024 };

struct keeper {
	const struct keeper_job *job;
	struct lifeline line;
	int listener, control; /* -1: none */
	uint64_t lost_at;      /* clock_now of the link's loss */
	bool told;	       /* the work got its signal */
};

/* The name is not for people, nor secret: who listens is looked at, and who comes. */
socklen_t keeper_address(struct sockaddr_un *out, const uint8_t name[static GREETING_NAME])
{
	static const char prefix[] = "dbdump-agent-";
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	char *at = out->sun_path + 1; /* a 0 in front: it has no file */
	memcpy(at, prefix, sizeof prefix - 1);
	at += sizeof prefix - 1;
	for (size_t i = 0; i < GREETING_NAME; i++)
		at += snprintf(at, 3, "%02x", name[i]);
	return (socklen_t)(at - (char *)out);
}

bool keeper_is_ours(int socket)
{
	struct ucred who;
	socklen_t len = sizeof who;
	return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && who.uid == geteuid();
}

/* -1: where nobody can come, a lost link ends it. */
static int listen_for(const struct greeting *g)
{
	struct sockaddr_un at;
	socklen_t len = keeper_address(&at, g->name);
	int fd = g->wait_s ? socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0) : -1;
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 4) == 0)
		return fd;
	fd_closep(&fd);
	return -1;
}

/* Who comes. */

/* The two descriptors that came with a message, and the message; -1 each: none. */
static size_t receive(int socket, uint8_t *bytes, size_t size, int fds[2])
{
	struct timeval patience = { .tv_usec = GUEST_MS * 1000 };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec iov = { bytes, size };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
	};
	fds[0] = fds[1] = -1;
	setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	ssize_t n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(2 * sizeof(int)))
		memcpy(fds, CMSG_DATA(c), 2 * sizeof(int));
	return n > 0 ? (size_t)n : 0;
}

/* Takes the descriptors in any case. */
static int join(struct keeper *k, int fds[2], uint64_t received, struct err *err)
{
	uint8_t answer[GREETING_SIZE];
	struct chan *link;
	greeting_pack(answer, &(struct greeting){ .received = lasting_received(k->line.stream),
						  .silence_s = k->line.silence_s });
	int rc = chan_open_fds(&link, fds[0], fds[1], err);
	if (rc < 0) {
		close(fds[0]);
		close(fds[1]);
		return rc;
	}
	return lifeline_join(&k->line, link, received, answer, sizeof answer, err);
}

static bool is_same(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint8_t differs = 0;
	for (size_t i = 0; i < n; i++)
		differs |= a[i] ^ b[i];
	return !differs;
}

/* Is what came with these descriptors to be taken for the session's next link? Whoever is not is told so. */
static bool is_welcome(const struct keeper *k, const uint8_t *bytes, size_t len, struct greeting *g)
{
	struct err err;
	return greeting_parse(g, bytes, len, &err) == 0 && g->again &&
	       is_same(g->secret, k->job->greeting.secret, GREETING_SECRET);
}

/* A link that is there still is the one that its caller gave up. */
static void on_guest(struct keeper *k)
{
	uint8_t bytes[GREETING_SIZE];
	struct greeting g;
	struct err err;
	int fds[2] = { -1, -1 };
	struct sockaddr_un from;
	socklen_t from_len = sizeof from;
	AUTO(fd_closep) int guest = accept4(k->listener, (struct sockaddr *)&from, &from_len, SOCK_CLOEXEC);
	size_t len = guest >= 0 && keeper_is_ours(guest) ? receive(guest, bytes, sizeof bytes, fds) : 0;
	if (fds[0] < 0)
		return;
	if (!is_welcome(k, bytes, len, &g)) {
		greeting_refuse(fds[1], EXIT_PROTOCOL,
				"it is not the session's caller that wants to take it up again");
		close(fds[0]);
		close(fds[1]);
		return;
	}
	if (join(k, fds, g.received, &err) < 0) {
		lifeline_part(&k->line, false);
		k->lost_at = clock_now();
		return;
	}
	fd_closep(&k->control);
	k->control = guest;
	guest = -1;
}

/* The work, and the loop. */

static int work(void *ctx, int fd)
{
	const struct keeper *k = ctx;
	const struct greeting *g = &k->job->greeting;
	int rest = g->wait_s ? (int)(g->wait_s + g->silence_s) : 0;
	close(k->job->rfd);
	close(k->job->wfd);
	close(k->job->control);
	return k->job->work(fd, AGENT_SILENCE + rest);
}

/* Is the link to be waited for no more? */
static bool gives_up(const struct keeper *k)
{
	if (k->line.link)
		return false;
	return k->listener < 0 || lasting_knows_end(k->line.stream) ||
	       clock_now() - k->lost_at > k->job->greeting.wait_s * CLOCK_SECOND;
}

static void lose(struct keeper *k)
{
	lifeline_part(&k->line, false);
	fd_closep(&k->control);
	k->lost_at = clock_now();
}

static void keep(struct keeper *k)
{
	struct err err;
	while (!gives_up(k) && !(k->line.app_ended && lasting_knows_end(k->line.stream))) {
		struct pollfd also = { .fd = k->listener, .events = POLLIN };
		if (lifeline_turn(&k->line, &also, &err) < 0)
			lose(k);
		if (also.revents)
			on_guest(k);
		if (*k->job->quit && !k->told) {
			chan_signal(k->line.app, SIGTERM);
			k->told = true;
		}
	}
}

/* The work rolls back in its own time, and is not heard any more. */
static void see_off(struct keeper *k)
{
	char scratch[SCRATCH];
	struct chan *app = k->line.app;
	chan_shut_write(app);
	while (!k->line.app_ended) {
		ssize_t n = chan_read(app, scratch, sizeof scratch);
		if (n == -EAGAIN)
			chan_wait(app, true, false, -1);
		else if (n <= 0 && n != -EINTR)
			k->line.app_ended = true;
	}
}

int keeper_run(const struct keeper_job *job)
{
	struct keeper k = { .job = job, .listener = -1, .control = job->control };
	struct chan *app;
	struct err err;
	int fds[] = { job->rfd, job->wfd };
	int rc = chan_open_fork(&app, work, &k, &err);
	if (rc == 0)
		rc = lifeline_init(&k.line, app, job->greeting.silence_s, &err);
	if (rc == 0)
		rc = join(&k, fds, 0, &err);
	if (rc == 0) {
		k.listener = listen_for(&job->greeting);
		keep(&k);
		see_off(&k);
	}
	fd_closep(&k.listener);
	lifeline_fini(&k.line);
	fd_closep(&k.control);
	return rc < 0 ? EXIT_START : EXIT_OK;
}
