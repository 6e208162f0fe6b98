#include "xfer/base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { MANY = 1000 };

struct job {
	struct task task;
	unsigned worker;
	unsigned long in, out;
	pthread_t thread;
};

static void square(struct task *t, unsigned worker)
{
	struct job *j = (struct job *)t;
	j->out = j->in * j->in;
	j->worker = worker;
	j->thread = pthread_self();
}

static struct pool *pool_of(unsigned size)
{
	struct pool *p;
	struct err err = { 0 };
	assert_int_equal(pool_new(&p, size, &err), 0);
	return p;
}

static void all_tasks_are_carried_out(void **state)
{
	(void)state;
	static const unsigned sizes[] = { 1, 2, 7, POOL_MAX };
	for (unsigned k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		struct pool *p = pool_of(sizes[k]);
		struct job job[MANY] = { 0 };
		for (unsigned long i = 0; i < MANY; i++) {
			job[i].task.run = square;
			job[i].in = i;
			pool_submit(p, &job[i].task);
		}
		for (unsigned long i = 0; i < MANY; i++) {
			pool_wait(p, &job[i].task);
			assert_int_equal(job[i].out, i * i);
			assert_true(job[i].worker < sizes[k]);
		}
		pool_free(p);
	}
}

static void a_task_may_be_submitted_again(void **state)
{
	(void)state;
	struct pool *p = pool_of(3);
	struct job job = { .task.run = square };
	for (unsigned long i = 0; i < MANY; i++) {
		job.in = i;
		pool_submit(p, &job.task);
		pool_wait(p, &job.task);
		assert_int_equal(job.out, i * i);
	}
	pool_free(p);
}

static void a_pool_of_one_works_in_the_owner_and_only_when_waited_for(void **state)
{
	(void)state;
	struct pool *p = pool_of(1);
	struct job job = { .task.run = square, .in = 5 };
	pool_submit(p, &job.task);
	assert_false(pool_is_done(p, &job.task));
	pool_wait(p, &job.task);
	assert_int_equal(job.out, 25);
	assert_true(pthread_equal(job.thread, pthread_self()));
	pool_free(p);
}

/* Waits until both of two tasks run at once. */
struct meeting {
	struct task task;
	pthread_barrier_t *both;
};

static void meet(struct task *t, unsigned worker)
{
	(void)worker;
	pthread_barrier_wait(((struct meeting *)t)->both);
}

static void two_tasks_run_at_once(void **state)
{
	(void)state;
	struct pool *p = pool_of(2);
	pthread_barrier_t both;
	pthread_barrier_init(&both, NULL, 2);
	struct meeting m[2] = { { { .run = meet }, &both }, { { .run = meet }, &both } };
	pool_submit(p, &m[0].task);
	pool_submit(p, &m[1].task);
	pool_wait(p, &m[1].task);
	pool_wait(p, &m[0].task);
	pthread_barrier_destroy(&both);
	pool_free(p);
}

static void without_a_wait_a_task_ends_too(void **state)
{
	(void)state;
	struct pool *p = pool_of(2);
	pthread_barrier_t both;
	pthread_barrier_init(&both, NULL, 2);
	struct meeting m = { { .run = meet }, &both };
	pool_submit(p, &m.task);
	pthread_barrier_wait(&both); /* a thread of the pool is in it: we are not */
	while (!pool_is_done(p, &m.task))
		;
	pool_wait(p, &m.task);
	pthread_barrier_destroy(&both);
	pool_free(p);
}

static void look_at_mask(struct task *t, unsigned worker)
{
	(void)worker;
	sigset_t set;
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	((struct job *)t)->out = (unsigned long)sigismember(&set, SIGTERM);
	((struct job *)t)->thread = pthread_self();
}

static void signals_are_left_to_the_owner(void **state)
{
	(void)state;
	struct pool *p = pool_of(2);
	struct job job = { .task.run = look_at_mask };
	pool_submit(p, &job.task);
	while (!pool_is_done(p, &job.task))
		;
	pool_wait(p, &job.task);
	assert_false(pthread_equal(job.thread, pthread_self()));
	assert_int_equal(job.out, 1);
	sigset_t ours;
	pthread_sigmask(SIG_SETMASK, NULL, &ours);
	assert_false(sigismember(&ours, SIGTERM));
	pool_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_tasks_are_carried_out),
		cmocka_unit_test(a_task_may_be_submitted_again),
		cmocka_unit_test(a_pool_of_one_works_in_the_owner_and_only_when_waited_for),
		cmocka_unit_test(two_tasks_run_at_once),
		cmocka_unit_test(without_a_wait_a_task_ends_too),
		cmocka_unit_test(signals_are_left_to_the_owner),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
