#include "dbdump/agent/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dbdump/agent/serve.h"
#include "dbdump/outcome.h"
#include "xfer/base/buf.h"
#include "xfer/base/clock.h"
#include "xfer/base/exit.h"
#include "xfer/base/fd.h"

/* What is waited for until the connection is not used any more. */
struct stay {
	int control;  /* its other end is closed then */
	int errors;   /* what the session says on standard error; -1: nothing */
	pid_t keeper; /* 0: none of ours */
	const volatile int *quit;
};

/* false: there is nothing now, or nothing more. */
static bool pass_error(struct stay *s)
{
	char text[4096];
	ssize_t n = read(s->errors, text, sizeof text);
	if (n > 0 && write(STDERR_FILENO, text, (size_t)n) >= 0)
		return true;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		fd_closep(&s->errors);
	return false;
}

static int stay(struct stay *s)
{
	struct pollfd p[] = { { .fd = s->control, .events = POLLIN }, { .events = POLLIN } };
	bool told = false;
	do {
		p[1].fd = s->errors;
		p[0].revents = p[1].revents = 0;
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return EXIT_START;
		if (p[1].revents)
			pass_error(s);
		if (*s->quit && !s->keeper)
			return EXIT_INTERRUPTED;
		if (*s->quit && !told)
			kill(s->keeper, SIGTERM);
		told = *s->quit;
	} while (!p[0].revents);
	while (s->errors >= 0 && pass_error(s))
		continue;
	return EXIT_OK;
}

/* Beginning. */

struct pipes {
	int control[2], errors[2]; /* ours, the keeper's */
};

static void close_pipes(struct pipes *p)
{
	for (int i = 0; i < 2; i++) {
		fd_closep(&p->control[i]);
		fd_closep(&p->errors[i]);
	}
}

/* Nothing of the connection stays open here but for standard error, or its end would not be seen: so that goes through us. */
static _Noreturn void be_keeper(struct pipes *p, struct keeper_job *job)
{
	job->control = p->control[1];
	p->control[1] = -1;
	if (setsid() < 0 || dup2(p->errors[1], STDERR_FILENO) < 0)
		_exit(EXIT_START);
	close_pipes(p);
	_exit(keeper_run(job));
}

static int begin(struct keeper_job *job)
{
	struct pipes p = { { -1, -1 }, { -1, -1 } };
	struct stay s = { .quit = job->quit };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p.control) == 0 &&
	    pipe2(p.errors, O_CLOEXEC) == 0 && fcntl(p.errors[0], F_SETFL, O_NONBLOCK) == 0)
		s.keeper = fork();
	else
		s.keeper = -1;
	if (s.keeper == 0)
		be_keeper(&p, job);
	close(job->rfd);
	if (job->wfd != job->rfd)
		close(job->wfd);
	fd_closep(&p.control[1]);
	fd_closep(&p.errors[1]);
	s.control = p.control[0];
	s.errors = p.errors[0];
	int status = s.keeper < 0 ? EXIT_START : stay(&s);
	fd_closep(&s.errors);
	fd_closep(&s.control);
	return status;
}

/* Handing over. */

static int connect_to(const struct greeting *g)
{
	struct sockaddr_un at;
	socklen_t len = keeper_address(&at, g->name);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&at, len) == 0 && keeper_is_ours(fd))
		return fd;
	fd_closep(&fd);
	return -1;
}

static int send_over(int socket, const struct greeting *g, const int fds[2])
{
	uint8_t bytes[GREETING_SIZE];
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { bytes, sizeof bytes };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
	};
	greeting_pack(bytes, g);
	control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(2 * sizeof(int)),
					 .cmsg_level = SOL_SOCKET,
					 .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.head), fds, 2 * sizeof(int));
	return sendmsg(socket, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int hand_over(const struct keeper_job *job)
{
	const int fds[] = { job->rfd, job->wfd };
	struct stay s = { .control = connect_to(&job->greeting), .errors = -1, .quit = job->quit };
	bool there = s.control >= 0 && send_over(s.control, &job->greeting, fds) == 0;
	if (!there)
		greeting_refuse(job->wfd, EXIT_CONNECTION, "the session is not there any more");
	close(job->rfd);
	if (job->wfd != job->rfd)
		close(job->wfd);
	int status = there ? stay(&s) : EXIT_CONNECTION;
	fd_closep(&s.control);
	return status;
}

int attach_run(int rfd, int wfd, keeper_work *work, const volatile int *quit)
{
	struct keeper_job job = { .rfd = rfd, .wfd = wfd, .work = work, .quit = quit };
	struct err err = { 0 };
	uint64_t until = clock_now() + AGENT_SILENCE * CLOCK_SECOND;
	int rc = greeting_read(&job.greeting, rfd, -1, until, &err);
	if (rc == 0)
		return job.greeting.again ? hand_over(&job) : begin(&job);
	greeting_refuse(wfd, (int)outcome_of_error(rc), err.text);
	return (int)outcome_of_error(rc);
}
