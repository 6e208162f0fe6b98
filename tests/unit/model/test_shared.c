/* pool, bill and limits: what is shared, and what it costs. */
#include "scheduler/model/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "scheduler/model/bill.h"
#include "scheduler/model/limits.h"

static const struct pool_server servers[] = {
	{ "large", .is_free = false, .expected = 200 },
	{ "small", .is_free = false, .expected = 90 },
	{ "large", .is_free = false, .expected = 100 },
	{ "large", .is_free = true },
	{ "large", .is_free = false, .expected = POOL_UNKNOWN },
};
static const struct pool_waiter waiters[] = {
	{ "large", 30 }, { "large", 10 }, { "small", 5 },  { "large", 20 },
	{ "large", 30 }, { "huge", 1 },	  { "large", 40 },
};

static struct pool_place place(size_t waiter)
{
	struct pool p = { servers, sizeof servers / sizeof *servers, waiters,
			  sizeof waiters / sizeof *waiters };
	struct pool_place out;
	pool_place(&out, &p, waiter);
	return out;
}

static void the_first_of_a_configuration_gets_the_free_one(void **state)
{
	(void)state;
	assert_int_equal(place(1).server, 3);
	assert_int_equal(place(1).before, 0);
	/* nobody else does, however long he waits for another configuration */
	for (size_t i = 0; i < sizeof waiters / sizeof *waiters; i++)
		assert_true((place(i).server == SIZE_MAX) == (i != 1));
}

static void the_others_see_their_place_and_the_day(void **state)
{
	(void)state;
	assert_int_equal(place(3).before, 1);
	assert_int_equal(place(3).expected, 100);
	assert_int_equal(place(0).before, 2);
	assert_int_equal(place(0).expected, 200);
	assert_int_equal(place(2).before, 0);
	assert_int_equal(place(2).expected, 90);
	/* who came at the same time stands behind who was written down first */
	assert_int_equal(place(4).before, 3);
	assert_int_equal(place(4).expected, POOL_UNKNOWN);
	/* more wait than there are servers, and there is none at all */
	assert_int_equal(place(6).before, 4);
	assert_int_equal(place(6).expected, POOL_UNKNOWN);
	assert_int_equal(place(5).before, 0);
	assert_int_equal(place(5).expected, POOL_UNKNOWN);
}

/* 31.00 a month */
static const struct bill_terms terms = { .from = { 2026, 1, 10 },
					 .free_days = BILL_FREE_DAYS,
					 .month_cents = 3100 };

static struct bill until(int year, unsigned month, unsigned day)
{
	struct bill b;
	bill_make(&b, &terms, &(struct calendar_date){ year, month, day });
	return b;
}

static void two_weeks_are_free(void **state)
{
	(void)state;
	assert_int_equal(until(2026, 1, 10).cents, 0);
	assert_int_equal(until(2026, 1, 23).days, 0);
	assert_int_equal(until(2026, 1, 24).days, 1);
	assert_int_equal(until(2026, 1, 24).cents, 100);
	assert_int_equal(until(2026, 1, 24).first.day, 24);
}

static void then_each_day_is_paid_by_the_days_of_its_month(void **state)
{
	(void)state;
	/* eight days of January's 31, four of February's 28: 8.00 and 4.428... */
	struct bill b = until(2026, 2, 4);
	assert_int_equal(b.days, 12);
	assert_int_equal(b.cents, 800 + 443);
	/* a whole month costs its price, over the end of a year too */
	assert_int_equal(until(2026, 12, 31).cents - until(2026, 11, 30).cents, 3100);
	assert_int_equal(until(2027, 1, 31).cents - until(2026, 12, 31).cents, 3100);
}

static void it_is_told_seven_three_and_one_days_before(void **state)
{
	(void)state;
	int told = 0;
	for (int64_t i = 0; i < 40; i++) {
		struct calendar_date day = calendar_plus(&terms.from, i);
		int64_t left = bill_days_left(&terms, &day);
		assert_int_equal(left, 14 - i);
		if (bill_warns(&terms, &day)) {
			assert_true(left == 7 || left == 3 || left == 1);
			told++;
		}
		/* the first day that is paid for is the first without a free one left */
		struct bill b;
		bill_make(&b, &terms, &day);
		assert_int_equal(b.days > 0, left <= 0);
	}
	assert_int_equal(told, 3);
}

static enum limits_hit check(struct limits l, const char *from, const char *to, int64_t start, int64_t end)
{
	static const struct limits_window planned[] = { { "s1", "t1", 0, 100 },
							{ "s2", "t1", 50, 150 },
							{ "s1", "t1", 90, 200 },
							{ "s3", "t3", 90, 95 } };
	return limits_check(&l, planned, sizeof planned / sizeof *planned,
			    &(struct limits_window){ from, to, start, end });
}

static void each_limit_holds_at_every_moment(void **state)
{
	(void)state;
	assert_int_equal(check((struct limits){ 0 }, "s1", "t1", 0, 300), LIMIT_NONE);
	/* four at 90, two at 50 */
	assert_int_equal(check((struct limits){ .all = 4 }, "a", "b", 0, 91), LIMIT_ALL);
	assert_int_equal(check((struct limits){ .all = 4 }, "a", "b", 0, 90), LIMIT_NONE);
	assert_int_equal(check((struct limits){ .all = 5 }, "a", "b", 0, 300), LIMIT_NONE);
	assert_int_equal(check((struct limits){ .all = 4 }, "a", "b", 95, 300), LIMIT_NONE);
	/* at t1 there are three of them; at either end of the new one */
	assert_int_equal(check((struct limits){ .server = 3 }, "t1", "s9", 60, 300), LIMIT_SERVER);
	assert_int_equal(check((struct limits){ .server = 3 }, "s9", "t1", 60, 90), LIMIT_NONE);
	assert_int_equal(check((struct limits){ .server = 1 }, "s3", "t9", 94, 99), LIMIT_SERVER);
	assert_int_equal(check((struct limits){ .server = 1 }, "s3", "t9", 95, 99), LIMIT_NONE);
	/* a pair is one in both directions */
	assert_int_equal(check((struct limits){ .pair = 2 }, "t1", "s1", 95, 99), LIMIT_PAIR);
	assert_int_equal(check((struct limits){ .pair = 2 }, "t1", "s1", 100, 199), LIMIT_NONE);
	assert_int_equal(check((struct limits){ .pair = 2 }, "s2", "t1", 0, 300), LIMIT_NONE);
}

/* Windows that are planned one after the other, each only where it is allowed: no moment has more than it may have. */
static void no_window_overlaps_a_limit(void **state)
{
	(void)state;
	unsigned seed = (unsigned)time(NULL), refused = 0;
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	for (unsigned run = 0; run < 100; run++) {
		struct limits l = { 1 + (unsigned)rand_r(&seed) % 5, 1 + (unsigned)rand_r(&seed) % 3, 1 };
		struct limits_window w[40];
		size_t n = 0;
		for (unsigned i = 0; i < 40; i++) {
			size_t from = (size_t)rand_r(&seed) % 5,
			       to = (from + 1 + (size_t)rand_r(&seed) % 4) % 5;
			int64_t start = rand_r(&seed) % 60;
			w[n] = (struct limits_window){ names[from], names[to], start,
						       start + 1 + rand_r(&seed) % 20 };
			if (limits_check(&l, w, n, &w[n]) == LIMIT_NONE)
				n++;
			else
				refused++;
		}
		for (int64_t at = 0; at < 90; at++) {
			unsigned all = 0, server[5] = { 0 }, pair[5][5] = { { 0 } };
			for (size_t i = 0; i < n; i++) {
				if (w[i].start > at || at >= w[i].until)
					continue;
				size_t a = (size_t)(w[i].from[0] - 'a'), b = (size_t)(w[i].to[0] - 'a');
				assert_true(++all <= l.all);
				assert_true(++server[a] <= l.server && ++server[b] <= l.server);
				assert_true(++pair[a < b ? a : b][a < b ? b : a] <= l.pair);
			}
		}
	}
	assert_true(refused > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_of_a_configuration_gets_the_free_one),
		cmocka_unit_test(the_others_see_their_place_and_the_day),
		cmocka_unit_test(two_weeks_are_free),
		cmocka_unit_test(then_each_day_is_paid_by_the_days_of_its_month),
		cmocka_unit_test(it_is_told_seven_three_and_one_days_before),
		cmocka_unit_test(each_limit_holds_at_every_moment),
		cmocka_unit_test(no_window_overlaps_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
