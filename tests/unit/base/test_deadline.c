#include "xfer/base/deadline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "xfer/base/clock.h"

enum { NOW = 1795406400 }; /* 2026-11-23T04:00:00Z */

static const struct timespec wall = { .tv_sec = NOW };

/* The nanoseconds that a text means; -1: it is none. */
static int64_t left(const char *text)
{
	uint64_t ns;
	return deadline_parse(&ns, text, wall) < 0 ? -1 : (int64_t)ns;
}

static void a_time_is_read_as_rfc_3339_has_it(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {
		{ "2026-11-23T04:00:01Z", 1 },
		{ "2026-11-23t04:01:00z", 60 },
		{ "2026-11-23 05:00:00Z", 3600 },
		{ "2026-11-23T05:00:30+01:00", 30 },
		{ "2026-11-22T22:30:30-05:30", 30 },
		{ "2027-11-23T04:00:00Z", 365 * 86400 },
		{ "2028-02-29T04:00:00Z", 463 * 86400 },
		{ "2026-11-23T04:00:00Z", 0 },
		{ "2026-11-23T03:59:59Z", 0 },
		{ "1999-12-31T23:59:59Z", 0 },
		{ "+0", 0 },
		{ "+90", 90 },
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (left(good[i].text) != good[i].seconds * (int64_t)CLOCK_SECOND)
			fail_msg("%s: %lld", good[i].text, (long long)left(good[i].text));
	assert_int_equal(left("2026-11-23T04:00:00.25Z"), CLOCK_SECOND / 4);
	assert_int_equal(left("2026-11-23T04:00:00.123456789123Z"), 123456789);
}

static void what_is_no_time_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"+",
		"-5",
		"90",
		"+1.5",
		"+5 ",
		"+99999999999",
		"+9999999999",
		"tomorrow",
		"2026-11-23",
		"2026-11-23T04:00:00",
		"2026-11-23T04:00Z",
		"2026-11-23T04:00:00Zx",
		"2026-11-23T04:00:00.Z",
		"2026-11-23T04:00:00+0100",
		"2026-11-23T04:00:00+24:00",
		"2026-11-23T24:00:00Z",
		"2026-11-23T04:60:00Z",
		"2026-13-01T04:00:00Z",
		"2026-00-01T04:00:00Z",
		"2026-02-29T04:00:00Z",
		"2026-04-31T04:00:00Z",
		"26-11-23T04:00:00Z",
		"2026-11-23T04:00:00Z ",
		" 2026-11-23T04:00:00Z",
		"9999-11-23T04:00:00Z",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (left(bad[i]) >= 0)
			fail_msg("\"%s\" was read as %lld", bad[i], (long long)left(bad[i]));
}

/* A run that goes on at a rate. */
struct run {
	struct deadline d;
	struct progress p;
	uint64_t now;
};

static struct run run_of(uint64_t bytes, uint64_t items, uint64_t seconds)
{
	struct run r = { .now = 1000 * CLOCK_SECOND };
	r.d.at = r.now + seconds * CLOCK_SECOND;
	r.p = (struct progress){
		.phase = "transfer",
		.total_bytes = bytes,
		.total_items = items,
		.asked_bytes = bytes,
		.asked_items = items,
	};
	return r;
}

/* Goes on for so long. Returns after how many seconds it was judged to be too slow, -1: not. */
static double go(struct run *r, double seconds, double bytes_per_s, double items_per_s)
{
	struct err err;
	double bytes = (double)r->p.handled_bytes, items = (double)r->p.handled_items;
	for (int tick = 0; tick < (int)(seconds * 10); tick++) {
		r->now += CLOCK_SECOND / 10;
		r->p.handled_bytes = r->p.done_bytes = (uint64_t)(bytes + bytes_per_s * (tick + 1) / 10);
		r->p.handled_items = r->p.done_items = (uint64_t)(items + items_per_s * (tick + 1) / 10);
		deadline_feed(&r->d, &r->p, r->now);
		if (deadline_judge(&r->d, r->now, &err) < 0)
			return tick / 10.0;
	}
	return -1;
}

static void without_a_deadline_there_is_none(void **state)
{
	(void)state;
	struct run r = run_of(1000000000, 10, 0);
	r.d.at = 0;
	assert_true(go(&r, 30, 10, 0) < 0);
}

static void work_that_fits_is_let_be(void **state)
{
	(void)state;
	struct run r = run_of(59000000, 10, 60);
	assert_true(go(&r, 58, 1000000, 0.1) < 0);
}

static void work_that_cannot_fit_ends_within_seconds(void **state)
{
	(void)state;
	struct run r = run_of(100000000, 10, 60);
	double at = go(&r, 60, 1000000, 0.1);
	assert_true(at > 3 && at < 10);
	struct err err;
	assert_int_equal(deadline_judge(&r.d, r.now, &err), -ETIME);
	assert_non_null(strstr(err.text, " bytes in 10 items are left"));
	assert_non_null(strstr(err.text, "(1,000,000 bytes/s)"));
}

static void the_time_itself_ends_what_was_hoped_for(void **state)
{
	(void)state;
	struct run r = run_of(100000000, 10, 5);
	struct err err;
	assert_int_equal(deadline_judge(&r.d, r.now, &err), 0);
	double at = go(&r, 10, 0, 0); /* nothing is known of the rate */
	assert_true(at > 4.8 && at < 5.1);
	assert_int_equal(deadline_judge(&r.d, r.now, &err), -ETIME);
	assert_non_null(strstr(err.text, "has passed; 100,000,000 of 100,000,000 bytes"));
	r = run_of(1, 1, 0);
	assert_int_equal(deadline_judge(&r.d, r.now, &err), -ETIME);
	assert_non_null(strstr(err.text, "before anything was done"));
}

static void the_best_rate_counts_and_not_the_last(void **state)
{
	(void)state;
	struct run r = run_of(100000000, 10, 60);
	assert_true(go(&r, 6, 3000000, 0.1) < 0);
	/* a slow time, in which 82 MB are left: at 3 MB/s they take 27 s */
	assert_true(go(&r, 20, 100000, 0.1) < 0);
	/* until even that is too late */
	double at = go(&r, 40, 100000, 0.1);
	assert_true(at > 5 && at < 9);
}

static void small_files_say_nothing_about_large_ones(void **state)
{
	(void)state;
	/* 20,000 of 1000 bytes, 1000 a second; then one of 2 GB, which the disk takes in 10 s */
	struct run r = run_of(2020000000, 20001, 40);
	assert_true(go(&r, 20, 1000000, 1000) < 0);
	assert_true(go(&r, 9.9, 200000000, 0) < 0);
}

static void nor_large_ones_about_small_ones(void **state)
{
	(void)state;
	/* one a second of 100 MB, ten of them; then 20,000 small ones in 10 s */
	struct run r = run_of(1020000000, 20010, 25);
	assert_true(go(&r, 10, 100000000, 1) < 0);
	assert_true(go(&r, 9.9, 2000000, 2000) < 0);
}

static void large_files_that_cannot_fit_are_noticed_behind_small_ones(void **state)
{
	(void)state;
	struct run r = run_of(2020000000, 20001, 60);
	assert_true(go(&r, 20, 1000000, 1000) < 0);
	double at = go(&r, 40, 20000000, 0); /* 100 s of work, 40 left */
	assert_true(at > 3 && at < 10);
}

static void so_are_files_of_any_size_behind_smaller_ones(void **state)
{
	(void)state;
	/* 200 of 10 MB, two a second */
	struct run r = run_of(2020000000, 20200, 60);
	assert_true(go(&r, 20, 1000000, 1000) < 0);
	double at = go(&r, 40, 20000000, 2);
	assert_true(at > 3 && at < 10);
}

static void small_files_that_cannot_fit_are_noticed(void **state)
{
	(void)state;
	struct run r = run_of(100000000, 100000, 60);
	double at = go(&r, 60, 1000000, 1000);
	assert_true(at > 3 && at < 10);
}

static void what_is_not_known_to_be_wanted_does_not_count(void **state)
{
	(void)state;
	struct run r = run_of(5000000, 10, 60);
	r.p.total_bytes = 1000000000; /* most of it may be there already */
	assert_true(go(&r, 4.9, 1000000, 0.1) < 0);
}

static void a_new_phase_has_rates_of_its_own(void **state)
{
	(void)state;
	struct run r = run_of(20000000, 10, 100);
	assert_true(go(&r, 20, 1000000, 0.5) < 0);
	r.p = run_of(1000000000, 10, 0).p;
	r.p.phase = "verify";
	assert_true(go(&r, 10, 50000000, 0.5) < 0);
	/* the same, but too slow for what is left */
	r = run_of(1000000, 10, 100);
	assert_true(go(&r, 20, 50000, 0.5) < 0);
	r.p = run_of(1000000000, 10, 0).p;
	r.p.phase = "verify";
	double at = go(&r, 30, 5000000, 0);
	assert_true(at > 3 && at < 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_read_as_rfc_3339_has_it),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(without_a_deadline_there_is_none),
		cmocka_unit_test(work_that_fits_is_let_be),
		cmocka_unit_test(work_that_cannot_fit_ends_within_seconds),
		cmocka_unit_test(the_time_itself_ends_what_was_hoped_for),
		cmocka_unit_test(the_best_rate_counts_and_not_the_last),
		cmocka_unit_test(small_files_say_nothing_about_large_ones),
		cmocka_unit_test(nor_large_ones_about_small_ones),
		cmocka_unit_test(large_files_that_cannot_fit_are_noticed_behind_small_ones),
		cmocka_unit_test(so_are_files_of_any_size_behind_smaller_ones),
		cmocka_unit_test(small_files_that_cannot_fit_are_noticed),
		cmocka_unit_test(what_is_not_known_to_be_wanted_does_not_count),
		cmocka_unit_test(a_new_phase_has_rates_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
