#include "tests/unit/wire/link_pair.h"
#include <pthread.h>
#include <stdio.h>

#include "xfer/base/clock.h"
#include "xfer/wire/splice.h"

/* Two ends that speak through links, and a splice between them. */
struct between {
	struct link *link[2];
	struct splice *s;
	struct splice_job job;
	bool finished;
	unsigned notes, last_from;
	char note[64];
	int answer, looks;
};

static int on_frame(void *ctx, int from, const struct frame *f, struct err *err)
{
	struct between *b = ctx;
	(void)err;
	b->notes += f->type == FRAME_NOTE;
	b->last_from = (unsigned)from;
	snprintf(b->note, sizeof b->note, "%.*s", (int)(f->len < 60 ? f->len : 60), (const char *)f->data);
	b->finished = f->type == FRAME_FINAL;
	return f->type == FRAME_NOTE ? b->answer : 1;
}

static int begin(void **state)
{
	static struct between b;
	struct splice_end end[2] = { { .name = "first" }, { .name = "second" } };
	struct err err = { 0 };
	signal(SIGPIPE, SIG_IGN);
	b = (struct between){
		.job = { .handled = 1U << FRAME_NOTE | 1U << FRAME_FINAL, .handler = on_frame, .ctx = &b }
	};
	for (int i = 0; i < 2; i++) {
		int fds[2];
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
			return -1;
		b.link[i] = link_on(fds[0]);
		buf_init(&end[i].begun, 100);
		if (chan_open_fds(&end[i].chan, fds[1], fds[1], &err) < 0)
			return -1;
	}
	*state = &b;
	return splice_new(&b.s, &b.job, end, &err);
}

static int end(void **state)
{
	struct between *b = *state;
	splice_free(b->s);
	link_free(b->link[0]);
	link_free(b->link[1]);
	return 0;
}

static void say(struct link *l, enum frame_type type, const char *text)
{
	struct err err = { 0 };
	assert_int_equal(link_send(l, type, 7, text, strlen(text), &err), 0);
	assert_int_equal(link_flush(l, &err), 0);
}

static void hears(struct link *l, enum frame_type type, const char *text)
{
	struct frame f;
	struct err err = { 0 };
	assert_int_equal(link_recv(l, &f, &err), 0);
	assert_int_equal(f.type, type);
	assert_int_equal(f.len, strlen(text));
	assert_memory_equal(f.data, text, f.len);
}

static void frames_go_both_ways_and_notes_stay(void **state)
{
	struct between *b = *state;
	struct err err = { 0 };
	say(b->link[0], FRAME_LIST, "names");
	say(b->link[0], FRAME_NOTE, "psst");
	say(b->link[0], FRAME_DATA, "bytes");
	say(b->link[1], FRAME_WANT, "wants");
	say(b->link[1], FRAME_FINAL, "end");
	assert_int_equal(splice_run(b->s, &b->finished, &err), 0);
	assert_int_equal(b->notes, 1);
	hears(b->link[1], FRAME_LIST, "names");
	hears(b->link[1], FRAME_DATA, "bytes");
	hears(b->link[0], FRAME_WANT, "wants");
	hears(b->link[0], FRAME_FINAL, "end");
}

static void what_is_packed_is_unpacked_for_the_handler_alone(void **state)
{
	struct between *b = *state;
	struct err err = { 0 };
	char text[5000];
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	link_set_compress(b->link[0], true);
	say(b->link[0], FRAME_NOTE, text);
	say(b->link[0], FRAME_LIST, text);
	say(b->link[1], FRAME_FINAL, "end");
	assert_int_equal(splice_run(b->s, &b->finished, &err), 0);
	assert_int_equal(b->notes, 1);
	struct link_stats stats;
	splice_get_stats(b->s, &stats);
	assert_true(stats.sent < 1000);
	hears(b->link[1], FRAME_LIST, text);
}

static void an_end_that_goes_is_named(void **state)
{
	struct between *b = *state;
	struct err err = { 0 };
	link_free(b->link[1]);
	b->link[1] = NULL;
	assert_int_equal(splice_run(b->s, &b->finished, &err), -ECONNRESET);
	assert_non_null(strstr(err.text, "second: the connection"));
}

static void what_is_no_frame_is_blamed_on_its_end(void **state)
{
	struct between *b = *state;
	struct err err = { 0 };
	assert_int_equal(write(link_rfd(b->link[0]), "GET / HTTP/1.1\r\n\r\n__________", 28), 28);
	assert_int_equal(splice_run(b->s, &b->finished, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "first: "));
}

static void a_silent_end_is_named_after_the_timeout(void **state)
{
	struct between *b = *state;
	struct err err = { 0 };
	b->job.timeout = 1;
	uint64_t before = clock_now();
	assert_int_equal(splice_run(b->s, &b->finished, &err), -ETIMEDOUT);
	assert_true(clock_now() - before >= CLOCK_SECOND);
	assert_non_null(strstr(err.text, "first: nothing came"));
}

static void a_signal_ends_it(void **state)
{
	struct between *b = *state;
	struct err err = { 0 };
	static const volatile int quit = 1;
	b->job.quit = &quit;
	assert_int_equal(splice_run(b->s, &b->finished, &err), -EINTR);
}

static void a_rate_holds_back_what_passes(void **state)
{
	struct between *b = *state;
	struct err err = { 0 };
	char text[20001]; /* a socket takes it while nobody reads */
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	splice_set_rate(b->s, 40000);
	say(b->link[0], FRAME_DATA, text);
	say(b->link[1], FRAME_WANT, "wants");
	say(b->link[0], FRAME_FINAL, "end");
	uint64_t before = clock_now();
	assert_int_equal(splice_run(b->s, &b->finished, &err), 0);
	assert_true(clock_now() - before > CLOCK_SECOND / 3);
	hears(b->link[1], FRAME_DATA, text);
	hears(b->link[0], FRAME_WANT, "wants");
}

enum {
	PIECE = 32 * 1024,
	PIECES = 30,
	SLOW = 400 * 1000
}; /* at this rate no write is a sign of life by itself */

static void *send_pieces(void *arg)
{
	static const char data[PIECE];
	struct err err;
	int r = 0;
	for (int i = 0; i < PIECES && r == 0; i++)
		r = link_send(arg, FRAME_DATA, 0, data, sizeof data, &err);
	if (r == 0)
		r = link_send(arg, FRAME_FINAL, 0, NULL, 0, &err);
	return r == 0 && link_flush(arg, &err) == 0 ? arg : NULL;
}

static void *take_pieces(void *arg)
{
	struct frame f = { 0 };
	struct err err;
	int n = 0;
	while (link_recv(arg, &f, &err) == 0 && f.type == FRAME_DATA)
		n++;
	return n == PIECES ? arg : NULL;
}

static void who_takes_slowly_without_a_word_is_alive(void **state)
{
	struct between *b = *state;
	struct err err = { 0 };
	pthread_t from, to;
	void *sent, *taken;
	b->job.timeout = 2; /* it all takes longer */
	splice_set_rate(b->s, SLOW);
	assert_int_equal(pthread_create(&from, NULL, send_pieces, b->link[0]), 0);
	assert_int_equal(pthread_create(&to, NULL, take_pieces, b->link[1]), 0);
	int r = splice_run(b->s, &b->finished, &err);
	splice_free(b->s); /* both see the end, whatever happened */
	b->s = NULL;
	pthread_join(from, &sent);
	pthread_join(to, &taken);
	good(r, &err);
	assert_non_null(sent);
	assert_non_null(taken);
}

static void *send_one(void *arg)
{
	static const char data[1000000]; /* comes for longer than the timeout */
	struct err err;
	struct frame f = { 0 };
	int r = link_send(arg, FRAME_DATA, 0, data, sizeof data, &err);
	return r == 0 && link_recv(arg, &f, &err) == 0 && f.type == FRAME_FINAL ? arg : NULL;
}

static void *take_one(void *arg)
{
	struct frame f = { 0 };
	struct err err;
	int r = link_recv(arg, &f, &err);
	if (r == 0)
		r = link_send(arg, FRAME_FINAL, 0, NULL, 0, &err);
	return r == 0 && link_flush(arg, &err) == 0 ? arg : NULL;
}

static void who_waits_for_a_frame_that_comes_slowly_hears_something(void **state)
{
	struct between *b = *state;
	struct err err = { 0 };
	pthread_t from, to;
	void *sent, *taken;
	b->job.timeout = 2;
	link_set_timeout(b->link[0], 2);
	link_set_timeout(b->link[1], 2);
	splice_set_rate(b->s, SLOW);
	assert_int_equal(pthread_create(&from, NULL, send_one, b->link[0]), 0);
	assert_int_equal(pthread_create(&to, NULL, take_one, b->link[1]), 0);
	int r = splice_run(b->s, &b->finished, &err);
	splice_free(b->s);
	b->s = NULL;
	pthread_join(from, &sent);
	pthread_join(to, &taken);
	good(r, &err);
	assert_non_null(sent);
	assert_non_null(taken);
}

/* Lifts the limit, and then ends the session. */
static int on_watch(void *ctx, struct err *err)
{
	struct between *b = ctx;
	splice_set_rate(b->s, 0);
	return b->looks++ < 2 ? 0 : err_say(err, -ETIME, "it is late");
}

static void the_watch_may_change_the_rate_and_end_it(void **state)
{
	struct between *b = *state;
	struct err err = { 0 };
	b->job.watch = on_watch;
	b->job.watch_ctx = b;
	splice_set_rate(b->s, 1);
	say(b->link[0], FRAME_DATA, "bytes that would take an hour and more of anybody's time");
	assert_int_equal(splice_run(b->s, &b->finished, &err), -ETIME);
	assert_string_equal(err.text, "it is late");
	hears(b->link[1], FRAME_DATA, "bytes that would take an hour and more of anybody's time");
}

static void the_last_words_wait_for_no_rate(void **state)
{
	struct between *b = *state;
	struct frame f;
	struct err err = { 0 };
	splice_set_rate(b->s, 1);
	splice_abort(b->s, 41, "late");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(link_recv(b->link[i], &f, &err), 0);
		assert_int_equal(f.type, FRAME_ABORT);
	}
}

static void the_handler_ends_it(void **state)
{
	struct between *b = *state;
	struct err err = { 0 };
	b->answer = -EPROTO;
	say(b->link[1], FRAME_NOTE, "nonsense");
	assert_int_equal(splice_run(b->s, &b->finished, &err), -EPROTO);
	assert_int_equal(b->last_from, 1);
}

static void both_are_told_that_it_is_over(void **state)
{
	struct between *b = *state;
	struct frame f;
	struct err err = { 0 };
	splice_abort(b->s, 20, "enough");
	for (int i = 0; i < 2; i++) {
		char text[32];
		assert_int_equal(link_recv(b->link[i], &f, &err), 0);
		assert_int_equal(f.type, FRAME_ABORT);
		assert_int_equal(link_abort_parse(&f, text, sizeof text), 20);
		assert_string_equal(text, "enough");
		assert_int_equal(link_recv(b->link[i], &f, &err), -ECONNRESET);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(frames_go_both_ways_and_notes_stay, begin, end),
		cmocka_unit_test_setup_teardown(what_is_packed_is_unpacked_for_the_handler_alone, begin, end),
		cmocka_unit_test_setup_teardown(an_end_that_goes_is_named, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_frame_is_blamed_on_its_end, begin, end),
		cmocka_unit_test_setup_teardown(a_silent_end_is_named_after_the_timeout, begin, end),
		cmocka_unit_test_setup_teardown(a_signal_ends_it, begin, end),
		cmocka_unit_test_setup_teardown(a_rate_holds_back_what_passes, begin, end),
		cmocka_unit_test_setup_teardown(who_takes_slowly_without_a_word_is_alive, begin, end),
		cmocka_unit_test_setup_teardown(who_waits_for_a_frame_that_comes_slowly_hears_something,
						begin, end),
		cmocka_unit_test_setup_teardown(the_watch_may_change_the_rate_and_end_it, begin, end),
		cmocka_unit_test_setup_teardown(the_last_words_wait_for_no_rate, begin, end),
		cmocka_unit_test_setup_teardown(the_handler_ends_it, begin, end),
		cmocka_unit_test_setup_teardown(both_are_told_that_it_is_over, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
