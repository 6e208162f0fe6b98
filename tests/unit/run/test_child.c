#include "scheduler/run/child.h"

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
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/run/child_trial.h"
#include "xfer/base/buf.h"
#include "xfer/base/clock.h"

static void its_events_are_known_and_so_is_its_end(void **state)
{
	(void)state;
	AUTO(child_freep)
	struct child *c = shell(
		"echo '{\"event\":\"progress\",\"done_bytes\":1,\"total_bytes\":4,\"eta_s\":7}';"
		"echo '{\"event\":\"warning\",\"text\":\"beware\"}';"
		"printf '{\"event\":\"report\",\"ok\":true,\"rows\":5}'");
	const struct child_news *n = child_look(c);
	assert_true(n->running && isnan(n->fraction) && isnan(n->eta_s) && !n->reported);
	assert_false(child_succeeded(c));
	finish(c);
	assert_true(child_succeeded(c));
	assert_true(n->fraction > 0.24 && n->fraction < 0.26 && n->eta_s > 6.9 && n->eta_s < 7.1);
	assert_true(n->done_bytes == 1 && n->total_bytes == 4 && n->warnings == 1);
	assert_string_equal(n->warning, "beware");
	assert_true(n->reported);
	assert_int_equal(json_integer_value(json_object_get(n->report, "rows")), 5);
	assert_true(n->status == 0 && n->began <= n->ended && n->ended <= clock_now());
	assert_string_equal(n->cause, "");
	/* its number stays its own until it is freed */
	siginfo_t how = { 0 };
	assert_int_equal(waitid(P_ALL, 0, &how, WEXITED | WNOHANG | WNOWAIT), 0);
	assert_true(how.si_pid > 0);
}

static void the_cause_is_what_says_most(void **state)
{
	(void)state;
	static const struct {
		const char *script;
		int status;
		const char *cause;
	} cases[] = {
		{ "exit 1", 1, "exit status 1" },
		{ "exit 77", 77, "exit status 77" },
		{ "exit 24", 24,
		  "exit status 24: some source files vanished while the run went on; everything else was copied" },
		{ "echo one >&2; echo two >&2; echo >&2; exit 3", 3, "two" },
		{ "printf 'no\\tend' >&2; exit 3", 3, "no\\#011end" },
		{ "kill -9 $$", 128 + 9, "ended by signal 9 (Killed)" },
		{ "echo disk >&2; kill -6 $$", 128 + 6, "ended by signal 6 (Aborted); its last words: disk" },
		{ "exit 137", 137, "exit status 137" },
		{ "echo noise >&2; echo '{\"event\":\"failure\",\"item\":\"a\",\"error\":\"b\"}'; exit 23",
		  23, "a: b" },
		{ "echo '{\"event\":\"report\",\"ok\":false}'", 0,
		  "it reported that it had failed, and not why" },
		{ "echo '{\"event\":\"report\",\"ok\":false,\"error\":\"no\"}'; echo noise >&2", 0, "no" },
		{ "echo '{\"event\":\"report\",\"ok\":true}'; exit 9", 9, "exit status 9" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		AUTO(child_freep) struct child *c = shell(cases[i].script);
		assert_int_equal(finish(c)->status, cases[i].status);
		assert_string_equal(child_look(c)->cause, cases[i].cause);
		assert_false(child_succeeded(c));
	}
}

static void both_streams_are_logged_in_whole_lines(void **state)
{
	(void)state;
	char out[4096];
	said_by((struct child_spec){ 0 },
		(const char *const[]){ "sh", "-c", "printf a; printf b >&2; echo c; printf d >&2", NULL },
		out, sizeof out);
	assert_true(!strcmp(out, "ac\nbd\n") || !strcmp(out, "bd\nac\n"));
}

static void on_signal(int signal)
{
	(void)signal;
}

static void a_child_that_closes_its_output_goes_on(void **state)
{
	(void)state;
	int fd;
	AUTO(child_freep) struct child *c = act("quiet", &fd, (struct child_spec){ 0 });
	assert_int_equal(child_wait(&c, 1, fd, LONG_MS, NULL), 1); /* it has closed them */
	assert_true(child_look(c)->running);
	assert_int_equal(child_wait(&c, 1, -1, 50, NULL), 0);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(finish(c)->status, 3);
	close(fd);
}

static void one_that_is_told_to_end_can_say_so(void **state)
{
	(void)state;
	int fd;
	AUTO(child_freep) struct child *c = act("polite", &fd, (struct child_spec){ 0 });
	until_warned(c, 1);
	assert_int_equal(child_end(c, LONG_MS), 0);
	assert_int_equal(child_look(c)->status, 20);
	assert_string_equal(child_look(c)->cause, "interrupted here");
	assert_true(is_gone(fd));
	close(fd);
}

static void one_that_does_not_end_is_killed(void **state)
{
	(void)state;
	int fd;
	AUTO(child_freep) struct child *c = act("hang", &fd, (struct child_spec){ 0 });
	until_warned(c, 1);
	assert_int_equal(child_end(c, 50), 0);
	assert_int_equal(child_look(c)->status, 128 + SIGKILL);
	assert_string_equal(child_look(c)->cause, "it was told to end");
	assert_true(is_gone(fd));
	close(fd);
}

static void it_is_told_to_end_only_once(void **state)
{
	(void)state;
	int fd;
	AUTO(child_freep) struct child *c = act("count", &fd, (struct child_spec){ 0 });
	until_warned(c, 1);
	child_stop(c, LONG_MS);
	until_warned(c, 2);
	child_stop(c, 100);
	assert_int_equal(finish(c)->status, 128 + SIGKILL);
	assert_int_equal(child_look(c)->warnings, 2);
	close(fd);
}

static void one_that_stands_still_can_be_told_to_end(void **state)
{
	(void)state;
	int fd;
	siginfo_t how;
	AUTO(child_freep) struct child *c = act("stopped", &fd, (struct child_spec){ 0 });
	assert_int_equal(waitid(P_ALL, 0, &how, WSTOPPED | WNOWAIT), 0);
	assert_int_equal(child_end(c, LONG_MS), 0);
	assert_int_equal(child_look(c)->status, 128 + SIGTERM);
	close(fd);
}

static void its_limit_ends_it(void **state)
{
	(void)state;
	static const char *const parts[] = { "wait", "hang", "flood", "noise" };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		int fd;
		AUTO(child_freep)
		struct child *c = act(parts[i], &fd, (struct child_spec){ .limit_s = 1, .grace_ms = 50 });
		const struct child_news *n = finish(c);
		assert_int_equal(n->status, CHILD_LIMIT);
		assert_string_equal(n->cause, "it was not done within its limit of 1 s");
		assert_true(n->ended - n->began >= CLOCK_SECOND);
		assert_true(is_gone(fd));
		close(fd);
	}
}

static void no_child_keeps_another_from_being_heard(void **state)
{
	(void)state;
	int fds[3];
	struct child *c[] = { act("flood", &fds[0], (struct child_spec){ 0 }), NULL,
			      act("noise", &fds[1], (struct child_spec){ 0 }),
			      act("wait", &fds[2], (struct child_spec){ 0 }) };
	while (!child_look(c[3])->warnings)
		assert_int_equal(child_wait(c, 4, -1, LONG_MS, NULL), 1);
	close(fds[2]);
	while (child_look(c[3])->running)
		assert_int_equal(child_wait(c, 4, -1, LONG_MS, NULL), 1);
	assert_int_equal(child_look(c[3])->status, 3);
	assert_true(child_look(c[0])->running && child_look(c[2])->running);
	assert_true(child_look(c[0])->done_bytes > 1000);
	/* also while nothing is news, the time passes: of one endless line there is but one thing to say */
	until_warned(c[2], 1);
	assert_int_equal(child_wait(&c[2], 1, -1, 50, NULL), 0);
	for (size_t i = 0; i < 4; i++)
		child_free(c[i]);
	assert_true(is_gone(fds[0]) && is_gone(fds[1]));
	close(fds[0]);
	close(fds[1]);
}

static void what_a_failed_one_started_ends_with_it(void **state)
{
	(void)state;
	int fd;
	AUTO(child_freep) struct child *c = act("abandon", &fd, (struct child_spec){ 0 });
	assert_int_equal(finish(c)->status, 3);
	assert_true(is_gone(fd));
	close(fd);
}

static void what_it_started_has_its_grace_too(void **state)
{
	(void)state;
	int fd;
	char said[4] = "";
	AUTO(child_freep) struct child *c = act("family", &fd, (struct child_spec){ 0 });
	until_warned(c, 1);
	assert_int_equal(child_end(c, LONG_MS), 0);
	assert_int_equal(child_look(c)->status, 128 + SIGTERM);
	/* it was asked, and not killed */
	assert_int_equal(read(fd, said, 3), 3);
	assert_string_equal(said, "bye");
	assert_true(is_gone(fd));
	close(fd);
}

static void what_a_successful_one_started_lives_on(void **state)
{
	(void)state;
	int fd;
	struct child *c = act("leave", &fd, (struct child_spec){ 0 });
	const struct child_news *n = finish(c);
	assert_true(child_succeeded(c));
	/* its report, though the output is still open; and its own end, not that of what it left */
	assert_true(n->reported && clock_now() - n->ended >= (uint64_t)CHILD_DRAIN_MS * 1000000);
	assert_int_equal(child_end(c, 0), 0);
	child_free(c);
	assert_false(is_gone(fd));
	close(fd); /* for it the sign to end */
}

static void waiting_ends_for_the_wake_and_for_the_time(void **state)
{
	(void)state;
	int fd, wake[2];
	AUTO(child_freep) struct child *c = act("wait", &fd, (struct child_spec){ 0 });
	until_warned(c, 1);
	assert_int_equal(pipe2(wake, O_CLOEXEC), 0);
	assert_int_equal(child_wait(&c, 1, wake[0], 1, NULL), 0);
	assert_int_equal(child_wait(NULL, 0, wake[0], 0, NULL), 0);
	assert_int_equal(write(wake[1], "x", 1), 1);
	assert_int_equal(child_wait(&c, 1, wake[0], LONG_MS, NULL), 1);
	assert_int_equal(child_wait(NULL, 0, wake[0], -1, NULL), 1);
	char byte;
	assert_int_equal(read(wake[0], &byte, 1), 1); /* it was not taken */
	close(wake[1]);
	assert_int_equal(child_wait(&c, 1, wake[0], LONG_MS, NULL), 1);
	close(wake[0]);
	assert_int_equal(child_end(c, 0), 0);
	assert_int_equal(child_wait(&c, 1, -1, -1, NULL), 1);
	close(fd);
}

static void signals_do_not_end_the_waiting(void **state)
{
	(void)state;
	int fd;
	struct sigaction action = { .sa_handler = on_signal }, old;
	const struct itimerval often = { { .tv_usec = 3000 }, { .tv_usec = 3000 } }, never = { 0 };
	AUTO(child_freep) struct child *c = act("wait", &fd, (struct child_spec){ 0 });
	until_warned(c, 1);
	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &often, NULL);
	const uint64_t began = clock_now();
	const int r = child_wait(&c, 1, -1, 100, NULL);
	const uint64_t took = clock_now() - began;
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old, NULL);
	assert_int_equal(r, 0);
	assert_true(took >= 100 * UINT64_C(1000000));
	close(fd);
	assert_int_equal(finish(c)->status, 3);
}

static void a_status_that_somebody_else_took_is_a_failure(void **state)
{
	(void)state;
	AUTO(child_freep) struct child *c = shell("exit 0");
	assert_true(waitpid(-1, NULL, 0) > 0);
	assert_int_equal(finish(c)->status, CHILD_LOST);
	assert_false(child_succeeded(c));
	assert_non_null(strstr(child_look(c)->cause, "somebody else"));
}

static void count_event(void *arg, const json_t *event)
{
	size_t *items = arg;
	*items += !strcmp(json_string_value(json_object_get(event, "event")), "item");
}

static void every_event_can_be_heard(void **state)
{
	(void)state;
	size_t items = 0;
	const struct child_spec s = { .inherit_fd = -1, .log_fd = -1, .hear = count_event, .arg = &items };
	AUTO(child_freep)
	struct child *c = start(
		&s,
		(const char *const[]){
			"sh", "-c",
			"for i in 1 2 3; do echo '{\"event\":\"item\"}'; done; echo '{\"event\":\"start\"}'",
			NULL });
	assert_int_equal(finish(c)->status, 0);
	assert_int_equal(items, 3);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest trials[] = {
		TRIAL(its_events_are_known_and_so_is_its_end),
		TRIAL(the_cause_is_what_says_most),
		TRIAL(both_streams_are_logged_in_whole_lines),
		TRIAL(a_child_that_closes_its_output_goes_on),
		TRIAL(one_that_is_told_to_end_can_say_so),
		TRIAL(one_that_does_not_end_is_killed),
		TRIAL(it_is_told_to_end_only_once),
		TRIAL(one_that_stands_still_can_be_told_to_end),
		TRIAL(its_limit_ends_it),
		TRIAL(no_child_keeps_another_from_being_heard),
		TRIAL(what_a_failed_one_started_ends_with_it),
		TRIAL(what_it_started_has_its_grace_too),
		TRIAL(what_a_successful_one_started_lives_on),
		TRIAL(waiting_ends_for_the_wake_and_for_the_time),
		TRIAL(signals_do_not_end_the_waiting),
		TRIAL(a_status_that_somebody_else_took_is_a_failure),
		TRIAL(every_event_can_be_heard),
	};
	RUN_TRIALS(argc, argv, trials);
}
