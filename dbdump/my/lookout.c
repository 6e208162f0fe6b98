#include "dbdump/my/lookout.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include "dbdump/thread.h"
#include "xfer/base/clock.h"
#include "xfer/base/cond.h"

struct lookout {
	void (*release)(void *ctx);
	void *ctx;
	uint64_t limit;
	pthread_mutex_t lock; /* of what follows */
	struct cond changed;
	unsigned inside;   /* pieces that are being taken */
	uint64_t moved_at; /* when one was, or the first of them was begun */
	bool ends;
	atomic_bool gave_up;
	pthread_t thread;
};

/* The lock is held. Nanoseconds until it has to be given up; 0: now. */
static uint64_t time_left(const struct lookout *l)
{
	uint64_t stands = clock_now() - l->moved_at;
	if (!l->inside)
		return l->limit;
	return stands < l->limit ? l->limit - stands : 0;
}

/* Its word is given before the lock goes: what ended without it was locked. */
static void *look_out(void *arg)
{
	struct lookout *l = arg;
	uint64_t left;
	pthread_mutex_lock(&l->lock);
	while (!l->ends && (left = time_left(l)) > 0)
		cond_wait_ms(&l->changed, &l->lock,
			     left < 60 * CLOCK_SECOND ? (int)(left / 1000000) + 1 : 60000);
	if (!l->ends) {
		atomic_store(&l->gave_up, true);
		l->release(l->ctx);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

int lookout_start(struct lookout **out, void (*release)(void *ctx), void *ctx, unsigned limit_s,
		  struct err *err)
{
	struct lookout *l = calloc(1, sizeof *l);
	if (!l)
		return err_set(err, -ENOMEM, "a watch over locked tables");
	l->release = release;
	l->ctx = ctx;
	l->limit = limit_s * CLOCK_SECOND;
	pthread_mutex_init(&l->lock, NULL);
	int rc = thread_start(&l->thread, look_out, l);
	if (rc < 0) {
		pthread_mutex_destroy(&l->lock);
		free(l);
		return err_set(err, rc, "thread");
	}
	*out = l;
	return 0;
}

void lookout_enter(struct lookout *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	if (!l->inside++)
		l->moved_at = clock_now();
	cond_wake_all(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

void lookout_leave(struct lookout *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->inside--;
	l->moved_at = clock_now();
	pthread_mutex_unlock(&l->lock);
}

bool lookout_gave_up(const struct lookout *l)
{
	return l && atomic_load(&l->gave_up);
}

void lookout_end(struct lookout *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->ends = true;
	cond_wake_all(&l->changed);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	pthread_mutex_destroy(&l->lock);
	free(l);
}
