#include "dbdump/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A host that is gone is noticed after three minutes; by the kernel's defaults it would be two hours. */
enum { IDLE_S = 60, INTERVAL_S = 15, PROBES = 8, FIRST_FD = 3 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int *sockets;
static size_t count, room;

/* Only ever sooner than it is: the user may have asked for that. Where it is not TCP, there is nothing to ask. */
static void lower(int fd, int option, int most)
{
	int have = 0;
	socklen_t len = sizeof have;
	if (getsockopt(fd, IPPROTO_TCP, option, &have, &len) == 0 && have > most)
		setsockopt(fd, IPPROTO_TCP, option, &most, sizeof most);
}

static void keep_alive(int fd)
{
	int yes = 1;
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
	lower(fd, TCP_KEEPIDLE, IDLE_S);
	lower(fd, TCP_KEEPINTVL, INTERVAL_S);
	lower(fd, TCP_KEEPCNT, PROBES);
}

static int append(int fd)
{
	if (count == room) {
		size_t more = room ? 2 * room : 32;
		int *grown = realloc(sockets, more * sizeof *grown);
		if (!grown)
			return -ENOMEM;
		sockets = grown;
		room = more;
	}
	sockets[count++] = fd;
	return 0;
}

int sockets_add(int fd)
{
	/* of our own, since a library closes its one when it pleases, and the number is soon another file's */
	int own = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
	if (own < 0)
		return -errno;
	keep_alive(own);
	pthread_mutex_lock(&lock);
	int rc = append(own);
	pthread_mutex_unlock(&lock);
	if (rc < 0)
		close(own);
	return rc < 0 ? rc : own;
}

void sockets_drop(int fd)
{
	if (fd <= 0)
		return;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < count; i++)
		if (sockets[i] == fd)
			sockets[i--] = sockets[--count];
	if (!count) {
		free(sockets);
		sockets = NULL;
		room = 0;
	}
	pthread_mutex_unlock(&lock);
	close(fd);
}

void sockets_sever(void)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < count; i++)
		shutdown(sockets[i], SHUT_RDWR);
	pthread_mutex_unlock(&lock);
}

void sockets_end(int fd)
{
	int pair[2];
	shutdown(fd, SHUT_RDWR);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return;
	close(pair[1]);
	dup3(pair[0], fd, O_CLOEXEC);
	close(pair[0]);
}
