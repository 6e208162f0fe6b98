/* cond.h - a condition variable on a futex.
 *
 * Not pthread's: from glibc 2.25 to 2.40 (Debian 12 has 2.36) that can lose a wake-up, and one who signals can hang with the
 * lock held (sourceware.org bug 25847). A copy that hangs in an outage is worse than these lines.
 *
 * Zeroed memory is a condition that nobody waits for; there is nothing to free. All calls are made with the lock held, waking
 * too: then who begins to wait later cannot take the wake-up of one who waits. A wait may end early: loop over what is waited for. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct cond {
	atomic_uint wakes;
	unsigned waiting; /* under the lock; those who were woken and do not have the lock yet included */
};

void cond_wait(struct cond *c, pthread_mutex_t *lock);
/* False: so much time has passed, by a clock that nobody sets. */
bool cond_wait_ms(struct cond *c, pthread_mutex_t *lock, int ms);
void cond_wake_one(struct cond *c);
void cond_wake_all(struct cond *c);
