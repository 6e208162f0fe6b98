#include "dbdump/retry.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A watch that notes how long it was to wait, and waits for nobody. */
static struct {
	unsigned warned, pauses, ms, longest;
	int stopped;
	char last[ERR_TEXT];
} seen;

void watch_warn(void *w, const char *text)
{
	(void)w;
	seen.warned++;
	snprintf(seen.last, sizeof seen.last, "%s", text);
}

int watch_stopped(struct watch *w, struct err *err)
{
	(void)w;
	(void)err;
	return seen.stopped;
}

int watch_pause(struct watch *w, unsigned ms)
{
	(void)w;
	seen.pauses++;
	seen.ms += ms;
	seen.longest = ms > seen.longest ? ms : seen.longest;
	return seen.stopped;
}

static const struct err away = { .code = -ECONNREFUSED, .text = "nobody answers" };

static int begin(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof seen);
	return 0;
}

static void a_server_that_stays_away_is_given_up_after_nine_times_and_each_is_told(void **state)
{
	(void)state;
	struct retry r = { 0 };
	unsigned times = 0;
	while (times < 100 && retry_pause(&r, "rows shop.orders", &away))
		times++;
	assert_int_equal(times, 9);
	assert_int_equal(seen.warned, 9);
	assert_string_equal(seen.last, "rows shop.orders: nobody answers; once more (9 of 9)");
	assert_false(retry_pause(&r, "rows shop.orders", &away));
	assert_int_equal(seen.pauses, 9);
}

static void the_pauses_double_up_to_a_longest_and_add_up_to_less_than_forty_seconds(void **state)
{
	(void)state;
	struct retry r = { 0 };
	while (retry_pause(&r, "it", &away) && seen.pauses < 100)
		;
	assert_int_equal(seen.longest, 12800);
	assert_int_equal(seen.ms, 100 + 200 + 400 + 800 + 1600 + 3200 + 6400 + 12800 + 12800);
}

static void a_run_that_stops_is_waited_for_no_longer(void **state)
{
	(void)state;
	struct retry r = { 0 };
	seen.stopped = -EINTR;
	assert_false(retry_pause(&r, "it", &away));
	assert_int_equal(seen.warned + seen.pauses, 0);
}

static void what_cannot_pass_is_not_done_again(void **state)
{
	(void)state;
	static const int passing[] = { -ECONNRESET, -ECONNREFUSED, -ECONNABORTED };
	static const int others[] = { -EPERM, -ENOSPC, -EIO, -EBADMSG, -EINTR, -ESTALE, -ENOTEMPTY };
	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		assert_true(retry_may(passing[i], false) && retry_may(passing[i], true));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(retry_may(others[i], false) || retry_may(others[i], true));
	assert_true(retry_may(-ETIMEDOUT, false) && retry_may(-EAGAIN, false));
	assert_false(retry_may(-ETIMEDOUT, true) || retry_may(-EAGAIN, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_server_that_stays_away_is_given_up_after_nine_times_and_each_is_told,
				       begin),
		cmocka_unit_test_setup(
			the_pauses_double_up_to_a_longest_and_add_up_to_less_than_forty_seconds, begin),
		cmocka_unit_test_setup(a_run_that_stops_is_waited_for_no_longer, begin),
		cmocka_unit_test(what_cannot_pass_is_not_done_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
