/* measure.c - runs a command and tells what it and every process that came of it took.
 *
 *   measure RESULT PORT SSHD CONFIG COMMAND...
 *
 * While COMMAND runs, connections to 127.0.0.1:PORT are served by "SSHD -i -f CONFIG", so that the other side of a copy
 * over ssh descends from us too; as a subreaper we inherit what its parent leaves behind. RESULT is one line: microseconds
 * until COMMAND ended, of user and of system time in all processes, the resident set of the largest process in KiB,
 * bytes that went up and down the connections (TCP's own count: ssh's overhead is in it).
 * Exits with COMMAND's status; 125 when it could not measure. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FAILED = 125, SESSIONS_MOST = 16, STRAGGLE_MS = 60000 };

/* A connection. We keep its socket until its sshd has ended, to ask TCP what went through it. */
struct session {
	pid_t sshd; /* 0: a free place */
	int fd;
};

struct run {
	pid_t command;
	int status; /* of the command, once it has ended */
	bool ended;
	long long start_us, wall_us, user_us, system_us;
	long peak_kb;
	unsigned long long up, down;
	struct session sessions[SESSIONS_MOST];
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(FAILED);
}

static long long now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static long long us_of(struct timeval t)
{
	return t.tv_sec * 1000000LL + t.tv_usec;
}

static int listen_on(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, SESSIONS_MOST) < 0)
		die("listen");
	return fd;
}

/* Runs argv, with socket as its standard input and output when it is not -1. */
static pid_t spawn(char *const argv[], int socket)
{
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (socket >= 0 && (dup2(socket, STDIN_FILENO) < 0 || dup2(socket, STDOUT_FILENO) < 0))
			die("dup2");
		execvp(argv[0], argv);
		die(argv[0]);
	}
	return child;
}

static void serve(struct run *r, int listener, char *sshd, char *config)
{
	char *argv[] = { sshd, "-i", "-f", config, NULL };
	/* cppcheck-suppress nullPointer; it may be, says accept(2) */
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return;
	for (size_t i = 0; i < SESSIONS_MOST; i++)
		if (!r->sessions[i].sshd) {
			r->sessions[i] = (struct session){ .sshd = spawn(argv, fd), .fd = fd };
			return;
		}
	errno = EMFILE;
	die("too many connections");
}

static void close_session(struct run *r, struct session *s)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof info;
	if (getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		die("TCP_INFO");
	r->up += info.tcpi_bytes_received;
	r->down += info.tcpi_bytes_acked;
	close(s->fd);
	s->sshd = 0;
}

/* Takes in the children that have ended. False when there are none left. */
static bool reap(struct run *r)
{
	struct rusage u;
	int status;
	pid_t child;
	while ((child = wait4(-1, &status, WNOHANG, &u)) > 0) {
		r->user_us += us_of(u.ru_utime);
		r->system_us += us_of(u.ru_stime);
		if (u.ru_maxrss > r->peak_kb)
			r->peak_kb = u.ru_maxrss;
		if (child == r->command) {
			r->wall_us = now_us() - r->start_us;
			r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			r->ended = true;
		}
		for (size_t i = 0; i < SESSIONS_MOST; i++)
			if (r->sessions[i].sshd == child)
				close_session(r, &r->sessions[i]);
	}
	return child == 0;
}

static int children_fd(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	int fd = sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -1 : signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		die("watch the children");
	return fd;
}

static void write_result(const struct run *r, const char *path)
{
	FILE *f = fopen(path, "w");
	if (!f ||
	    fprintf(f, "%lld %lld %lld %ld %llu %llu\n", r->wall_us, r->user_us, r->system_us, r->peak_kb,
		    r->up, r->down) < 0 ||
	    fclose(f) != 0)
		die(path);
}

int main(int argc, char **argv)
{
	if (argc < 6) {
		fprintf(stderr, "usage: measure RESULT PORT SSHD CONFIG COMMAND...\n");
		return FAILED;
	}
	struct pollfd p[2] = { { .fd = children_fd(), .events = POLLIN },
			       { .fd = listen_on((int)strtol(argv[2], NULL, 10)), .events = POLLIN } };
	struct run r = { .start_us = now_us() };
	r.command = spawn(argv + 5, -1);
	while (reap(&r)) {
		int n = poll(p, 2, r.ended ? STRAGGLE_MS : -1);
		if (n < 0 && errno != EINTR)
			die("poll");
		if (n == 0) {
			errno = ETIMEDOUT;
			die("the command has ended, but not all that it started");
		}
		struct signalfd_siginfo info;
		while (read(p[0].fd, &info, sizeof info) > 0)
			;
		if (p[1].revents)
			serve(&r, p[1].fd, argv[3], argv[4]);
	}
	write_result(&r, argv[1]);
	return r.status;
}
