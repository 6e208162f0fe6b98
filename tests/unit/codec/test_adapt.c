#include "xfer/codec/adapt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define SECOND UINT64_C(1000000000)

enum { FRAME = 1 << 20 };

/* A machine and a link. What a level costs, and what it makes of a byte: as zstd does with text. */
struct world {
	double link_bps;     /* what the link takes, bytes per second */
	double receiver_bps; /* what the receiver takes, uncompressed */
	bool noise;	     /* incompressible content */
	uint64_t now;
	double busy_until; /* when the link has taken all that was written, ns */
	uint64_t tried, bytes, sent;
};

static double ns_per_byte(int level)
{
	return level == 0 ? 0 : level == 1 ? 2 : level == 3 ? 4 : level == 6 ? 10 : 20;
}

static double ratio(int level)
{
	return level == 0 ? 1 : level == 1 ? 0.35 : level == 3 ? 0.30 : level == 6 ? 0.27 : 0.26;
}

/* Sends frames for so many seconds; at most buffer bytes stand in front of the link. Returns bytes per second. */
static double go(struct adapt *a, struct world *w, double seconds)
{
	const double buffer = 4e6;
	uint64_t from = w->now, bytes = 0;
	while (w->now < from + (uint64_t)(seconds * 1e9)) {
		int level = adapt_level(a);
		struct adapt_frame f = { .bytes = FRAME, .sent = FRAME, .tried = level > 0 };
		if (level)
			f.pack_ns = (uint64_t)(FRAME * (w->noise ? 0.03 : ns_per_byte(level)));
		if (level && !w->noise)
			f.sent = (size_t)(FRAME * ratio(level));
		w->now += f.pack_ns + FRAME / 4; /* reading and hashing: 4 GB a second */
		double takes = (double)f.sent / w->link_bps, writes = FRAME / w->receiver_bps;
		double start = w->busy_until > (double)w->now ? w->busy_until : (double)w->now;
		w->busy_until = start + (takes > writes ? takes : writes) * 1e9;
		double room = w->busy_until - buffer / w->link_bps * 1e9;
		if (room > (double)w->now) {
			f.wait_ns = (uint64_t)room - w->now;
			w->now = (uint64_t)room;
		}
		w->tried += level > 0;
		w->sent += f.sent;
		bytes += FRAME;
		adapt_note(a, &f, w->now);
	}
	w->bytes += bytes;
	return (double)bytes / seconds;
}

static void a_slow_link_gets_all_the_compression_there_is(void **state)
{
	(void)state;
	struct adapt a;
	struct world w = { .link_bps = 1e6, .receiver_bps = 1e9, .now = SECOND };
	adapt_init(&a);
	go(&a, &w, 120);
	/* level 1 alone would give 2.86 MB a second */
	assert_true(go(&a, &w, 120) > 3.0e6);
	assert_true(w.sent < w.bytes * 4 / 10);
}

static void a_short_run_over_a_slow_link_is_compressed_from_its_first_frame(void **state)
{
	(void)state;
	struct adapt a;
	struct world w = { .link_bps = 1e6, .receiver_bps = 1e9, .now = SECOND };
	adapt_init(&a);
	go(&a, &w, 3);
	assert_true(w.sent < w.bytes * 4 / 10);
}

static void a_fast_link_gets_next_to_none(void **state)
{
	(void)state;
	struct adapt a;
	struct world w = { .link_bps = 4e9, .receiver_bps = 4e9, .now = SECOND };
	adapt_init(&a);
	go(&a, &w, 2);
	w.tried = w.bytes = 0;
	go(&a, &w, 10);
	assert_true(w.tried * FRAME < w.bytes / 20);
}

static void in_between_the_level_is_that_which_is_fastest(void **state)
{
	(void)state;
	struct adapt a;
	/* with level 1 the link would carry 171 MB/s, with none 60; from level 6 on the processor is the limit */
	struct world w = { .link_bps = 60e6, .receiver_bps = 4e9, .now = SECOND };
	adapt_init(&a);
	go(&a, &w, 20);
	assert_true(go(&a, &w, 60) > 165e6);
}

static void a_slow_receiver_is_not_helped_by_compressing(void **state)
{
	(void)state;
	struct adapt a;
	struct world w = { .link_bps = 4e9, .receiver_bps = 50e6, .now = SECOND };
	adapt_init(&a);
	go(&a, &w, 60);
	w.tried = w.bytes = 0;
	go(&a, &w, 60);
	assert_true(w.tried * FRAME < w.bytes / 5);
}

static void noise_is_sampled_now_and_then_only(void **state)
{
	(void)state;
	struct adapt a;
	struct world w = { .link_bps = 4e9, .receiver_bps = 4e9, .noise = true, .now = SECOND };
	adapt_init(&a);
	go(&a, &w, 10);
	assert_true(w.tried * 7 < w.bytes / FRAME);
}

static void text_behind_noise_is_found_again(void **state)
{
	(void)state;
	struct adapt a;
	struct world w = { .link_bps = 10e6, .receiver_bps = 1e9, .noise = true, .now = SECOND };
	adapt_init(&a);
	go(&a, &w, 30);
	w.noise = false;
	w.bytes = w.sent = 0;
	go(&a, &w, 30);
	assert_true(w.sent < w.bytes * 45 / 100);
}

static void a_link_that_becomes_slow_is_noticed(void **state)
{
	(void)state;
	struct adapt a;
	struct world w = { .link_bps = 4e9, .receiver_bps = 4e9, .now = SECOND };
	adapt_init(&a);
	go(&a, &w, 10);
	w.link_bps = 2e6;
	go(&a, &w, 60);
	w.bytes = w.sent = 0;
	go(&a, &w, 60);
	assert_true(w.sent < w.bytes * 4 / 10);
}

static void small_frames_say_nothing_about_the_content(void **state)
{
	(void)state;
	struct adapt a;
	adapt_init(&a);
	for (int i = 0; i < 1000; i++) {
		struct adapt_frame f = { .bytes = 100, .sent = 100, .tried = true };
		assert_int_equal(adapt_level(&a), 1);
		adapt_note(&a, &f, SECOND + (uint64_t)i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slow_link_gets_all_the_compression_there_is),
		cmocka_unit_test(a_short_run_over_a_slow_link_is_compressed_from_its_first_frame),
		cmocka_unit_test(a_fast_link_gets_next_to_none),
		cmocka_unit_test(in_between_the_level_is_that_which_is_fastest),
		cmocka_unit_test(a_slow_receiver_is_not_helped_by_compressing),
		cmocka_unit_test(noise_is_sampled_now_and_then_only),
		cmocka_unit_test(text_behind_noise_is_found_again),
		cmocka_unit_test(a_link_that_becomes_slow_is_noticed),
		cmocka_unit_test(small_frames_say_nothing_about_the_content),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
