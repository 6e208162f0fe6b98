/* Links whose peer's bytes trickle: it is never silent, and yet it must hear of us. */
#include "tests/unit/wire/link_pair.h"

#include <pthread.h>

#include "xfer/base/clock.h"

enum { RATE = 20000, BYTES = 40000, TIMEOUT = 3 }; /* a frame takes longer than a third of the timeout */

static int take(void *ctx, const struct frame *f, struct err *err)
{
	(void)err;
	*(uint32_t *)ctx += f->len;
	return 0;
}

static void *send_slowly(void *arg)
{
	static uint8_t data[BYTES];
	struct err err;
	bool sent = link_send(arg, FRAME_DATA, 0, data, sizeof data, &err) == 0 && link_flush(arg, &err) == 0;
	return sent ? arg : NULL;
}

static void a_ping_came(int fd)
{
	uint8_t bytes[2 * FRAME_HEAD];
	struct frame f;
	ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
	assert_true(n >= FRAME_HEAD);
	assert_int_equal(frame_parse(&f, bytes, (size_t)n), FRAME_HEAD);
	assert_int_equal(f.type, FRAME_PING);
}

static void who_asks_for_a_frame_that_trickles_in_keeps_alive(void **state)
{
	struct pair *p = *state;
	pthread_t writer;
	void *sent;
	link_set_timeout(p->a, TIMEOUT);
	link_set_rate(p->b, RATE);
	assert_int_equal(pthread_create(&writer, NULL, send_slowly, p->b), 0);
	assert_int_equal(receive(p->a).len, BYTES);
	pthread_join(writer, &sent);
	assert_non_null(sent);
	a_ping_came(p->raw_b);
}

static void who_handles_a_frame_that_trickles_in_keeps_alive(void **state)
{
	struct pair *p = *state;
	pthread_t writer;
	void *sent;
	uint32_t taken = 0;
	struct err err = { 0 };
	link_set_timeout(p->a, TIMEOUT);
	link_set_rate(p->b, RATE);
	link_set_handler(p->a, take, &taken);
	assert_int_equal(pthread_create(&writer, NULL, send_slowly, p->b), 0);
	while (taken < BYTES)
		good(link_pump(p->a, true, &err), &err);
	pthread_join(writer, &sent);
	assert_non_null(sent);
	a_ping_came(p->raw_b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_asks_for_a_frame_that_trickles_in_keeps_alive),
		TEST(who_handles_a_frame_that_trickles_in_keeps_alive),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
