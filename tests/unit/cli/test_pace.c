#include "xfer/cli/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/cli/args.h"

/* A pace with a file, and what it warned of. */
struct desk {
	char path[40], warned[600];
	int warnings;
	struct options o;
	struct pace pace;
	struct link *link;
};

static void warn(void *ctx, const char *text)
{
	struct desk *d = ctx;
	d->warnings++;
	snprintf(d->warned, sizeof d->warned, "%s", text);
}

static void write_bytes(const struct desk *d, const char *bytes, size_t n)
{
	FILE *f = fopen(d->path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void write_file(const struct desk *d, const char *text)
{
	write_bytes(d, text, strlen(text));
}

static int set_up(void **state)
{
	struct desk *d = calloc(1, sizeof *d);
	struct chan *chan;
	int fds[2];
	if (!d || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0 ||
	    chan_open_fds(&chan, fds[0], fds[0], NULL) < 0 || link_new(&d->link, chan, LINK_PLAIN, NULL) < 0)
		return -1;
	close(fds[1]);
	snprintf(d->path, sizeof d->path, "/tmp/test_pace.XXXXXX");
	close(mkstemp(d->path));
	options_init(&d->o);
	d->o.bwlimit_file = strdup(d->path);
	d->pace.warn = warn;
	d->pace.ctx = d;
	*state = d;
	return 0;
}

static int tear_down(void **state)
{
	struct desk *d = *state;
	link_free(d->link);
	options_fini(&d->o);
	unlink(d->path);
	free(d);
	return 0;
}

/* Looks at the file as it does once a second. */
static uint64_t look(struct desk *d)
{
	struct err err;
	d->pace.looked_at = 0;
	assert_int_equal(pace_watch(&d->pace, &err), 0);
	return d->pace.bytes_per_s;
}

static void begin(struct desk *d, const char *text)
{
	struct err err;
	write_file(d, text);
	if (pace_init(&d->pace, &d->o, &err) < 0)
		fail_msg("%s", err.text);
	pace_attach(&d->pace, d->link);
}

static void the_file_holds_what_the_option_takes(void **state)
{
	struct desk *d = *state;
	d->o.bwlimit = 77777; /* the file has the last word */
	begin(d, "\n 1.5m\t\r\n\n");
	assert_int_equal(d->pace.bytes_per_s, 3 << 19);
}

static void a_file_that_cannot_be_used_is_a_usage_error(void **state)
{
	struct desk *d = *state;
	static const char *const bad[] = {
		"",	"fast", "1m 2m",
		"100b", "-1",	"99999999999999999999999999999999999999999999999999999999999999999"
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err err = { 0 };
		write_file(d, bad[i]);
		assert_int_equal(pace_init(&d->pace, &d->o, &err), -EINVAL);
		assert_non_null(strstr(err.text, "option --bwlimit-file: "));
		assert_non_null(strstr(err.text, d->path));
	}
	struct err err = { 0 };
	unlink(d->path);
	assert_int_equal(pace_init(&d->pace, &d->o, &err), -EINVAL);
	assert_non_null(strstr(err.text, d->path));
	assert_int_equal(mkfifo(d->path, 0600), 0); /* not waited for */
	assert_int_equal(pace_init(&d->pace, &d->o, &err), -EINVAL);
}

/* As a program leaves it that writes UTF-16: its first digit is not the rate. */
static void what_follows_a_NUL_is_not_overlooked(void **state)
{
	struct desk *d = *state;
	static const char wide[] = { '5', 0, '0', 0, '0', 0, '\n', 0 };
	struct err err = { 0 };
	write_bytes(d, wide, sizeof wide);
	assert_int_equal(pace_init(&d->pace, &d->o, &err), -EINVAL);
	begin(d, "100");
	write_bytes(d, wide, sizeof wide);
	assert_int_equal(look(d), 102400);
	assert_int_equal(d->warnings, 1);
}

static void a_change_is_seen(void **state)
{
	struct desk *d = *state;
	begin(d, "100");
	assert_int_equal(look(d), 102400);
	write_file(d, "2m\n");
	assert_int_equal(look(d), 2 << 20);
	write_file(d, "0\n");
	assert_int_equal(look(d), 0);
	assert_int_equal(d->warnings, 0);
}

static void a_bad_change_is_warned_of_once_and_changes_nothing(void **state)
{
	struct desk *d = *state;
	begin(d, "100");
	write_file(d, "slow");
	assert_int_equal(look(d), 102400);
	assert_int_equal(look(d), 102400);
	assert_int_equal(d->warnings, 1);
	assert_non_null(strstr(d->warned, d->path));
	assert_non_null(strstr(d->warned, "\"slow\""));
	write_file(d, "50");
	assert_int_equal(look(d), 51200);
	write_file(d, "slow");
	look(d);
	assert_int_equal(d->warnings, 2);
}

static void a_file_that_vanishes_or_is_just_written_changes_nothing(void **state)
{
	struct desk *d = *state;
	begin(d, "100");
	write_file(d, "");
	assert_int_equal(look(d), 102400);
	unlink(d->path);
	assert_int_equal(look(d), 102400);
	assert_int_equal(d->warnings, 0);
	assert_int_equal(mkdir(d->path, 0700), 0);
	assert_int_equal(look(d), 102400);
	assert_int_equal(look(d), 102400);
	assert_int_equal(d->warnings, 1);
	assert_int_equal(rmdir(d->path), 0);
	write_file(d, "7");
	assert_int_equal(look(d), 7168);
}

static void a_deadline_is_judged_while_the_link_waits(void **state)
{
	struct desk *d = *state;
	struct err err = { 0 };
	d->o.deadline = strdup("+0");
	begin(d, "100");
	assert_int_equal(pace_watch(&d->pace, &err), -ETIME);
	assert_int_equal(link_tick(d->link, &err), -ETIME);
	free(d->o.deadline);
	d->o.deadline = strdup("+1000");
	begin(d, "100");
	assert_int_equal(pace_watch(&d->pace, &err), 0);
	free(d->o.deadline);
	d->o.deadline = strdup("soon");
	assert_int_equal(pace_init(&d->pace, &d->o, &err), -EINVAL);
	assert_non_null(strstr(err.text, "option --deadline: \"soon\""));
}

#define DESK(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK(the_file_holds_what_the_option_takes),
		DESK(a_file_that_cannot_be_used_is_a_usage_error),
		DESK(what_follows_a_NUL_is_not_overlooked),
		DESK(a_change_is_seen),
		DESK(a_bad_change_is_warned_of_once_and_changes_nothing),
		DESK(a_file_that_vanishes_or_is_just_written_changes_nothing),
		DESK(a_deadline_is_judged_while_the_link_waits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
