#include "dbdump/pg/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xfer/base/fd.h"

enum { PIECE = 64 * 1024, WORDS_MAX = 16 * 1024, POLL_MS = 250, SECRET_FD = 3 };

static int spawn(struct child *c, pid_t *pid, int out, int said)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	sigemptyset(&none);
	sigemptyset(&all);
	sigaddset(&all, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, said, 2);
	if (c->secret >= 0)
		posix_spawn_file_actions_adddup2(&actions, c->secret, SECRET_FD);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	int r = posix_spawn(pid, c->argv[0], &actions, &attr, c->argv, c->environment);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* Appends what there is. 1; 0: the end; -errno. */
static int hear(struct buf *into, int fd, bool all)
{
	uint8_t piece[PIECE];
	ssize_t n = read(fd, piece, sizeof piece);
	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	size_t keep = (size_t)n;
	if (!all && keep > WORDS_MAX - into->len)
		keep = WORDS_MAX - into->len;
	buf_bytes(into, piece, keep);
	return into->failed ? -ENOMEM : n > 0;
}

static int listen_to(struct child *c, int out, int said)
{
	struct pollfd p[2] = { { .fd = out, .events = POLLIN }, { .fd = said, .events = POLLIN } };
	while (p[0].fd >= 0 || p[1].fd >= 0) {
		if (c->stop && atomic_load(c->stop))
			return -EINTR;
		if (poll(p, 2, POLL_MS) < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < 2; i++) {
			int r = p[i].fd >= 0 && p[i].revents ? hear(i ? &c->said : c->out, p[i].fd, i == 0)
							     : 1;
			if (r < 0)
				return r;
			if (r == 0)
				p[i].fd = -1;
		}
	}
	return 0;
}

static void note(struct child *c, pid_t pid)
{
	if (c->lock)
		pthread_mutex_lock(c->lock);
	if (c->pid)
		*c->pid = pid;
	if (c->lock)
		pthread_mutex_unlock(c->lock);
}

int child_run(struct child *c)
{
	AUTO(fd_closep) int out_read = -1, out_write = -1, said_read = -1, said_write = -1;
	int out[2], said[2];
	if (pipe2(out, O_CLOEXEC))
		return -errno;
	out_read = out[0], out_write = out[1];
	if (pipe2(said, O_CLOEXEC))
		return -errno;
	said_read = said[0], said_write = said[1];
	pid_t pid;
	int r = spawn(c, &pid, out_write, said_write);
	fd_closep(&out_write);
	fd_closep(&said_write);
	if (r)
		return r;
	note(c, pid);
	r = listen_to(c, out_read, said_read);
	/* pg_dump was told to end when we were; it tells its server first, and would wait for a silent one */
	if (r)
		kill(pid, r == -EINTR ? SIGKILL : SIGTERM);
	note(c, 0); /* from here on its number may be somebody else's */
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (r)
		return r;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
