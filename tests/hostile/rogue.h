/* rogue.h - what the programs have in common that stand before a database server and misbehave as they are told:
 *
 *   rogue_ENGINE SOCKET GOT WHAT[:PATTERN] COMMAND...
 *
 * runs COMMAND, in whose words @PORT@ is the port of 127.0.0.1 at which the server behind SOCKET seems to be. All goes through until a
 * statement comes that has PATTERN in it ("": the first after the login); WHAT happens then, as each program says. GOT: what the client
 * sends where it was asked for a file (MariaDB alone). Both ends of a connection are closed when nothing has come for PATIENCE_MS after WHAT.
 *
 * The exit status is COMMAND's, or one of these. What COMMAND needed is said on standard error; ROGUE_MIB in the environment is what it
 * may. */
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	ROGUE_FAULT = 96,   /* of ours */
	ROGUE_LARGE = 97,   /* COMMAND had more than it may */
	ROGUE_HUNG = 98,    /* it did not end in SECONDS_MOST */
	ROGUE_CRASHED = 99, /* a signal ended it */
	RSS_MOST_MIB = 1200,
	SECONDS_MOST = 240, /* far more than it takes on a machine that has other things to do */
	PATIENCE_MS = 1500,
	ROGUE_ROOM = 1 << 24,
};

static uint8_t *rogue_room; /* for a message, and for what it may become: 2 * ROGUE_ROOM bytes */

struct rogue {
	const char *socket, *got, *what, *pattern;
	pid_t command;
	int client, server; /* of this connection */
	uint64_t random;
	bool acts;  /* WHAT has begun on this connection */
	bool quiet; /* pass on no more of what the server says */
};

static _Noreturn void rogue_die(const char *what)
{
	fprintf(stderr, "rogue: %s: %s\n", what, strerror(errno));
	exit(ROGUE_FAULT);
}

static uint64_t rogue_random(struct rogue *r)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return r->random;
}

/* Is this what is done? */
static bool rogue_does(const struct rogue *r, const char *what)
{
	return !strcmp(r->what, what);
}

/* Ends the connection when the other end is gone. */
static void rogue_write(int fd, const void *p, size_t n)
{
	for (const char *at = p; n;) {
		ssize_t put = write(fd, at, n);
		if (put <= 0)
			_exit(0);
		at += put;
		n -= (size_t)put;
	}
}

static void rogue_read(int fd, void *p, size_t n)
{
	for (char *at = p; n;) {
		ssize_t got = read(fd, at, n);
		if (got <= 0)
			_exit(0);
		at += got;
		n -= (size_t)got;
	}
}

/* The one of the two that has something to say. */
static int rogue_next(const struct rogue *r)
{
	struct pollfd p[2] = { { .fd = r->client, .events = POLLIN }, { .fd = r->server, .events = POLLIN } };
	if (poll(p, 2, r->acts ? PATIENCE_MS : -1) <= 0)
		_exit(0);
	return p[0].revents ? r->client : r->server;
}

static inline void rogue_note(const struct rogue *r, const void *p, size_t n)
{
	FILE *f = fopen(r->got, "a");
	if (!f || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		rogue_die(r->got);
}

static bool rogue_has(const uint8_t *p, size_t n, const char *pattern)
{
	return !*pattern || memmem(p, n, pattern, strlen(pattern));
}

static void rogue_connect(struct rogue *r)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	snprintf(to.sun_path, sizeof to.sun_path, "%s", r->socket);
	r->server = socket(AF_UNIX, SOCK_STREAM, 0);
	if (r->server < 0 || connect(r->server, (struct sockaddr *)&to, sizeof to) < 0)
		_exit(0);
}

/* Each connection in a process of its own, which ends with this one. */
static void rogue_accept(struct rogue *r, int listener, void (*serve)(struct rogue *r))
{
	static uint64_t number;
	int client = accept(listener, NULL, NULL);
	number++;
	if (client < 0)
		return;
	if (fork() != 0) {
		close(client);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(listener);
	r->client = client;
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	r->random += number * 0x9e3779b97f4a7c15;
	rogue_connect(r);
	serve(r);
	_exit(0);
}

static int rogue_listen(char port[8])
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0 || listen(fd, 64) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) < 0)
		rogue_die("listen");
	snprintf(port, 8, "%u", ntohs(at.sin_port));
	return fd;
}

static char *rogue_word(const char *word, const char *port)
{
	const char *at = strstr(word, "@PORT@");
	char *out = NULL;
	if (!at)
		return strdup(word);
	if (asprintf(&out, "%.*s%s%s", (int)(at - word), word, port, at + strlen("@PORT@")) < 0)
		rogue_die("memory");
	return out;
}

static pid_t rogue_run(char **argv, const char *port)
{
	pid_t child = fork();
	if (child < 0)
		rogue_die("fork");
	if (child)
		return child;
	for (char **word = argv; *word; word++)
		*word = rogue_word(*word, port);
	execvp(argv[0], argv);
	rogue_die(argv[0]);
}

static int rogue_verdict(int status, const struct rusage *used)
{
	const char *most = getenv("ROGUE_MIB");
	long mib = used->ru_maxrss / 1024, may = most ? strtol(most, NULL, 10) : RSS_MOST_MIB;
	fprintf(stderr, "rogue: at most %ld MiB\n", mib);
	if (WIFSIGNALED(status)) {
		fprintf(stderr, "rogue: signal %d\n", WTERMSIG(status));
		return ROGUE_CRASHED;
	}
	return mib > may ? ROGUE_LARGE : WEXITSTATUS(status);
}

static int rogue_main(int argc, char **argv, void (*serve)(struct rogue *r))
{
	char port[8], *colon;
	if (argc < 5)
		rogue_die("the command line");
	rogue_room = malloc(2 * (size_t)ROGUE_ROOM);
	if (!rogue_room)
		rogue_die("memory");
	signal(SIGPIPE, SIG_IGN);
	struct rogue r = { .socket = argv[1], .got = argv[2], .what = argv[3], .pattern = "" };
	if ((colon = strchr(argv[3], ':')) != NULL) {
		*colon = '\0';
		r.pattern = colon + 1;
	}
	r.random = strtoull(r.pattern, NULL, 10) + 88172645463325252;
	int listener = rogue_listen(port), status;
	struct rusage used;
	pid_t child = r.command = rogue_run(argv + 4, port);
	for (time_t until = time(NULL) + SECONDS_MOST; time(NULL) < until;) {
		struct pollfd p = { .fd = listener, .events = POLLIN };
		if (poll(&p, 1, 20) > 0)
			rogue_accept(&r, listener, serve);
		if (wait4(child, &status, WNOHANG, &used) == child)
			return rogue_verdict(status, &used);
	}
	kill(child, SIGKILL);
	return ROGUE_HUNG;
}
