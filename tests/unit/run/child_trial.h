/* child_trial.h - for tests of real child processes, among them the test's own program with a part to play (child_acts.h). Each trial
 * sees to it that no descriptor and no process is left. One thread. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scheduler/run/child.h"
#include "tests/unit/run/child_acts.h"
#include "xfer/base/buf.h"

enum { LONG_MS = 300000 }; /* longer than any of these takes */

static char self[4096];

/* Starts argv in these surroundings; s may be NULL. */
static struct child *start(const struct child_spec *s, const char *const *argv)
{
	struct child_spec spec = s ? *s : (struct child_spec){ .inherit_fd = -1, .log_fd = -1 };
	struct child *c;
	struct err err = { 0 };
	spec.name = "trial";
	spec.argv = argv;
	if (child_start(&c, &spec, &err))
		fail_msg("%s", err.text);
	return c;
}

static inline struct child *shell(const char *script)
{
	return start(NULL, (const char *const[]){ "sh", "-c", script, NULL });
}

/* This program, with a part to play; fd becomes the other end of a socket, that is open in it. */
static inline struct child *act(const char *part, int *fd, struct child_spec s)
{
	int pair[2];
	char number[16];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	snprintf(number, sizeof number, "%d", pair[1]);
	s.inherit_fd = pair[1];
	s.log_fd = -1;
	struct child *c = start(&s, (const char *const[]){ self, part, number, NULL });
	close(pair[1]);
	*fd = pair[0];
	return c;
}

static inline const struct child_news *finish(struct child *c)
{
	while (child_look(c)->running)
		assert_int_equal(child_wait(&c, 1, -1, LONG_MS, NULL), 1);
	return child_look(c);
}

/* Whether every process that has it open is gone. */
static inline bool is_gone(int fd)
{
	char c;
	return read(fd, &c, 1) == 0;
}

static inline void until_warned(struct child *c, size_t warnings)
{
	while (child_look(c)->warnings < warnings && child_look(c)->running)
		assert_int_equal(child_wait(&c, 1, -1, LONG_MS, NULL), 1);
	assert_int_equal(child_look(c)->warnings, warnings);
}

/* What the program says to both of its streams. */
static inline void said_by(struct child_spec s, const char *const *argv, char *out, size_t cap)
{
	s.log_fd = memfd_create("log", MFD_CLOEXEC);
	if (!s.inherit_fd)
		s.inherit_fd = -1;
	AUTO(child_freep) struct child *c = start(&s, argv);
	assert_int_equal(finish(c)->status, 0);
	ssize_t n = pread(s.log_fd, out, cap - 1, 0);
	assert_true(n >= 0);
	out[n] = '\0';
	close(s.log_fd);
}

static size_t open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static size_t open_before;

static int before(void **state)
{
	(void)state;
	open_before = open_descriptors();
	return 0;
}

/* No descriptor is left, and no process. */
static int after(void **state)
{
	(void)state;
	return open_descriptors() == open_before && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? 0
												      : -1;
}

#define TRIAL(f) cmocka_unit_test_setup_teardown(f, before, after)

/* The part that is asked for; else learns our own name, and runs the trials. */
#define RUN_TRIALS(argc, argv, trials)                                                             \
	do {                                                                                       \
		if ((argc) == 3)                                                                   \
			return child_acts((argv)[0], (argv)[1], (int)strtol((argv)[2], NULL, 10)); \
		if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)                         \
			return 1;                                                                  \
		alarm(300); /* what hangs is a failure */                                          \
		return cmocka_run_group_tests(trials, NULL, NULL);                                 \
	} while (0)
