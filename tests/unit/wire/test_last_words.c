/* Writing fails, and what the peer said before is looked for: a peer that speaks on and on, and says nothing, is not heard for
 * ever. */
#include "tests/unit/wire/link_pair.h"

#include <pthread.h>
#include <stdatomic.h>

#include "xfer/base/clock.h"

enum { RATE = 1000, SECONDS = 30 };

struct speaker {
	struct link *link;
	atomic_bool enough;
};

/* Until somebody has enough of it. NULL: nobody had. */
static void *speak(void *arg)
{
	struct speaker *s = arg;
	struct err err;
	uint64_t until = clock_now() + SECONDS * CLOCK_SECOND;
	while (!s->enough && clock_now() < until)
		if (link_send(s->link, FRAME_PING, 0, NULL, 0, &err) < 0 || link_flush(s->link, &err) < 0)
			break;
	return s->enough ? arg : NULL;
}

static void writing_fails_in_the_end(struct pair *p)
{
	struct speaker s = { .link = p->b };
	struct err err = { 0 };
	pthread_t speaker;
	void *left;
	link_set_rate(p->b, RATE);
	shutdown(p->raw_b, SHUT_RD);
	assert_int_equal(pthread_create(&speaker, NULL, speak, &s), 0);
	send_frame(p->a, FRAME_NOTE, 0, "x", 1);
	int r = link_flush(p->a, &err);
	s.enough = true;
	pthread_join(speaker, &left);
	assert_int_equal(r, -EPIPE);
	assert_non_null(left);
}

static void who_waits_for_an_abort_waits_a_while(void **state)
{
	writing_fails_in_the_end(*state);
}

static int ignore(void *ctx, const struct frame *f, struct err *err)
{
	(void)ctx;
	(void)f;
	(void)err;
	return 0;
}

static void who_handles_what_comes_does_so_for_a_while(void **state)
{
	struct pair *p = *state;
	link_set_handler(p->a, ignore, NULL);
	writing_fails_in_the_end(p);
}

/* The peer says what it has to say and is gone, after a silence that asks for a PING. */
static void says_the_last_word(struct pair *p)
{
	link_set_timeout(p->a, 1);
	for (uint64_t until = clock_now() + 2 * CLOCK_SECOND / 5; clock_now() < until;)
		;
	send_frame(p->b, FRAME_FINAL, 7, "x", 1);
	flush(p->b);
	hang_up(&p->b, &p->raw_b);
}

static void a_ping_that_does_not_go_hides_no_last_word(void **state)
{
	struct pair *p = *state;
	struct frame f;
	struct err err = { 0 };
	says_the_last_word(p);
	assert_int_equal(receive(p->a).type, FRAME_FINAL);
	assert_int_equal(link_recv(p->a, &f, &err), -ECONNRESET);
}

static int note_offset(void *ctx, const struct frame *f, struct err *err)
{
	(void)err;
	*(uint64_t *)ctx = f->offset;
	return 0;
}

static void nor_from_who_handles_what_comes(void **state)
{
	struct pair *p = *state;
	uint64_t heard = 0;
	struct err err = { 0 };
	link_set_handler(p->a, note_offset, &heard);
	says_the_last_word(p);
	good(link_pump(p->a, true, &err), &err);
	assert_int_equal(heard, 7);
	assert_int_equal(link_pump(p->a, true, &err), -ECONNRESET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_waits_for_an_abort_waits_a_while),
		TEST(who_handles_what_comes_does_so_for_a_while),
		TEST(a_ping_that_does_not_go_hides_no_last_word),
		TEST(nor_from_who_handles_what_comes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
