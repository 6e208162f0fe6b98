#include "xfer/base/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "xfer/base/clock.h"

enum { MS = 1000000 };

/* Sends all that may go, for so long, waking as rate_wait_ms says and late_ms later. Returns the bytes. */
static uint64_t run(struct rate *r, uint64_t *now, uint64_t ns, uint64_t late_ms)
{
	uint64_t gone = 0, end = *now + ns;
	while (*now < end) {
		size_t n = rate_room(r, *now);
		rate_take(r, n);
		gone += n;
		*now += ((uint64_t)rate_wait_ms(r, *now) + late_ms) * MS;
	}
	return gone;
}

static void without_a_limit_everything_goes_at_once(void **state)
{
	(void)state;
	struct rate r = { 0 };
	assert_true(rate_room(&r, 5) == SIZE_MAX);
	rate_take(&r, 1u << 30);
	assert_true(rate_room(&r, 5) == SIZE_MAX);
	assert_int_equal(rate_wait_ms(&r, 5), 0);
}

static void no_more_goes_than_was_allowed(void **state)
{
	(void)state;
	static const uint64_t rates[] = { 512, 1024, 10007, 1000000, 125000000, UINT64_C(40000000000) };
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		struct rate r = { 0 };
		uint64_t now = 12345;
		rate_set(&r, rates[i], now);
		uint64_t gone = run(&r, &now, 20 * CLOCK_SECOND, 0);
		assert_in_range(gone, rates[i] * 20 - rates[i] / 5 - 1, rates[i] * 20 + rates[i] / 100);
	}
}

static void who_wakes_late_loses_nothing(void **state)
{
	(void)state;
	struct rate r = { 0 };
	uint64_t now = 0;
	rate_set(&r, 1000000, now);
	uint64_t gone = run(&r, &now, 20 * CLOCK_SECOND, 20);
	assert_in_range(gone, 19700000, 20200000);
}

static void after_a_silence_there_is_no_burst(void **state)
{
	(void)state;
	struct rate r = { 0 };
	rate_set(&r, 1000000, 0);
	assert_in_range(rate_room(&r, 3600 * CLOCK_SECOND), 1, 150000);
}

static void it_goes_in_slices(void **state)
{
	(void)state;
	struct rate r = { 0 };
	rate_set(&r, 1000000, 0);
	assert_int_equal(rate_room(&r, 0), 0);
	assert_int_equal(rate_room(&r, 49 * MS), 0);
	assert_in_range(rate_wait_ms(&r, 49 * MS), 1, 2);
	assert_int_equal(rate_room(&r, 50 * MS), 50000);
	rate_take(&r, 50000);
	assert_int_equal(rate_room(&r, 50 * MS), 0);
	assert_in_range(rate_wait_ms(&r, 50 * MS), 50, 51);
}

static void fractions_of_a_byte_add_up(void **state)
{
	(void)state;
	struct rate r = { 0 };
	uint64_t gone = 0;
	rate_set(&r, 1500, 0);
	for (uint64_t now = 0; now < 100 * CLOCK_SECOND; now += 700000) { /* looked at once in 1.05 bytes */
		size_t n = rate_room(&r, now);
		rate_take(&r, n);
		gone += n;
	}
	assert_in_range(gone, 149900, 150000);
}

static void another_limit_holds_from_then_on(void **state)
{
	(void)state;
	struct rate r = { 0 };
	uint64_t now = 0;
	rate_set(&r, 100000000, now);
	run(&r, &now, CLOCK_SECOND, 0);
	rate_set(&r, 1000000, now += CLOCK_SECOND); /* with a bucket full at the old one */
	assert_in_range(run(&r, &now, 10 * CLOCK_SECOND, 0), 9800000, 10200000);
	rate_set(&r, 0, now);
	assert_true(rate_room(&r, now) == SIZE_MAX);
	rate_set(&r, 1000000, now);
	assert_in_range(run(&r, &now, 10 * CLOCK_SECOND, 0), 9800000, 10200000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_limit_everything_goes_at_once),
		cmocka_unit_test(no_more_goes_than_was_allowed),
		cmocka_unit_test(who_wakes_late_loses_nothing),
		cmocka_unit_test(after_a_silence_there_is_no_burst),
		cmocka_unit_test(it_goes_in_slices),
		cmocka_unit_test(fractions_of_a_byte_add_up),
		cmocka_unit_test(another_limit_holds_from_then_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
