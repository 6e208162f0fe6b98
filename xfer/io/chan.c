#include "xfer/io/chan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKET_BUFFER = 4 << 20, PATIENCE_MS = 5000 };

extern char **environ;

struct chan {
	int rfd, wfd;
	pid_t child; /* 0: none */
};

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

int chan_open_fds(struct chan **out, int rfd, int wfd, struct err *err)
{
	int r = set_nonblocking(rfd);
	if (!r && wfd != rfd)
		r = set_nonblocking(wfd);
	struct chan *c = r ? NULL : malloc(sizeof *c);
	if (!c)
		return err_set(err, r ? r : -ENOMEM, "channel");
	*c = (struct chan){ .rfd = rfd, .wfd = wfd };
	/* a pipe of a megabyte halves the wake-ups; where it may not be that large, the default does */
	fcntl(rfd, F_SETPIPE_SZ, 1 << 20);
	fcntl(wfd, F_SETPIPE_SZ, 1 << 20);
	*out = c;
	return 0;
}

static int socket_pair(int fds[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	int size = SOCKET_BUFFER;
	for (int i = 0; i < 2; i++) {
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
		setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	}
	return 0;
}

static int spawn_on(pid_t *child, char *const argv[], int fd)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t pipe_signal;
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, 0);
	posix_spawn_file_actions_adddup2(&actions, fd, 1);
	posix_spawnattr_init(&attr);
	/* it stays in our process group: ssh asks for a password on the terminal */
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigdefault(&attr, &pipe_signal);
	int r = posix_spawnp(child, argv[0], &actions, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* Waits for the child through a pidfd, so that no one sleeps and no signal is needed. */
static int reap(pid_t child)
{
	int status, pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	if (pidfd >= 0) {
		struct pollfd p = { .fd = pidfd, .events = POLLIN };
		if (poll(&p, 1, PATIENCE_MS) == 0)
			kill(child, SIGTERM);
		if (poll(&p, 1, PATIENCE_MS) == 0)
			kill(child, SIGKILL);
		close(pidfd);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Makes the channel to a child; without one the child is told by the end of its stream. */
static int own_child(struct chan **out, int fd, pid_t child, struct err *err)
{
	int r = chan_open_fds(out, fd, fd, err);
	if (r < 0) {
		close(fd);
		reap(child);
		return r;
	}
	(*out)->child = child;
	return 0;
}

int chan_open_command(struct chan **out, char *const argv[], struct err *err)
{
	int fds[2];
	int r = socket_pair(fds);
	if (r)
		return err_set(err, r, "%s: socket pair", argv[0]);
	pid_t child;
	r = spawn_on(&child, argv, fds[1]);
	close(fds[1]);
	if (r) {
		close(fds[0]);
		return err_set(err, r, "%s: cannot run", argv[0]);
	}
	return own_child(out, fds[0], child, err);
}

int chan_open_fork(struct chan **out, int (*body)(void *arg, int fd), void *arg, struct err *err)
{
	int fds[2];
	int r = socket_pair(fds);
	if (r)
		return err_set(err, r, "socket pair");
	pid_t child = fork();
	if (child < 0) {
		r = -errno;
		close(fds[0]);
		close(fds[1]);
		return err_set(err, r, "fork");
	}
	if (child == 0) {
		close(fds[0]);
		setpgid(0, 0); /* a terminal's Ctrl-C is for our parent; it tells us */
		_exit(body(arg, fds[1]));
	}
	close(fds[1]);
	return own_child(out, fds[0], child, err);
}

ssize_t chan_read(struct chan *c, void *to, size_t n)
{
	ssize_t r = read(c->rfd, to, n);
	return r < 0 ? -errno : r;
}

ssize_t chan_write(struct chan *c, const struct iovec *iov, int n)
{
	ssize_t r = writev(c->wfd, iov, n);
	return r < 0 ? -errno : r;
}

int chan_wait(struct chan *c, bool want_read, bool want_write, int timeout_ms)
{
	struct pollfd p[2] = {
		{ .fd = want_read ? c->rfd : -1, .events = POLLIN },
		{ .fd = want_write ? c->wfd : -1, .events = POLLOUT },
	};
	int r = poll(p, 2, timeout_ms);
	if (r < 0)
		return -errno;
	/* errors and hang-ups count as ready: the read or write then says what it is */
	return (p[0].revents ? 1 : 0) | (p[1].revents ? 2 : 0);
}

int chan_rfd(const struct chan *c)
{
	return c->rfd;
}

int chan_wfd(const struct chan *c)
{
	return c->wfd;
}

void chan_shut_write(struct chan *c)
{
	if (c->wfd < 0)
		return;
	if (c->wfd != c->rfd) {
		close(c->wfd);
		c->wfd = -1;
	} else {
		shutdown(c->wfd, SHUT_WR);
	}
}

void chan_signal(const struct chan *c, int signal)
{
	if (c->child)
		kill(c->child, signal);
}

int chan_close(struct chan *c)
{
	if (!c)
		return -1;
	if (c->wfd >= 0 && c->wfd != c->rfd)
		close(c->wfd);
	close(c->rfd);
	int status = c->child ? reap(c->child) : -1;
	free(c);
	return status;
}
