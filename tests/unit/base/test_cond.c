#include "xfer/base/cond.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "xfer/base/clock.h"

enum { THREADS = 5, MANY = 50000 };

/* Threads that take what is there, one at a time. */
struct till {
	pthread_mutex_t lock;
	struct cond filled, emptied;
	unsigned coins, taken, there; /* there: of the threads, those who have begun to wait */
	bool closed;
};

static void *take(void *arg)
{
	struct till *t = arg;
	pthread_mutex_lock(&t->lock);
	t->there++;
	cond_wake_one(&t->emptied);
	while (t->coins || !t->closed) {
		if (!t->coins) {
			cond_wait(&t->filled, &t->lock);
			continue;
		}
		t->coins--;
		t->taken++;
		cond_wake_one(&t->emptied);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

static void begin(struct till *t, pthread_t threads[THREADS])
{
	*t = (struct till){ .lock = PTHREAD_MUTEX_INITIALIZER };
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take, t), 0);
	pthread_mutex_lock(&t->lock);
	while (t->there < THREADS)
		cond_wait(&t->emptied, &t->lock);
}

/* With the lock held; returns without it. */
static void end(struct till *t, pthread_t threads[THREADS])
{
	t->closed = true;
	cond_wake_all(&t->filled);
	pthread_mutex_unlock(&t->lock);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* One wake-up a coin, and the next coin only when that was taken: a lost one hangs. */
static void no_wake_up_is_lost(void **state)
{
	(void)state;
	struct till t;
	pthread_t threads[THREADS];
	begin(&t, threads);
	for (unsigned i = 0; i < MANY; i++) {
		t.coins++;
		cond_wake_one(&t.filled);
		while (t.coins)
			cond_wait(&t.emptied, &t.lock);
	}
	end(&t, threads);
	assert_int_equal(t.taken, MANY);
}

static void all_are_woken(void **state)
{
	(void)state;
	struct till t;
	pthread_t threads[THREADS];
	for (unsigned i = 0; i < 200; i++) {
		begin(&t, threads);
		end(&t, threads);
		assert_int_equal(t.taken, 0);
	}
}

static void a_wait_ends_when_its_time_has_passed(void **state)
{
	(void)state;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct cond never = { 0 };
	uint64_t before = clock_now();
	pthread_mutex_lock(&lock);
	while (cond_wait_ms(&never, &lock, 30))
		;
	pthread_mutex_unlock(&lock);
	assert_true(clock_now() - before >= 30 * CLOCK_SECOND / 1000);
	assert_int_equal(never.waiting, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_wake_up_is_lost),
		cmocka_unit_test(all_are_woken),
		cmocka_unit_test(a_wait_ends_when_its_time_has_passed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
