#include "xfer/front/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t asked;

static void on_signal(int sig)
{
	(void)sig;
	asked = 1;
}

/* In a process of its own; what it exited with, or 100 and the signal that ended it. */
static int alone(int (*act)(void))
{
	int status;
	pid_t pid = fork();
	if (pid == 0)
		_exit(act());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int one_signal(void)
{
	process_begin(on_signal);
	raise(SIGPIPE);
	raise(SIGTERM);
	raise(SIGINT);
	return asked ? 7 : 0;
}

static int two_signals(void)
{
	process_begin(on_signal);
	raise(SIGTERM);
	raise(SIGTERM);
	return 0;
}

static int ignored_signal(void)
{
	signal(SIGHUP, SIG_IGN);
	process_begin(on_signal);
	raise(SIGHUP);
	raise(SIGHUP);
	return asked ? 0 : 7;
}

static int closed_descriptors(void)
{
	close(0);
	close(2);
	process_begin(on_signal);
	int next = open("/dev/null", O_RDONLY);
	bool good = fcntl(0, F_GETFD) >= 0 && fcntl(2, F_GETFD) >= 0 && next > 2;
	close(next);
	return good ? 7 : 0;
}

static void the_first_signal_asks_and_the_second_ends(void **state)
{
	(void)state;
	assert_int_equal(alone(one_signal), 7);
	assert_int_equal(alone(two_signals), 100 + SIGTERM);
}

static void what_nohup_ignores_stays_ignored(void **state)
{
	(void)state;
	assert_int_equal(alone(ignored_signal), 7);
}

static void standard_descriptors_are_there(void **state)
{
	(void)state;
	assert_int_equal(alone(closed_descriptors), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_signal_asks_and_the_second_ends),
		cmocka_unit_test(what_nohup_ignores_stays_ignored),
		cmocka_unit_test(standard_descriptors_are_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
