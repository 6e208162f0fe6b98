#include "dbdump/agent/lasting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/wire/frame.h"
#include "xfer/wire/link.h"

enum { A, B, SIDES, WINDOW = 4096, PIPE = 3000, LENGTH = 200 * 1000 };

/* Two sides, and what is on the way to each of them. */
struct pair {
	struct lasting *side[SIDES];
	uint8_t way[SIDES][PIPE]; /* to A, to B */
	size_t on_way[SIDES];
	uint64_t put[SIDES], taken[SIDES]; /* by whom */
	unsigned cuts;
};

/* Byte at of what side puts. */
static uint8_t byte_of(int side, uint64_t at)
{
	return (uint8_t)((at * 2654435761U + (uint64_t)side * 97) >> 8);
}

static size_t at_most(size_t n, size_t most)
{
	return n < most ? n : most;
}

static void join_side(struct pair *p, int side, size_t len)
{
	struct err err = { 0 };
	uint8_t first[FRAME_HEAD];
	struct frame ping = { .type = FRAME_PING };
	frame_pack(first, &ping);
	p->on_way[side] = 0;
	if (lasting_join(p->side[side], lasting_received(p->side[!side]), first, len, &err) < 0)
		fail_msg("%s", err.text);
}

/* What is on the way is lost. */
static void cut(struct pair *p)
{
	join_side(p, A, FRAME_HEAD);
	join_side(p, B, 0);
	p->cuts++;
}

static void make(struct pair *p)
{
	struct err err;
	*p = (struct pair){ 0 };
	assert_int_equal(lasting_new(&p->side[A], WINDOW, &err), 0);
	assert_int_equal(lasting_new(&p->side[B], WINDOW, &err), 0);
	cut(p);
}

static void unmake(struct pair *p)
{
	lasting_free(p->side[A]);
	lasting_free(p->side[B]);
}

static void put(struct pair *p, int side, size_t n)
{
	uint8_t *to;
	n = at_most(n, at_most(lasting_room(p->side[side], &to), LENGTH - p->put[side]));
	for (size_t i = 0; i < n; i++)
		to[i] = byte_of(side, p->put[side] + i);
	if (p->put[side] < LENGTH) {
		lasting_put(p->side[side], n);
		p->put[side] += n;
	}
	if (p->put[side] == LENGTH)
		lasting_end(p->side[side]);
}

static void take(struct pair *p, int side, size_t n)
{
	const uint8_t *from;
	n = at_most(n, lasting_come(p->side[side], &from));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(from[i], byte_of(!side, p->taken[side] + i));
	lasting_take(p->side[side], n);
	p->taken[side] += n;
}

static void write_link(struct pair *p, int side, size_t n)
{
	const uint8_t *from;
	n = at_most(n, at_most(lasting_next(p->side[side], &from), PIPE - p->on_way[!side]));
	memcpy(p->way[!side] + p->on_way[!side], from, n);
	lasting_written(p->side[side], n);
	p->on_way[!side] += n;
}

/* 0, or what the link ended with. */
static int read_link(struct pair *p, int side, size_t n, struct err *err)
{
	uint8_t *to;
	n = at_most(n, at_most(p->on_way[side], lasting_ear(p->side[side], &to)));
	memcpy(to, p->way[side], n);
	p->on_way[side] -= n;
	memmove(p->way[side], p->way[side] + n, p->on_way[side]);
	return lasting_heard(p->side[side], n, err);
}

/* Something happens, at random; a link of which a bit is flipped is damaged on the way. */
static void happen(struct pair *p, unsigned cut_one_in)
{
	struct err err = { 0 };
	int side = (int)(random() % SIDES);
	size_t n = (size_t)(random() % 1500);
	if (random() % (long)cut_one_in == 0) {
		if (random() % 2 && p->on_way[side])
			p->way[side][(size_t)random() % p->on_way[side]] ^= (uint8_t)(1 << random() % 8);
		else
			cut(p);
		return;
	}
	switch (random() % 5) {
	case 0:
		put(p, side, n);
		break;
	case 1:
		take(p, side, n);
		break;
	case 2:
		write_link(p, side, n);
		break;
	case 3:
		if (read_link(p, side, n, &err) < 0) {
			assert_true(err.code == -EBADMSG || err.code == -EPROTO);
			cut(p);
		}
		break;
	default:
		lasting_ping(p->side[side]);
	}
}

static bool is_over(const struct pair *p)
{
	return lasting_is_over(p->side[A]) && lasting_is_over(p->side[B]);
}

static void each_byte_arrives_once_and_in_order_however_often_the_link_is_cut_or_damaged(void **state)
{
	static const unsigned often[] = { 20, 60, 200, 1000 };
	unsigned cuts = 0;
	(void)state;
	for (unsigned seed = 1; seed <= 12; seed++) {
		struct pair p;
		srandom(seed);
		make(&p);
		for (unsigned i = 0; !is_over(&p); i++) {
			happen(&p, often[seed % 4]);
			assert_true(i < 2000000);
		}
		assert_int_equal(p.taken[A], LENGTH);
		assert_int_equal(p.taken[B], LENGTH);
		cuts += p.cuts;
		unmake(&p);
	}
	assert_true(cuts > 5000);
}

/* All that can go now, until nothing does. */
static void settle(struct pair *p)
{
	struct err err;
	const uint8_t *from;
	bool more = true;
	while (more) {
		more = false;
		for (int side = A; side <= B; side++) {
			write_link(p, side, PIPE);
			assert_int_equal(read_link(p, !side, PIPE, &err), 0);
			more = more || p->on_way[!side] || lasting_next(p->side[side], &from);
		}
	}
}

static void nobody_is_sent_more_than_a_window_before_it_was_taken(void **state)
{
	struct pair p;
	uint8_t *to;
	(void)state;
	make(&p);
	for (int i = 0; i < 10; i++) {
		put(&p, A, WINDOW);
		settle(&p);
	}
	assert_int_equal(p.put[A], WINDOW);
	assert_int_equal(lasting_received(p.side[B]), WINDOW);
	assert_int_equal(lasting_room(p.side[A], &to), 0);
	take(&p, B, WINDOW);
	settle(&p);
	assert_int_equal(lasting_room(p.side[A], &to), WINDOW);
	unmake(&p);
}

static void the_end_is_known_before_what_is_still_to_come(void **state)
{
	struct pair p;
	struct err err;
	(void)state;
	make(&p);
	put(&p, A, WINDOW);
	lasting_end(p.side[A]);
	write_link(&p, A, FRAME_HEAD); /* make's PING */
	write_link(&p, A, FRAME_HEAD);
	assert_int_equal(read_link(&p, B, PIPE, &err), 0);
	assert_true(lasting_knows_end(p.side[B]));
	assert_false(lasting_is_over(p.side[B]));
	assert_true(lasting_said_end(p.side[A]));
	assert_false(lasting_said_end(p.side[B]));
	settle(&p);
	take(&p, B, WINDOW);
	assert_true(lasting_is_over(p.side[B]));
	unmake(&p);
}

/* A frame comes to B; what it makes of that. */
static int hear(struct pair *p, struct frame f, struct err *err)
{
	uint8_t *to;
	*err = (struct err){ 0 };
	frame_pack(p->way[B], &f);
	if (f.len)
		memcpy(p->way[B] + FRAME_HEAD, f.data, f.len);
	p->on_way[B] = FRAME_HEAD + f.len;
	assert_true(lasting_ear(p->side[B], &to) > p->on_way[B]);
	return read_link(p, B, PIPE, err);
}

static void what_must_not_come_ends_the_link(void **state)
{
	static const uint8_t some[WINDOW / 2];
	const struct frame wrong[] = {
		{ .type = FRAME_DATA, .offset = 1, .data = some, .len = 1 },
		{ .type = FRAME_DATA, .offset = 11, .data = some, .len = 1 },
		{ .type = FRAME_WANT, .offset = 1 },
		{ .type = FRAME_DONE, .offset = 9 },
		{ .type = FRAME_NOTE },
		{ .type = FRAME_DATA | FRAME_PACKED, .offset = 10, .data = some, .len = 1 },
	};
	struct err err;
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct pair p;
		make(&p);
		assert_int_equal(hear(&p, (struct frame){ .type = FRAME_DATA, .data = some, .len = 10 },
				      &err),
				 0);
		assert_int_equal(hear(&p, wrong[i], &err), -EPROTO);
		unmake(&p);
	}
}

static void more_than_the_window_and_more_than_the_end_are_refused(void **state)
{
	static const uint8_t some[WINDOW / 2];
	struct frame half = { .type = FRAME_DATA, .data = some, .len = WINDOW / 2 };
	struct pair p;
	struct err err;
	(void)state;
	make(&p);
	assert_int_equal(hear(&p, half, &err), 0);
	half.offset = WINDOW / 2;
	assert_int_equal(hear(&p, half, &err), 0);
	assert_int_equal(hear(&p,
			      (struct frame){ .type = FRAME_DATA, .offset = WINDOW, .data = some, .len = 1 },
			      &err),
			 -EPROTO);
	unmake(&p);
	make(&p);
	assert_int_equal(hear(&p, (struct frame){ .type = FRAME_DONE, .offset = 5 }, &err), 0);
	assert_int_equal(hear(&p, (struct frame){ .type = FRAME_DATA, .data = some, .len = 6 }, &err),
			 -EPROTO);
	assert_int_equal(hear(&p, (struct frame){ .type = FRAME_DONE, .offset = 6 }, &err), -EPROTO);
	unmake(&p);
}

static void a_side_that_forgot_what_it_took_cannot_join(void **state)
{
	struct pair p;
	struct err err;
	(void)state;
	make(&p);
	put(&p, A, 1000);
	settle(&p);
	take(&p, B, 1000);
	settle(&p);
	assert_int_equal(lasting_join(p.side[A], 1001, NULL, 0, &err), -EPROTO);
	assert_int_equal(lasting_join(p.side[A], 999, NULL, 0, &err), -EPROTO);
	assert_int_equal(lasting_join(p.side[A], 1000, NULL, 0, &err), 0);
	unmake(&p);
}

static void an_abort_says_why(void **state)
{
	struct pair p;
	struct err err;
	AUTO(buf_fini) struct buf why;
	(void)state;
	buf_init(&why, 100);
	link_abort_put(&why, 10, "the session has ended");
	make(&p);
	assert_int_equal(
		hear(&p, (struct frame){ .type = FRAME_ABORT, .data = why.data, .len = (uint32_t)why.len },
		     &err),
		-ECONNABORTED);
	assert_string_equal(err.text, "the session has ended");
	unmake(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			each_byte_arrives_once_and_in_order_however_often_the_link_is_cut_or_damaged),
		cmocka_unit_test(nobody_is_sent_more_than_a_window_before_it_was_taken),
		cmocka_unit_test(the_end_is_known_before_what_is_still_to_come),
		cmocka_unit_test(what_must_not_come_ends_the_link),
		cmocka_unit_test(more_than_the_window_and_more_than_the_end_are_refused),
		cmocka_unit_test(a_side_that_forgot_what_it_took_cannot_join),
		cmocka_unit_test(an_abort_says_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
