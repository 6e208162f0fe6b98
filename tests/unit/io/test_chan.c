#include "xfer/io/chan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct chan *run(const char *script)
{
	struct chan *c;
	struct err err = { 0 };
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)(uintptr_t)script, NULL };
	if (chan_open_command(&c, argv, &err) < 0)
		fail_msg("%s", err.text);
	return c;
}

static void write_text(struct chan *c, const char *text)
{
	struct iovec iov = { (char *)(uintptr_t)text, strlen(text) };
	assert_int_equal(chan_wait(c, false, true, 5000), 2);
	assert_int_equal(chan_write(c, &iov, 1), strlen(text));
}

/* Reads to the end, or n bytes. */
static size_t read_text(struct chan *c, char *to, size_t n)
{
	size_t at = 0;
	while (at < n) {
		assert_int_equal(chan_wait(c, true, false, 10000), 1);
		ssize_t r = chan_read(c, to + at, n - at);
		if (r == 0)
			break;
		assert_true(r > 0);
		at += (size_t)r;
	}
	to[at] = '\0';
	return at;
}

static void a_command_has_its_input_and_output_on_the_channel(void **state)
{
	(void)state;
	char text[100];
	struct chan *c = run("exec cat");
	write_text(c, "there and ");
	write_text(c, "back");
	assert_int_equal(read_text(c, text, 14), 14);
	assert_string_equal(text, "there and back");
	/* half closed: cat ends, what it wrote still comes */
	write_text(c, "!");
	chan_shut_write(c);
	assert_int_equal(read_text(c, text, 50), 1);
	assert_int_equal(chan_close(c), 0);
}

static void the_exit_status_is_the_childs(void **state)
{
	(void)state;
	char text[10];
	struct chan *c = run("exit 7");
	assert_int_equal(read_text(c, text, 5), 0);
	assert_int_equal(chan_close(c), 7);
	assert_int_equal(chan_close(run("kill -9 $$")), 128 + SIGKILL);
	assert_int_equal(chan_close(NULL), -1);
}

static void a_child_sees_the_channel_close(void **state)
{
	(void)state;
	assert_int_equal(chan_close(run("while read x; do :; done; exit 3")), 3);
}

static void a_command_that_is_not_there_is_named(void **state)
{
	(void)state;
	struct chan *c;
	struct err err = { 0 };
	char *argv[] = { (char *)"/nonexistent/xyzzy", NULL };
	assert_int_equal(chan_open_command(&c, argv, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/xyzzy"));
	argv[0] = (char *)"/";
	assert_int_equal(chan_open_command(&c, argv, &err), -EACCES);
}

static void a_command_has_the_default_for_broken_pipes(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	struct chan *c = run("kill -PIPE $$; exit 1");
	assert_int_equal(chan_close(c), 128 + SIGPIPE);
}

static int open_descriptors(void)
{
	int n = 0;
	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void nothing_stays_open(void **state)
{
	(void)state;
	struct chan *c;
	struct err err;
	char *argv[] = { (char *)"/nonexistent/xyzzy", NULL };
	int before = open_descriptors();
	chan_close(run("exec cat"));
	assert_true(chan_open_command(&c, argv, &err) < 0);
	assert_int_equal(open_descriptors(), before);
}

static void a_command_inherits_nothing_else(void **state)
{
	(void)state;
	char text[100];
	struct chan *other = run("exec cat");
	struct chan *c = run("cd /proc/self/fd && for f in *; do [ -S $f ] && printf %s $f; done; :");
	read_text(c, text, 50);
	assert_string_equal(text, "01");
	assert_int_equal(chan_close(c), 0);
	assert_int_equal(chan_close(other), 0);
}

static int shout(void *arg, int fd)
{
	char text[10];
	ssize_t n = read(fd, text, sizeof text);
	for (ssize_t i = 0; i < n; i++)
		text[i] = (char)(text[i] - 'a' + 'A');
	return write(fd, text, (size_t)n) == n && getpgrp() == getpid() ? *(int *)arg : 99;
}

static void a_fork_runs_its_body_in_a_group_of_its_own(void **state)
{
	(void)state;
	struct chan *c;
	struct err err = { 0 };
	char text[10];
	int status = 42;
	assert_int_equal(chan_open_fork(&c, shout, &status, &err), 0);
	write_text(c, "hello");
	assert_int_equal(read_text(c, text, 5), 5);
	assert_string_equal(text, "HELLO");
	assert_int_equal(chan_close(c), 42);
}

static void reading_and_writing_never_block(void **state)
{
	(void)state;
	struct chan *c;
	struct err err = { 0 };
	static char data[65536];
	struct iovec iov = { data, sizeof data };
	int fds[2];
	ssize_t r;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(chan_open_fds(&c, fds[0], fds[0], &err), 0);
	assert_int_equal(chan_read(c, data, 1), -EAGAIN);
	assert_int_equal(chan_wait(c, true, false, 0), 0);
	assert_int_equal(chan_wait(c, true, true, 0), 2);
	while ((r = chan_write(c, &iov, 1)) > 0)
		;
	assert_int_equal(r, -EAGAIN);
	assert_int_equal(chan_wait(c, false, true, 0), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(chan_wait(c, true, true, 0), 1);
	assert_int_equal(chan_wait(c, false, true, 0), 0);
	assert_true(fcntl(fds[0], F_GETFD) & FD_CLOEXEC);
	close(fds[1]);
	assert_int_equal(chan_wait(c, true, true, 0), 3); /* a hang-up counts as both */
	assert_int_equal(chan_close(c), -1);
}

static void two_pipes_are_a_channel_too(void **state)
{
	(void)state;
	struct chan *c;
	struct err err = { 0 };
	int in[2], out[2];
	char text[10];
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	assert_int_equal(chan_open_fds(&c, in[0], out[1], &err), 0);
	write_text(c, "out");
	assert_int_equal(read(out[0], text, 10), 3);
	assert_int_equal(write(in[1], "in", 2), 2);
	assert_int_equal(read_text(c, text, 2), 2);
	chan_shut_write(c);
	assert_int_equal(read(out[0], text, 10), 0);
	chan_shut_write(c);
	close(in[1]);
	assert_int_equal(read_text(c, text, 2), 0);
	assert_int_equal(chan_close(c), -1);
	assert_int_equal(fcntl(in[0], F_GETFD), -1);
	close(out[0]);
}

static void a_descriptor_that_is_none_is_an_error(void **state)
{
	(void)state;
	struct chan *c;
	struct err err = { 0 };
	assert_int_equal(chan_open_fds(&c, -1, -1, &err), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_has_its_input_and_output_on_the_channel),
		cmocka_unit_test(the_exit_status_is_the_childs),
		cmocka_unit_test(a_child_sees_the_channel_close),
		cmocka_unit_test(a_command_that_is_not_there_is_named),
		cmocka_unit_test(a_command_has_the_default_for_broken_pipes),
		cmocka_unit_test(nothing_stays_open),
		cmocka_unit_test(a_command_inherits_nothing_else),
		cmocka_unit_test(a_fork_runs_its_body_in_a_group_of_its_own),
		cmocka_unit_test(reading_and_writing_never_block),
		cmocka_unit_test(two_pipes_are_a_channel_too),
		cmocka_unit_test(a_descriptor_that_is_none_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
