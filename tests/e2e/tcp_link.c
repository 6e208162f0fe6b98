/* tcp_link.c - the network between a program and a server, for a test that cuts it: tcp_link FROM_PORT TO_PORT takes connections at
 * 127.0.0.1:FROM_PORT and passes them on, each in a process of its own group with it.
 *
 *   SIGUSR1   what the server says is lost from now on, on the connections that there are; what it is told still comes
 *   SIGUSR2   ends the connections that there are; later ones go through
 * Sent to the group. "ready" on standard output says that it listens. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t deaf;

static void become_deaf(int signal)
{
	(void)signal;
	deaf = 1;
}

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "tcp_link: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static struct sockaddr_in address(const char *port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* False: the end. */
static int pass(int from, int to, int lose)
{
	char bytes[65536];
	ssize_t n = read(from, bytes, sizeof bytes);
	if (n < 0 && errno == EINTR)
		return 1;
	for (ssize_t at = 0, put; n > 0 && !lose && at < n; at += put) {
		put = write(to, bytes + at, (size_t)(n - at));
		if (put < 0 && errno != EINTR)
			return 0;
		put = put < 0 ? 0 : put;
	}
	return n > 0;
}

static _Noreturn void serve(int client, const char *port)
{
	struct sockaddr_in to = address(port);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	signal(SIGUSR1, become_deaf);
	signal(SIGUSR2, SIG_DFL);
	if (connect(server, (struct sockaddr *)&to, sizeof to) < 0)
		_exit(1);
	struct pollfd ends[] = { { .fd = client, .events = POLLIN }, { .fd = server, .events = POLLIN } };
	for (;;) {
		if (poll(ends, 2, -1) < 0 && errno != EINTR)
			die("poll");
		if ((ends[0].revents && !pass(client, server, 0)) ||
		    (ends[1].revents && !pass(server, client, deaf)))
			_exit(0);
		ends[0].revents = ends[1].revents = 0;
	}
}

int main(int argc, char **argv)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
	struct sockaddr_in at = address(argc == 3 ? argv[1] : "0");
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	setpgid(0, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (argc != 3 || bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 32) < 0)
		die("listen");
	puts("ready");
	fflush(stdout);
	for (;;) {
		int client = accept(listener, NULL, NULL);
		if (client < 0 && errno != EINTR)
			die("accept");
		if (client >= 0 && fork() == 0)
			serve(client, argv[2]);
		if (client >= 0)
			close(client);
	}
}
