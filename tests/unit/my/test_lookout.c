#include "dbdump/my/lookout.h"

#include <poll.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static sem_t released;
static struct lookout *l;

/* By then it says so. */
static void release(void *ctx)
{
	assert_ptr_equal(ctx, &released);
	assert_true(lookout_gave_up(l));
	sem_post(&released);
}

static void what_is_not_taken_in_time_costs_the_lock(void **state)
{
	struct err err;
	(void)state;
	sem_init(&released, 0, 0);
	assert_int_equal(lookout_start(&l, release, &released, 1, &err), 0);
	lookout_enter(l);
	assert_int_equal(sem_wait(&released), 0);
	lookout_leave(l);
	assert_true(lookout_gave_up(l));
	lookout_end(l);
}

/* As long as others take it, or the lock's owner works at something else. */
static void what_is_taken_costs_nothing(void **state)
{
	struct err err;
	(void)state;
	assert_int_equal(lookout_start(&l, release, &released, 1, &err), 0);
	lookout_enter(l);
	lookout_leave(l);
	poll(NULL, 0, 1300);
	assert_false(lookout_gave_up(l));
	lookout_end(l);
}

static void without_one_nothing_is_given_up(void **state)
{
	(void)state;
	lookout_enter(NULL);
	lookout_leave(NULL);
	assert_false(lookout_gave_up(NULL));
	lookout_end(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_taken_in_time_costs_the_lock),
		cmocka_unit_test(what_is_taken_costs_nothing),
		cmocka_unit_test(without_one_nothing_is_given_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
