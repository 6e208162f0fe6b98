#include "xfer/base/meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "xfer/base/clock.h"

/* All that is done was transferred. */
static struct progress at(uint64_t bytes, uint64_t items)
{
	return (struct progress){
		.phase = "transfer",
		.done_bytes = bytes,
		.total_bytes = 1000000,
		.done_items = items,
		.total_items = 1000,
		.total_known = true,
		.handled_items = items,
		.moved_bytes = bytes,
	};
}

static void nothing_is_known_from_one_value(void **state)
{
	(void)state;
	struct meter m = { 0 };
	struct progress p = at(500, 5);
	assert_int_equal(meter_bytes_per_s(&m), 0);
	assert_true(meter_eta(&m, &p) == METER_UNKNOWN);
	meter_feed(&m, &p, CLOCK_SECOND);
	assert_int_equal(meter_bytes_per_s(&m), 0);
	assert_true(meter_eta(&m, &p) == METER_UNKNOWN);
}

static void the_rate_is_that_of_the_last_seconds(void **state)
{
	(void)state;
	struct meter m = { 0 };
	uint64_t bytes = 0, now = CLOCK_SECOND;
	/* a slow minute, then ten fast seconds, a tenth of a second apart */
	for (int i = 0; i < 700; i++, now += CLOCK_SECOND / 10) {
		struct progress p = at(bytes += i < 600 ? 10 : 1000, 0);
		meter_feed(&m, &p, now);
	}
	assert_in_range(meter_bytes_per_s(&m), 9900, 10100);
	/* and a stall is seen */
	for (int i = 0; i < 60; i++, now += CLOCK_SECOND / 10) {
		struct progress p = at(bytes, 0);
		meter_feed(&m, &p, now);
	}
	assert_int_equal(meter_bytes_per_s(&m), 0);
}

static void a_long_silence_is_bridged(void **state)
{
	(void)state;
	struct meter m = { 0 };
	struct progress p = at(0, 0);
	meter_feed(&m, &p, 0);
	p = at(100000, 0);
	meter_feed(&m, &p, 100 * CLOCK_SECOND);
	assert_int_equal(meter_bytes_per_s(&m), 1000);
}

static void files_of_one_size_go_by_their_bytes_and_items(void **state)
{
	(void)state;
	struct meter m = { 0 };
	struct progress p = at(0, 0);
	for (uint64_t i = 0; i <= 10; i++) {
		p = at(i * 10000, i * 10);
		meter_feed(&m, &p, i * CLOCK_SECOND);
	}
	assert_int_equal(meter_eta(&m, &p), 90);
	p.total_known = false;
	assert_true(meter_eta(&m, &p) == METER_UNKNOWN);
}

/* A few large files, one of which ended just now. */
static void few_large_files_go_by_bytes(void **state)
{
	(void)state;
	struct meter m = { 0 };
	const uint64_t mb = 1000000;
	struct progress p = at(0, 0);
	p.total_bytes = 800 * mb;
	p.total_items = 100;
	for (uint64_t i = 0; i <= 210; i++) { /* 100 MB a second; an item ends every two seconds */
		p.moved_bytes = p.done_bytes = i * mb;
		p.handled_items = p.done_items = i / 200;
		meter_feed(&m, &p, i * CLOCK_SECOND / 100);
	}
	assert_in_range(meter_eta(&m, &p), 5, 7);
}

/* 20 seconds of small files at 500 a second, of a large one at 50 MB a second, in turn. */
static struct progress mixed(struct meter *m)
{
	struct progress p = at(0, 0);
	for (uint64_t i = 0; i < 200; i++) {
		bool small = i / 20 % 2;
		p.moved_bytes = p.done_bytes += small ? 50000 : 5000000;
		p.handled_items = p.done_items += small ? 50 : i % 20 == 0;
		meter_feed(m, &p, (i + 1) * CLOCK_SECOND / 10);
	}
	return p;
}

static void what_is_left_counts_by_what_its_kind_took(void **state)
{
	(void)state;
	struct meter m = { 0 };
	struct progress p = mixed(&m);
	p.total_bytes = p.done_bytes + UINT64_C(5000000000); /* large ones alone: 100 s */
	p.total_items = p.done_items + 10;
	assert_in_range(meter_eta(&m, &p), 80, 125);
	p.total_bytes = p.done_bytes + 50000000; /* small ones alone: 100 s */
	p.total_items = p.done_items + 50000;
	assert_in_range(meter_eta(&m, &p), 80, 125);
}

static void empty_files_say_nothing_of_bytes(void **state)
{
	(void)state;
	struct meter m = { 0 };
	struct progress p = at(0, 0);
	meter_feed(&m, &p, 0);
	p = at(0, 100);
	meter_feed(&m, &p, CLOCK_SECOND);
	assert_true(meter_eta(&m, &p) == METER_UNKNOWN);
	p.total_bytes = 0;
	assert_int_equal(meter_eta(&m, &p), 9);
}

static void a_large_file_alone_goes_by_bytes(void **state)
{
	(void)state;
	struct meter m = { 0 };
	struct progress p = at(0, 10);
	meter_feed(&m, &p, 0);
	p = at(100000, 10);
	meter_feed(&m, &p, CLOCK_SECOND);
	assert_int_equal(meter_eta(&m, &p), 9);
}

static void a_new_phase_begins_anew(void **state)
{
	(void)state;
	struct meter m = { 0 };
	struct progress p = at(900000, 900);
	meter_feed(&m, &p, 0);
	p = at(1000000, 1000);
	meter_feed(&m, &p, CLOCK_SECOND);
	p = at(10, 1);
	p.phase = "verify";
	meter_feed(&m, &p, 2 * CLOCK_SECOND);
	assert_int_equal(meter_bytes_per_s(&m), 0);
	p.done_bytes = p.moved_bytes = 110;
	meter_feed(&m, &p, 3 * CLOCK_SECOND);
	assert_int_equal(meter_bytes_per_s(&m), 100);
}

static void what_was_there_already_is_no_speed(void **state)
{
	(void)state;
	struct meter m = { 0 };
	uint64_t now = 0;
	/* half of a million bytes and of a thousand items are there, which takes a second to find out */
	struct progress p = at(0, 0);
	meter_feed(&m, &p, now);
	p.done_bytes = 500000;
	p.done_items = 500;
	meter_feed(&m, &p, now += CLOCK_SECOND);
	assert_int_equal(meter_bytes_per_s(&m), 0);
	assert_true(meter_eta(&m, &p) == METER_UNKNOWN);
	/* the rest comes at 10 kB and ten items a second, and from the first of them on that is known */
	p.done_bytes += 10000;
	p.moved_bytes += 10000;
	p.done_items += 10;
	p.handled_items += 10;
	meter_feed(&m, &p, now += CLOCK_SECOND);
	assert_int_equal(meter_bytes_per_s(&m), 10000);
	assert_int_equal(meter_eta(&m, &p), 49);
	for (int i = 0; i < 6; i++) {
		p.done_bytes += 10000;
		p.moved_bytes += 10000;
		p.done_items += 10;
		p.handled_items += 10;
		meter_feed(&m, &p, now += CLOCK_SECOND);
	}
	assert_int_equal(meter_bytes_per_s(&m), 10000);
	assert_int_equal(meter_eta(&m, &p), 43);
}

static void a_hundred_per_cent_is_when_all_is_done(void **state)
{
	(void)state;
	struct meter m = { 0 };
	char line[128];
	struct progress p = at(1000000, 999);
	assert_non_null(strstr(meter_line(&m, &p, line, sizeof line), " 99%"));
	p.done_items = 1000;
	assert_non_null(strstr(meter_line(&m, &p, line, sizeof line), "100%"));
	p = at(999999, 1000);
	assert_non_null(strstr(meter_line(&m, &p, line, sizeof line), " 99%"));
	p.total_bytes = p.done_bytes = p.total_items = p.done_items = 0; /* nothing to do */
	assert_non_null(strstr(meter_line(&m, &p, line, sizeof line), "100%"));
}

static void a_line_fits_whatever_room_there_is(void **state)
{
	(void)state;
	struct meter m = { 0 };
	char line[128];
	struct progress p = at(UINT64_MAX - 1, UINT64_MAX - 1);
	p.total_bytes = p.total_items = UINT64_MAX;
	meter_feed(&m, &p, 0);
	for (size_t cap = 1; cap < sizeof line; cap++)
		assert_in_range(strlen(meter_line(&m, &p, line, cap)), 0, cap - 1);
	p = at(500000, 999);
	meter_feed(&m, &p, CLOCK_SECOND);
	p = at(600000, 1000);
	meter_feed(&m, &p, 2 * CLOCK_SECOND);
	assert_string_equal(
		meter_line(&m, &p, line, sizeof line),
		"transfer:  60%  600.00kB of 1.00MB  1,000 of 1,000 items  100.00kB/s  ETA 0:00:04");
	p.total_known = false;
	assert_string_equal(meter_line(&m, &p, line, sizeof line),
			    "transfer: 600.00kB of 1.00MB found so far  1,000 of 1,000 items  100.00kB/s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_from_one_value),
		cmocka_unit_test(the_rate_is_that_of_the_last_seconds),
		cmocka_unit_test(a_long_silence_is_bridged),
		cmocka_unit_test(files_of_one_size_go_by_their_bytes_and_items),
		cmocka_unit_test(few_large_files_go_by_bytes),
		cmocka_unit_test(what_is_left_counts_by_what_its_kind_took),
		cmocka_unit_test(empty_files_say_nothing_of_bytes),
		cmocka_unit_test(a_large_file_alone_goes_by_bytes),
		cmocka_unit_test(a_new_phase_begins_anew),
		cmocka_unit_test(what_was_there_already_is_no_speed),
		cmocka_unit_test(a_hundred_per_cent_is_when_all_is_done),
		cmocka_unit_test(a_line_fits_whatever_room_there_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
