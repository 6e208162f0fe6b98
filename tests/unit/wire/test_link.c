#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>

#include "tests/unit/wire/link_pair.h"
#include "xfer/base/clock.h"

enum { TRAFFIC = 24 << 20 };

/* The n-th frame of a run of traffic: its length and bytes follow from n, so each side knows what must come. */
static size_t frame_number(uint8_t *data, uint64_t n)
{
	static const size_t sizes[] = { 0, 1, 100, 4096, 70001, FRAME_MAX, 17, 131072, FRAME_MAX - 1 };
	size_t len = sizes[n % (sizeof sizes / sizeof *sizes)];
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 7 + n * 31 + i / 251);
	return len;
}

/* Counts what came in and compares it with frame_number. */
struct taken {
	uint64_t frames, bytes;
	int fail_at; /* the handler fails at this frame; 0: never */
	bool wrong;
	uint8_t expect[FRAME_MAX];
};

static int take(void *ctx, const struct frame *f, struct err *err)
{
	struct taken *t = ctx;
	if (f->type == FRAME_DATA) {
		size_t len = frame_number(t->expect, t->frames);
		if (f->offset != t->frames || f->len != len || (len && memcmp(f->data, t->expect, len) != 0))
			t->wrong = true;
	}
	t->frames++;
	t->bytes += f->len;
	if (t->fail_at && t->frames == (uint64_t)t->fail_at)
		return err_say(err, -EPROTO, "enough");
	return 0;
}

static int send_traffic(struct link *l, uint64_t *frames)
{
	struct err err = { 0 };
	uint8_t *data = malloc(FRAME_MAX);
	int r = 0;
	*frames = 0;
	for (uint64_t sent = 0; r == 0 && sent < TRAFFIC; ++*frames) {
		size_t len = frame_number(data, *frames);
		r = link_send(l, FRAME_DATA, *frames, data, len, &err);
		sent += len;
	}
	free(data);
	return r ? r : link_send(l, FRAME_DONE, *frames, NULL, 0, &err);
}

/* As the sender of a run: writes and has a handler. The exit status of a child. */
static int both_ways_at_once(struct link *l)
{
	struct taken *t = calloc(1, sizeof *t);
	struct err err = { 0 };
	uint64_t frames;
	link_set_handler(l, take, t);
	if (send_traffic(l, &frames) < 0)
		return 1;
	while (t->frames <= frames) /* as many will come, and DONE */
		if (link_pump(l, true, &err) < 0)
			return 2;
	int r = t->wrong || link_flush(l, &err) < 0 ? 3 : 0;
	free(t);
	return r;
}

static void both_sides_may_write_megabytes_at_once(void **state)
{
	struct pair *p = *state;
	uint64_t frames, n = 0;
	uint8_t *expect = malloc(FRAME_MAX);
	pid_t child = fork();
	if (child == 0) {
		alarm(60);
		close(p->raw_a);
		_exit(both_ways_at_once(p->b));
	}
	link_set_timeout(p->a, 30);
	assert_int_equal(send_traffic(p->a, &frames), 0);
	for (;; n++) {
		struct frame f = receive(p->a);
		if (f.type == FRAME_DONE)
			break;
		assert_int_equal(f.len, frame_number(expect, n));
		assert_memory_equal(f.data, expect, f.len);
	}
	assert_int_equal(n, frames);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	free(expect);
}

static void small_frames_gather_until_flushed(void **state)
{
	struct pair *p = *state;
	struct link_stats s;
	for (uint64_t i = 0; i < 100; i++)
		send_frame(p->a, FRAME_LIST, i, "abc", 3);
	link_get_stats(p->a, &s);
	assert_int_equal(s.sent, 0);
	flush(p->a);
	link_get_stats(p->a, &s);
	assert_int_equal(s.sent, 100 * (FRAME_HEAD + 3));
	for (uint64_t i = 0; i < 100; i++) {
		struct frame f = receive(p->b);
		assert_int_equal(f.offset, i);
		assert_memory_equal(f.data, "abc", 3);
	}
	link_get_stats(p->b, &s);
	assert_int_equal(s.received, 100 * (FRAME_HEAD + 3));
}

static void waiting_for_an_answer_sends_the_question_first(void **state)
{
	struct pair *p = *state;
	pid_t child = fork();
	if (child == 0) {
		alarm(20);
		struct frame f = receive(p->b);
		send_frame(p->b, FRAME_READY, f.offset + 1, NULL, 0);
		flush(p->b);
		_exit(0);
	}
	send_frame(p->a, FRAME_START, 41, NULL, 0);
	assert_int_equal(receive(p->a).offset, 42);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void frames_that_came_before_the_handler_are_handled(void **state)
{
	struct pair *p = *state;
	struct taken *t = calloc(1, sizeof *t);
	struct err err = { 0 };
	for (int i = 0; i < 3; i++)
		send_frame(p->a, FRAME_NOTE, 0, "x", 1);
	flush(p->a);
	receive(p->b);
	link_set_handler(p->b, take, t);
	link_set_timeout(p->b, 2);
	good(link_pump(p->b, true, &err), &err);
	assert_int_equal(t->frames, 2);
	free(t);
}

static void the_error_of_a_handler_ends_the_link(void **state)
{
	struct pair *p = *state;
	struct taken *t = calloc(1, sizeof *t);
	struct err err = { 0 };
	t->fail_at = 2;
	for (int i = 0; i < 3; i++)
		send_frame(p->a, FRAME_NOTE, 0, "x", 1);
	flush(p->a);
	link_set_handler(p->b, take, t);
	assert_int_equal(link_pump(p->b, true, &err), -EPROTO);
	assert_string_equal(err.text, "enough");
	assert_int_equal(t->frames, 2);
	assert_int_equal(link_pump(p->b, false, &err), -EPROTO);
	assert_int_equal(link_send(p->b, FRAME_PING, 0, NULL, 0, &err), -EPROTO);
	assert_int_equal(link_flush(p->b, &err), -EPROTO);
	free(t);
}

static void *take_until_abort(void *arg)
{
	struct link *l = arg;
	struct err err;
	struct frame f;
	char text[100];
	uint8_t *expect = malloc(FRAME_MAX);
	uint64_t n = 0;
	intptr_t result = -1;
	while (link_recv(l, &f, &err) == 0 && f.type == FRAME_DATA) {
		if (f.len != frame_number(expect, n) || memcmp(f.data, expect, f.len) != 0)
			break;
		n++;
	}
	if (f.type == FRAME_ABORT && n && link_abort_parse(&f, text, sizeof text) == 20 &&
	    strcmp(text, "stopped by Ctrl-C") == 0 && link_recv(l, &f, &err) == -ECONNRESET)
		result = 0;
	free(expect);
	return (void *)result; /* NOLINT */
}

static void an_abort_arrives_whole_after_an_interrupted_write(void **state)
{
	struct pair *p = *state;
	volatile int quit = 1;
	struct err err = { 0 };
	uint64_t frames;
	pthread_t reader;
	void *result;
	link_set_quit(p->a, &quit);
	assert_int_equal(send_traffic(p->a, &frames), -EINTR);
	assert_int_equal(pthread_create(&reader, NULL, take_until_abort, p->b), 0);
	link_abort(p->a, 20, "stopped by Ctrl-C");
	pthread_join(reader, &result);
	assert_null(result);
	assert_int_equal(link_send(p->a, FRAME_PING, 0, NULL, 0, &err), -ESHUTDOWN);
	link_abort(p->a, 21, "a second one is not sent");
}

static void the_quit_flag_ends_waiting(void **state)
{
	struct pair *p = *state;
	volatile int quit = 1;
	struct err err = { 0 };
	struct frame f;
	link_set_quit(p->a, &quit);
	assert_int_equal(link_recv(p->a, &f, &err), -EINTR);
	assert_int_equal(link_tick(p->a, &err), -EINTR);
	/* it does not spoil the link */
	quit = 0;
	send_frame(p->b, FRAME_NOTE, 0, "x", 1);
	flush(p->b);
	assert_int_equal(receive(p->a).type, FRAME_NOTE);
}

static void the_end_of_the_stream_is_an_error_for_who_asks_for_more(void **state)
{
	struct pair *p = *state;
	struct err err = { 0 };
	struct frame f;
	send_frame(p->a, FRAME_FINAL, 7, "bye", 3);
	flush(p->a);
	hang_up(&p->a, &p->raw_a);
	assert_int_equal(receive(p->b).offset, 7);
	assert_int_equal(link_recv(p->b, &f, &err), -ECONNRESET);
	assert_non_null(strstr(err.text, "it ended"));
	assert_int_equal(link_recv(p->b, &f, &err), -ECONNRESET);
	assert_int_equal(link_send(p->b, FRAME_PING, 0, NULL, 0, &err), -ECONNRESET);
}

static void a_pump_reports_the_end_only_once_more_is_asked_for(void **state)
{
	struct pair *p = *state;
	struct err err = { 0 };
	struct taken *t = calloc(1, sizeof *t);
	link_set_handler(p->b, take, t);
	send_frame(p->a, FRAME_FINAL, 0, "bye", 3);
	flush(p->a);
	hang_up(&p->a, &p->raw_a);
	assert_int_equal(link_pump(p->b, true, &err), 0);
	assert_int_equal(t->frames, 1);
	assert_int_equal(link_pump(p->b, false, &err), -ECONNRESET);
	free(t);
}

static void half_a_frame_and_the_end_is_a_lost_connection(void **state)
{
	struct pair *p = *state;
	struct err err = { 0 };
	struct frame f = { .type = FRAME_NOTE, .data = (const uint8_t *)"abcdef", .len = 6 };
	uint8_t head[FRAME_HEAD];
	frame_pack(head, &f);
	assert_int_equal(write(p->raw_a, head, sizeof head), sizeof head);
	assert_int_equal(write(p->raw_a, "abc", 3), 3);
	hang_up(&p->a, &p->raw_a);
	assert_int_equal(link_recv(p->b, &f, &err), -ECONNRESET);
}

static void garbage_is_not_waited_for(void **state)
{
	struct pair *p = *state;
	struct err err = { 0 };
	struct frame f;
	assert_int_equal(write(p->raw_a, "bash: xfer: command not found\n", 30), 30);
	assert_int_equal(link_recv(p->b, &f, &err), -EBADMSG);
	assert_int_equal(link_recv(p->b, &f, &err), -EBADMSG);
}

static void silence_beyond_the_timeout_is_an_error(void **state)
{
	struct pair *p = *state;
	struct err err = { 0 };
	struct frame f;
	uint64_t start = clock_now();
	link_set_timeout(p->a, 1);
	assert_int_equal(link_recv(p->a, &f, &err), -ETIMEDOUT);
	uint64_t took = clock_now() - start;
	assert_true(took >= CLOCK_SECOND && took < 4 * CLOCK_SECOND);
	assert_non_null(strstr(err.text, "1 seconds"));
	assert_int_equal(link_send(p->a, FRAME_NOTE, 0, NULL, 0, &err), -ETIMEDOUT);
}

static void a_peer_that_does_not_take_times_out_too(void **state)
{
	struct pair *p = *state;
	uint64_t frames;
	link_set_timeout(p->a, 1);
	assert_int_equal(send_traffic(p->a, &frames), -ETIMEDOUT);
}

static void a_ping_is_sent_after_a_third_of_the_timeout_and_ignored(void **state)
{
	struct pair *p = *state;
	struct err err = { 0 };
	struct link_stats s;
	struct taken *t = calloc(1, sizeof *t);
	link_set_timeout(p->a, 1);
	send_frame(p->a, FRAME_NOTE, 1, NULL, 0);
	flush(p->a);
	good(link_tick(p->a, &err), &err);
	link_get_stats(p->a, &s);
	assert_int_equal(s.sent, FRAME_HEAD);
	poll(NULL, 0, 400);
	good(link_tick(p->a, &err), &err);
	good(link_tick(p->a, &err), &err);
	link_get_stats(p->a, &s);
	assert_int_equal(s.sent, 2 * FRAME_HEAD);
	send_frame(p->a, FRAME_NOTE, 2, NULL, 0);
	send_frame(p->a, FRAME_PING, 0, NULL, 0);
	send_frame(p->a, FRAME_NOTE, 3, NULL, 0);
	flush(p->a);
	assert_int_equal(receive(p->b).offset, 1);
	assert_int_equal(receive(p->b).offset, 2);
	link_set_handler(p->b, take, t);
	good(link_pump(p->b, true, &err), &err);
	assert_int_equal(t->frames, 1);
	free(t);
}

static void without_a_timeout_there_are_no_pings(void **state)
{
	struct pair *p = *state;
	struct err err = { 0 };
	struct link_stats s;
	poll(NULL, 0, 10);
	good(link_tick(p->a, &err), &err);
	link_get_stats(p->a, &s);
	assert_int_equal(s.sent, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_sides_may_write_megabytes_at_once),
		TEST(small_frames_gather_until_flushed),
		TEST(waiting_for_an_answer_sends_the_question_first),
		TEST(frames_that_came_before_the_handler_are_handled),
		TEST(the_error_of_a_handler_ends_the_link),
		TEST(an_abort_arrives_whole_after_an_interrupted_write),
		TEST(the_quit_flag_ends_waiting),
		TEST(the_end_of_the_stream_is_an_error_for_who_asks_for_more),
		TEST(a_pump_reports_the_end_only_once_more_is_asked_for),
		TEST(half_a_frame_and_the_end_is_a_lost_connection),
		TEST(garbage_is_not_waited_for),
		TEST(silence_beyond_the_timeout_is_an_error),
		TEST(a_peer_that_does_not_take_times_out_too),
		TEST(a_ping_is_sent_after_a_third_of_the_timeout_and_ignored),
		TEST(without_a_timeout_there_are_no_pings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
