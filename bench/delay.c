/* delay.c - a far network: passes standard input and output on to a port of this machine, each byte after so many milliseconds.
 *
 *   delay MS PORT
 *
 * To be ssh's ProxyCommand: two times MS is the round trip then. Bandwidth costs nothing; what is under way is bounded by ROOM. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 64 << 20, PIECE = 256 * 1024, PIECES = 4096, WAYS = 2 };

/* What came at once, and when it may go on. */
struct piece {
	uint64_t due; /* ns */
	size_t len;   /* 0: the end */
};

/* Rings: of bytes, and of pieces. */
struct way {
	int in, out;
	char *data;
	size_t at, have;
	struct piece piece[PIECES];
	unsigned first, count;
	bool ended;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "delay: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool has_room(const struct way *w)
{
	return !w->ended && w->have < ROOM && w->count < PIECES;
}

static void take(struct way *w, uint64_t delay)
{
	size_t end = (w->at + w->have) % ROOM;
	size_t room = smaller(smaller(ROOM - end, ROOM - w->have), PIECE);
	ssize_t n = read(w->in, w->data + end, room);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	w->ended = n <= 0;
	w->have += n > 0 ? (size_t)n : 0;
	w->piece[(w->first + w->count++) % PIECES] = (struct piece){ .due = now() + delay,
								     .len = n > 0 ? (size_t)n : 0 };
}

/* false: nothing more goes this way. */
static bool give(struct way *w)
{
	struct piece *p = &w->piece[w->first];
	ssize_t n = p->len ? write(w->out, w->data + w->at, smaller(p->len, ROOM - w->at)) : 0;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0) {
		shutdown(w->out, SHUT_WR);
		close(w->out);
		w->out = -1;
		return false;
	}
	w->at = (w->at + (size_t)n) % ROOM;
	w->have -= (size_t)n;
	p->len -= (size_t)n;
	if (!p->len) {
		w->first = (w->first + 1) % PIECES;
		w->count--;
	}
	return true;
}

static bool is_due(const struct way *w)
{
	return w->out >= 0 && w->count && w->piece[w->first].due <= now();
}

/* Until the next piece is due, or for ever. */
static const struct timespec *wait_of(const struct way *way, struct timespec *t)
{
	uint64_t due = UINT64_MAX, at = now();
	for (int i = 0; i < WAYS; i++)
		if (way[i].count && way[i].out >= 0 && way[i].piece[way[i].first].due < due)
			due = way[i].piece[way[i].first].due;
	if (due == UINT64_MAX)
		return NULL;
	uint64_t ns = due > at ? due - at : 0;
	*t = (struct timespec){ (time_t)(ns / 1000000000U), (long)(ns % 1000000000U) };
	return t;
}

/* Until what comes from the port has ended. */
static void pass(struct way *way, uint64_t delay)
{
	bool more = true;
	while (more) {
		struct pollfd p[2 * WAYS];
		struct timespec t;
		bool due[WAYS];
		for (int i = 0; i < WAYS; i++) {
			due[i] = is_due(&way[i]);
			p[2 * i] = (struct pollfd){ .fd = has_room(&way[i]) ? way[i].in : -1,
						    .events = POLLIN };
			p[2 * i + 1] = (struct pollfd){ .fd = due[i] ? way[i].out : -1, .events = POLLOUT };
		}
		if (ppoll(p, 2 * WAYS, due[0] || due[1] ? NULL : wait_of(way, &t), NULL) < 0 &&
		    errno != EINTR)
			die("poll");
		for (int i = 0; i < WAYS; i++) {
			if (p[2 * i].revents)
				take(&way[i], delay);
			if (p[2 * i + 1].revents && !give(&way[i]))
				more = more && i == 0;
		}
	}
}

static int connect_to(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

int main(int argc, char **argv)
{
	static struct way way[WAYS];
	if (argc != 3) {
		fprintf(stderr, "delay MS PORT\n");
		return 1;
	}
	int fd = connect_to((int)strtol(argv[2], NULL, 10)), out = dup(fd);
	if (out < 0)
		die("dup");
	way[0].in = STDIN_FILENO;
	way[0].out = out;
	way[1].in = fd;
	way[1].out = STDOUT_FILENO;
	for (int i = 0; i < WAYS; i++) {
		way[i].data = malloc(ROOM);
		if (!way[i].data)
			die("memory");
		fcntl(way[i].in, F_SETFL, fcntl(way[i].in, F_GETFL) | O_NONBLOCK);
		fcntl(way[i].out, F_SETFL, fcntl(way[i].out, F_GETFL) | O_NONBLOCK);
	}
	pass(way, strtoull(argv[1], NULL, 10) * 1000000U);
	for (int i = 0; i < WAYS; i++)
		free(way[i].data);
	return 0;
}
