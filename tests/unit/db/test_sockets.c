#include "dbdump/sockets.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void *wait_for_answer(void *arg)
{
	char c;
	return read(*(int *)arg, &c, 1) == 0 ? arg : NULL;
}

static void who_waits_for_a_silent_server_is_let_go(void **state)
{
	(void)state;
	enum { PAIRS = 40 };
	int ends[PAIRS][2], own[PAIRS];
	pthread_t threads[PAIRS];
	for (size_t i = 0; i < PAIRS; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]), 0);
		own[i] = sockets_add(ends[i][0]);
		assert_true(own[i] >= 0);
		assert_int_equal(pthread_create(&threads[i], NULL, wait_for_answer, &ends[i][0]), 0);
	}
	sockets_sever();
	for (size_t i = 0; i < PAIRS; i++) {
		void *closed = NULL;
		pthread_join(threads[i], &closed);
		assert_non_null(closed);
		sockets_drop(own[i]);
		close(ends[i][0]);
		close(ends[i][1]);
	}
}

static void what_was_dropped_is_left_alone(void **state)
{
	(void)state;
	int ends[2];
	char c = 'x';
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	sockets_drop(sockets_add(ends[0]));
	sockets_drop(sockets_add(-1));
	sockets_sever();
	assert_int_equal(write(ends[1], &c, 1), 1);
	assert_int_equal(read(ends[0], &c, 1), 1);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_for_a_silent_server_is_let_go),
		cmocka_unit_test(what_was_dropped_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
