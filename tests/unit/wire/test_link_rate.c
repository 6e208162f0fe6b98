/* Links that are kept to a rate, and watched. How long something takes is only ever bounded from below. */
#include "tests/unit/wire/link_pair.h"

#include <pthread.h>

#include "xfer/base/clock.h"

enum { RATE = 1000000, BYTES = 700000 };

static void *take_one(void *arg)
{
	struct frame f;
	struct err err;
	return link_recv(arg, &f, &err) == 0 && f.len == BYTES ? arg : NULL;
}

/* Sends a frame of BYTES from a to b. Returns the nanoseconds. */
static uint64_t time_of_a_frame(struct pair *p)
{
	static uint8_t data[BYTES];
	pthread_t reader;
	void *came;
	uint64_t began = clock_now();
	assert_int_equal(pthread_create(&reader, NULL, take_one, p->b), 0);
	send_frame(p->a, FRAME_DATA, 0, data, sizeof data);
	flush(p->a);
	pthread_join(reader, &came);
	assert_non_null(came);
	return clock_now() - began;
}

static void a_rate_holds_back_what_is_written(void **state)
{
	struct pair *p = *state;
	link_set_rate(p->a, RATE);
	assert_true(time_of_a_frame(p) > CLOCK_SECOND / 2);
}

static void a_rate_holds_back_what_is_read(void **state)
{
	struct pair *p = *state;
	link_set_rate(p->b, RATE);
	assert_true(time_of_a_frame(p) > CLOCK_SECOND / 2);
}

static int take(void *ctx, const struct frame *f, struct err *err)
{
	(void)err;
	*(uint64_t *)ctx += f->len;
	return 0;
}

static void who_waits_to_write_still_reads(void **state)
{
	struct pair *p = *state;
	static uint8_t data[BYTES];
	uint64_t came = 0;
	pthread_t reader;
	void *got;
	link_set_rate(p->a, RATE);
	link_set_handler(p->a, take, &came);
	send_frame(p->b, FRAME_WANT, 0, data, 5000);
	flush(p->b);
	assert_int_equal(pthread_create(&reader, NULL, take_one, p->b), 0);
	send_frame(p->a, FRAME_DATA, 0, data, sizeof data);
	flush(p->a);
	pthread_join(reader, &got);
	assert_non_null(got);
	assert_int_equal(came, 5000);
}

static void the_quit_flag_ends_waiting_for_the_rate(void **state)
{
	struct pair *p = *state;
	static uint8_t data[BYTES];
	volatile int quit = 1;
	struct err err = { 0 };
	link_set_rate(p->a, 1);
	link_set_quit(p->a, &quit);
	/* a link that looked only afterwards would be at it for a week */
	assert_int_equal(link_send(p->a, FRAME_DATA, 0, data, sizeof data, &err), -EINTR);
}

static void last_words_know_no_rate(void **state)
{
	struct pair *p = *state;
	struct frame f;
	struct err err = { 0 };
	char text[ERR_TEXT];
	link_set_rate(p->a, 1);
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0'; /* it would take many minutes */
	link_abort(p->a, 20, text);
	assert_int_equal(link_recv(p->b, &f, &err), 0);
	assert_int_equal(f.type, FRAME_ABORT);
	assert_int_equal(link_abort_parse(&f, text, sizeof text), 20);
}

static int enough(void *ctx, struct err *err)
{
	return --*(int *)ctx ? 0 : err_say(err, -ETIME, "enough");
}

static void a_watch_is_called_while_nothing_comes_and_ends_the_waiting(void **state)
{
	struct pair *p = *state;
	struct frame f;
	struct err err = { 0 };
	int calls = 2;
	link_set_watch(p->a, enough, &calls);
	assert_int_equal(link_recv(p->a, &f, &err), -ETIME);
	assert_string_equal(err.text, "enough");
	/* it does not spoil the link */
	link_set_watch(p->a, NULL, NULL);
	send_frame(p->b, FRAME_NOTE, 0, "x", 1);
	flush(p->b);
	assert_int_equal(receive(p->a).type, FRAME_NOTE);
}

static void a_watch_is_called_from_long_work(void **state)
{
	struct pair *p = *state;
	struct err err = { 0 };
	int calls = 1;
	link_set_watch(p->a, enough, &calls);
	assert_int_equal(link_tick(p->a, &err), -ETIME);
}

#define PAIR(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR(a_rate_holds_back_what_is_written),
		PAIR(a_rate_holds_back_what_is_read),
		PAIR(who_waits_to_write_still_reads),
		PAIR(the_quit_flag_ends_waiting_for_the_rate),
		PAIR(last_words_know_no_rate),
		PAIR(a_watch_is_called_while_nothing_comes_and_ends_the_waiting),
		PAIR(a_watch_is_called_from_long_work),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
