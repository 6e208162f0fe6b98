#include "scheduler/run/spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/run/child_trial.h"
#include "xfer/base/buf.h"
#include "xfer/base/clock.h"

enum { MUCH = 1 << 20 }; /* more than a pipe holds */

static void what_cannot_be_started_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *program;
		int error;
	} cases[] = { { "no-such-program-anywhere", -ENOENT },
		      { "/nowhere/at/all", -ENOENT },
		      { "/etc", -EACCES },
		      { "/etc/passwd", -EACCES } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct child_spec s = { .name = "freeze", .inherit_fd = -1, .log_fd = -1 };
		struct child *c = NULL;
		struct err err = { 0 };
		s.argv = (const char *const[]){ cases[i].program, NULL };
		assert_int_equal(child_start(&c, &s, &err), cases[i].error);
		assert_null(c);
		assert_non_null(strstr(err.text, "freeze: "));
		assert_non_null(strstr(err.text, cases[i].program));
	}
	assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

/* A folder, and what cannot be run, hide no program of that name further on. */
static void programs_are_looked_up_in_path(void **state)
{
	(void)state;
	char top[] = "/tmp/test_spawn.XXXXXX", path[256], out[64];
	char *old = strdup(getenv("PATH"));
	assert_non_null(mkdtemp(top));
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%d", top, i);
		assert_int_equal(mkdir(path, 0700), 0);
		snprintf(path, sizeof path, "%s/%d/tool", top, i);
		if (i == 0)
			assert_int_equal(mkdir(path, 0700), 0);
		else if (i == 1)
			close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
		else
			assert_int_equal(symlink("/bin/echo", path), 0);
	}
	snprintf(path, sizeof path, "%s/0::%s/1:%s/2", top, top, top);
	setenv("PATH", path, 1);
	said_by((struct child_spec){ 0 }, (const char *const[]){ "tool", "found", NULL }, out, sizeof out);
	setenv("PATH", old, 1);
	free(old);
	assert_string_equal(out, "found\n");
	said_by((struct child_spec){ 0 }, (const char *const[]){ "rm", "-r", top, NULL }, out, sizeof out);
}

static void its_environment_is_ours_with_what_was_asked_for(void **state)
{
	(void)state;
	char out[1 << 16];
	setenv("CHILD_KEPT", "1", 1);
	setenv("CHILD_SET", "old", 1);
	said_by((struct child_spec){ .env = (const char *const[]){ "CHILD_SET=new", "CHILD_ADDED=x y",
								   NULL } },
		(const char *const[]){ "env", NULL }, out, sizeof out);
	assert_non_null(strstr(out, "CHILD_KEPT=1\n"));
	assert_non_null(strstr(out, "CHILD_SET=new\n"));
	assert_non_null(strstr(out, "CHILD_ADDED=x y\n"));
	assert_null(strstr(out, "CHILD_SET=old"));
}

static void arguments_do_not_pass_through_a_shell(void **state)
{
	(void)state;
	char out[256];
	said_by((struct child_spec){ 0 }, (const char *const[]){ "echo", "$HOME;'`x`", "*", "", NULL }, out,
		sizeof out);
	assert_string_equal(out, "$HOME;'`x` * \n");
}

static void its_input_is_what_was_given_and_ends(void **state)
{
	(void)state;
	char out[256];
	said_by((struct child_spec){ .input = "{\"a\":1}\nno end" }, (const char *const[]){ "cat", NULL },
		out, sizeof out);
	assert_string_equal(out, "{\"a\":1}\nno end\n");
	said_by((struct child_spec){ 0 }, (const char *const[]){ "cat", NULL }, out, sizeof out);
	assert_string_equal(out, "");
}

static void input_that_is_not_read_holds_nobody_up(void **state)
{
	(void)state;
	char *much = malloc(MUCH + 1);
	assert_non_null(much);
	memset(much, 'x', MUCH);
	much[MUCH] = '\0';
	const struct child_spec s = { .input = much, .inherit_fd = -1, .log_fd = -1 };
	AUTO(child_freep) struct child *c = start(&s, (const char *const[]){ "true", NULL });
	free(much);
	assert_int_equal(finish(c)->status, 0);
}

static void nothing_of_our_signals_and_descriptors_is_in_it(void **state)
{
	(void)state;
	char out[4096];
	sigset_t some, old;
	int stray = open("/etc/passwd", O_RDONLY); /* without O_CLOEXEC */
	assert_true(stray > 2);
	sigemptyset(&some);
	sigaddset(&some, SIGTERM);
	sigprocmask(SIG_BLOCK, &some, &old);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	said_by((struct child_spec){ 0 },
		(const char *const[]){ "grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status", NULL }, out,
		sizeof out);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	assert_non_null(strstr(out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"));
	said_by((struct child_spec){ 0 }, (const char *const[]){ "ls", "/proc/self/fd", NULL }, out,
		sizeof out);
	assert_string_equal(out, "0\n1\n2\n3\n"); /* the last one is ls's own */
	close(stray);
}

static void the_lock_of_the_work_is_held_until_the_last_of_it_ends(void **state)
{
	(void)state;
	char path[] = "/tmp/test_child.XXXXXX";
	int mine = mkostemp(path, O_CLOEXEC), other = open(path, O_RDWR | O_CLOEXEC);
	assert_true(mine > 2 && other > 2);
	unlink(path);
	assert_int_equal(flock(mine, LOCK_EX), 0);
	const struct child_spec s = { .inherit_fd = mine, .log_fd = -1 };
	AUTO(child_freep) struct child *c = start(&s, (const char *const[]){ self, "hang", "-1", NULL });
	until_warned(c, 1);
	close(mine);
	assert_true(flock(other, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK);
	assert_int_equal(child_end(c, 0), 0);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
	close(other);
}

static void nothing_is_started_whose_end_would_be_lost(void **state)
{
	(void)state;
	const struct child_spec s = { .name = "freeze",
				      .argv = (const char *const[]){ "true", NULL },
				      .inherit_fd = -1,
				      .log_fd = -1 };
	struct child *c = NULL;
	struct err err = { 0 };
	signal(SIGCHLD, SIG_IGN);
	const int r = child_start(&c, &s, &err);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(r, -EINVAL);
	assert_non_null(strstr(err.text, "SIGCHLD"));
}

static void when_we_are_killed_it_is_killed(void **state)
{
	(void)state;
	int fd;
	AUTO(child_freep) struct child *c = act("nest", &fd, (struct child_spec){ 0 });
	assert_int_equal(finish(c)->status, 128 + SIGKILL);
	assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
	assert_true(is_gone(fd)); /* waits: its child is of another group, and of nobody's that kills it */
	close(fd);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest trials[] = {
		TRIAL(what_cannot_be_started_is_named),
		TRIAL(programs_are_looked_up_in_path),
		TRIAL(its_environment_is_ours_with_what_was_asked_for),
		TRIAL(arguments_do_not_pass_through_a_shell),
		TRIAL(its_input_is_what_was_given_and_ends),
		TRIAL(input_that_is_not_read_holds_nobody_up),
		TRIAL(nothing_of_our_signals_and_descriptors_is_in_it),
		TRIAL(the_lock_of_the_work_is_held_until_the_last_of_it_ends),
		TRIAL(nothing_is_started_whose_end_would_be_lost),
		TRIAL(when_we_are_killed_it_is_killed),
	};
	RUN_TRIALS(argc, argv, trials);
}
