#include "xfer/io/syncer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "xfer/base/err.h"

struct syncer {
	struct covered {
		dev_t dev;
		int fd;
	} * covered;
	size_t count, room;
	/* what the thread has to do with: the descriptors, which stay, in an array of its own, since the other one moves */
	int *syncing;
	size_t syncing_count;
	pthread_t thread;
	bool running;
	int ended; /* the result where there was no thread to be had */
};

struct syncer *syncer_new(void)
{
	return calloc(1, sizeof(struct syncer));
}

void syncer_free(struct syncer *s)
{
	if (!s)
		return;
	(void)syncer_wait(s, -1);
	while (s->count)
		close(s->covered[--s->count].fd);
	free(s->covered);
	free(s->syncing);
	free(s);
}

int syncer_cover(struct syncer *s, dev_t dev, int dirfd)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->covered[i].dev == dev)
			return 0;
	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 8;
		struct covered *more = realloc(s->covered, room * sizeof *more);
		if (!more)
			return -ENOMEM;
		s->covered = more;
		s->room = room;
	}
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	s->covered[s->count++] = (struct covered){ dev, fd };
	return 0;
}

static int sync_all(const struct syncer *s)
{
	int code = 0;
	for (size_t i = 0; i < s->syncing_count; i++)
		if (syncfs(s->syncing[i]) < 0 && code == 0)
			code = -errno;
	return code;
}

static void *work(void *arg)
{
	return (void *)(intptr_t)sync_all(arg);
}

void syncer_start(struct syncer *s)
{
	sigset_t all, before;
	CHECK(!s->running);
	int *fds = realloc(s->syncing, (s->count ? s->count : 1) * sizeof *fds);
	if (!fds) {
		s->ended = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < s->count; i++)
		fds[i] = s->covered[i].fd;
	s->syncing = fds;
	s->syncing_count = s->count;
	/* signals are for the thread that waits for them */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	s->running = pthread_create(&s->thread, NULL, work, s) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!s->running)
		s->ended = sync_all(s);
}

int syncer_wait(struct syncer *s, int ms)
{
	int code = s->ended;
	s->ended = 0;
	if (!s->running)
		return code;
	void *result;
	if (ms < 0) {
		pthread_join(s->thread, &result);
	} else {
		struct timespec until;
		/* (with the monotonic clock there is pthread_clockjoin_np, which ThreadSanitizer does not know; a clock
		 * that is set makes one wait longer or shorter, and the caller asks again) */
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += ms / 1000;
		until.tv_nsec += ms % 1000 * 1000000L;
		if (until.tv_nsec >= 1000000000L) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000L;
		}
		if (pthread_timedjoin_np(s->thread, &result, &until) != 0)
			return -EAGAIN;
	}
	s->running = false;
	return (int)(intptr_t)result;
}
