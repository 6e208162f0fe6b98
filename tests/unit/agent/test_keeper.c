#include "dbdump/agent/keeper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dbdump/agent/attach.h"
#include "xfer/base/clock.h"

static const volatile int quit;

/* Says again what it hears. */
static int echo(int fd, int silence)
{
	char text[100];
	ssize_t n;
	assert_true(silence > 0);
	while ((n = read(fd, text, sizeof text)) > 0)
		if (write(fd, text, (size_t)n) != n)
			break;
	return 0;
}

/* Each process that comes of a session has its write end. */
static int alive[2];

static int begin_session(void **state)
{
	(void)state;
	return pipe(alive);
}

/* Waits until none of them is there. */
static void nobody_is_left(void)
{
	char none;
	close(alive[1]);
	assert_int_equal(read(alive[0], &none, 1), 0);
	close(alive[0]);
}

/* What ssh would start; its pid, and the connection to it. */
static pid_t start(int *fd)
{
	int fds[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(fds[0]);
		_exit(attach_run(fds[1], fds[1], echo, &quit));
	}
	close(fds[1]);
	*fd = fds[0];
	return pid;
}

static int status_of(pid_t pid)
{
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The answer to a greeting; or why there is none. */
static int greet(int fd, const struct greeting *g, struct greeting *answer, struct err *err)
{
	uint8_t bytes[GREETING_SIZE];
	*err = (struct err){ 0 };
	greeting_pack(bytes, g);
	assert_int_equal(write(fd, bytes, sizeof bytes), sizeof bytes);
	return greeting_read(answer, fd, -1, clock_now() + 10 * CLOCK_SECOND, err);
}

static void say(int fd, enum frame_type type, uint64_t offset, const char *text)
{
	uint8_t bytes[100];
	size_t n = strlen(text);
	struct frame f = {
		.type = (uint16_t)type, .offset = offset, .data = (const uint8_t *)text, .len = (uint32_t)n
	};
	frame_pack(bytes, &f);
	memcpy(bytes + FRAME_HEAD, text, n);
	assert_int_equal(write(fd, bytes, FRAME_HEAD + n), FRAME_HEAD + n);
}

/* The stream's text from there on, until it is that long. */
static void hear(int fd, uint64_t offset, const char *text)
{
	uint8_t in[1000];
	size_t have = 0, at = 0, len = strlen(text);
	while (at < len) {
		struct frame f;
		ssize_t n = read(fd, in + have, sizeof in - have);
		assert_true(n > 0);
		have += (size_t)n;
		while ((n = frame_parse(&f, in, have)) > 0) {
			if (f.type == FRAME_DATA) {
				assert_int_equal(f.offset, offset + at);
				assert_true(f.len <= len - at);
				assert_memory_equal(f.data, text + at, f.len);
				at += f.len;
			}
			have -= (size_t)n;
			memmove(in, in + n, have);
		}
	}
}

/* Until the other side closes. */
static void hear_end(int fd)
{
	char text[1000];
	while (read(fd, text, sizeof text) > 0)
		continue;
	close(fd);
}

static struct greeting session(uint8_t number)
{
	struct greeting g = { .wait_s = 20, .silence_s = 20 };
	pid_t own = getpid();
	memcpy(g.name, &own, sizeof own);
	g.name[GREETING_NAME - 1] = number;
	memset(g.secret, 's', sizeof g.secret);
	return g;
}

static void refused(const struct greeting *g, const char *why)
{
	struct greeting answer;
	struct err err;
	int fd;
	pid_t pid = start(&fd);
	assert_int_equal(greet(fd, g, &answer, &err), -ECONNABORTED);
	assert_string_equal(err.text, why);
	hear_end(fd);
	status_of(pid);
}

static void a_lost_link_is_taken_up_by_who_knows_the_secret_alone(void **state)
{
	struct greeting g = session(1), wrong, answer;
	struct err err;
	int fd;
	(void)state;
	pid_t pid = start(&fd);
	assert_int_equal(greet(fd, &g, &answer, &err), 0);
	say(fd, FRAME_DATA, 0, "hello ");
	hear(fd, 0, "hello ");
	close(fd);
	assert_int_equal(status_of(pid), 0);

	wrong = g;
	wrong.again = true;
	wrong.secret[GREETING_SECRET - 1] ^= 1;
	refused(&wrong, "it is not the session's caller that wants to take it up again");
	wrong = session(2);
	wrong.again = true;
	refused(&wrong, "the session is not there any more");

	pid = start(&fd);
	g.again = true;
	g.received = 2;
	assert_int_equal(greet(fd, &g, &answer, &err), 0);
	assert_int_equal(answer.received, 6);
	hear(fd, 2, "llo ");
	say(fd, FRAME_DATA, 6, "again");
	hear(fd, 6, "again");
	say(fd, FRAME_DONE, 11, "");
	hear_end(fd);
	assert_int_equal(status_of(pid), 0);
	nobody_is_left();
	refused(&g, "the session is not there any more");
}

static void a_link_that_is_there_still_gives_way_to_the_next(void **state)
{
	struct greeting g = session(3), answer;
	struct err err;
	int first, second;
	(void)state;
	pid_t pid = start(&first), next;
	assert_int_equal(greet(first, &g, &answer, &err), 0);
	next = start(&second);
	g.again = true;
	assert_int_equal(greet(second, &g, &answer, &err), 0);
	hear_end(first);
	assert_int_equal(status_of(pid), 0);
	say(second, FRAME_DATA, 0, "x");
	hear(second, 0, "x");
	say(second, FRAME_DONE, 1, "");
	hear_end(second);
	assert_int_equal(status_of(next), 0);
	nobody_is_left();
}

static void a_silent_link_is_lost_and_the_wait_for_the_next_ends(void **state)
{
	struct greeting g = session(4), answer;
	struct err err;
	int fd;
	(void)state;
	g.silence_s = 1;
	g.wait_s = 1;
	pid_t pid = start(&fd);
	assert_int_equal(greet(fd, &g, &answer, &err), 0);
	hear_end(fd);
	assert_int_equal(status_of(pid), 0);
	nobody_is_left();
	g.again = true;
	refused(&g, "the session is not there any more");
}

static void what_is_no_greeting_is_refused(void **state)
{
	struct greeting answer;
	struct err err = { 0 };
	int fd;
	(void)state;
	pid_t pid = start(&fd);
	assert_int_equal(write(fd, "GET / HTTP/1.0\r\n\r\n0123456789", 28), 28);
	assert_int_equal(greeting_read(&answer, fd, -1, 0, &err), -ECONNABORTED);
	assert_string_equal(err.text, "what answers there is no dbdump's agent");
	hear_end(fd);
	assert_int_not_equal(status_of(pid), 0);
	nobody_is_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_lost_link_is_taken_up_by_who_knows_the_secret_alone, begin_session),
		cmocka_unit_test_setup(a_link_that_is_there_still_gives_way_to_the_next, begin_session),
		cmocka_unit_test_setup(a_silent_link_is_lost_and_the_wait_for_the_next_ends, begin_session),
		cmocka_unit_test_setup(what_is_no_greeting_is_refused, begin_session),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
