#include "xfer/base/cond.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* time: NULL for as long as it takes. False when it has passed. */
static bool wait_for(struct cond *c, pthread_mutex_t *lock, const struct timespec *time)
{
	unsigned seen = atomic_load(&c->wakes);
	c->waiting++;
	pthread_mutex_unlock(lock);
	/* returns at once when somebody has woken us since the lock was given up */
	bool timed_out = syscall(SYS_futex, &c->wakes, FUTEX_WAIT_PRIVATE, seen, time, NULL, 0) < 0 &&
			 errno == ETIMEDOUT;
	pthread_mutex_lock(lock);
	c->waiting--;
	return !timed_out;
}

void cond_wait(struct cond *c, pthread_mutex_t *lock)
{
	wait_for(c, lock, NULL);
}

bool cond_wait_ms(struct cond *c, pthread_mutex_t *lock, int ms)
{
	return wait_for(c, lock, &(struct timespec){ ms / 1000, ms % 1000 * 1000000L });
}

static void wake(struct cond *c, int most)
{
	if (!c->waiting)
		return;
	atomic_fetch_add(&c->wakes, 1);
	syscall(SYS_futex, &c->wakes, FUTEX_WAKE_PRIVATE, most, NULL, NULL, 0);
}

void cond_wake_one(struct cond *c)
{
	wake(c, 1);
}

void cond_wake_all(struct cond *c)
{
	wake(c, INT_MAX);
}
