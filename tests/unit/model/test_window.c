#include "scheduler/model/window.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-9)
#define SAMPLES(...)                                                                                       \
	{                                                                                                  \
		(const double[]){ __VA_ARGS__ }, sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double), \
			false                                                                              \
	}

static const struct window_input nothing_measured = {
	.freeze.rule = 5,
	.switching.rule = 10,
	.thaw.rule = 5,
	.files_rule = 120,
	.databases[ENGINE_MARIADB].bytes = 3000000000,
	.factor = 1.5,
};

static void until_something_is_measured_it_is_a_minute_a_gigabyte(void **state)
{
	(void)state;
	struct window w;
	window_estimate(&w, &nothing_measured);
	NEAR(w.part[WINDOW_MARIADB].seconds, 180);
	NEAR(w.part[WINDOW_MARIADB].rate, 60);
	assert_int_equal(w.part[WINDOW_MARIADB].from, FROM_RULE);
	assert_int_equal(w.part[WINDOW_POSTGRESQL].from, FROM_NOTHING);
	NEAR(w.part[WINDOW_POSTGRESQL].seconds, 0);
	NEAR(w.part[WINDOW_VERIFY].seconds, 90);
	NEAR(w.sum, 5 + 120 + 120 + 180 + 90 + 10 + 5);
	NEAR(w.back, 15);
	NEAR(w.total, ceil(w.sum * 1.5 + 15));
	assert_false(w.by_least);
}

static void what_was_measured_counts_by_its_ninetieth_percentile(void **state)
{
	(void)state;
	struct window_input in = nothing_measured;
	in.databases[ENGINE_MARIADB].rate = (struct window_samples)SAMPLES(9, 1, 2, 3, 4, 5, 6, 7, 8, 100);
	in.databases[ENGINE_MARIADB].verify = (struct window_samples)SAMPLES(2);
	in.freeze.taken = (struct window_samples)SAMPLES(0.5, 1.5);
	in.precopy.known = true;
	in.precopy.seconds = 7;
	in.precopy.scan = 2;
	struct window w;
	window_estimate(&w, &in);
	NEAR(w.part[WINDOW_MARIADB].seconds, 27);
	assert_int_equal(w.part[WINDOW_MARIADB].from, FROM_MEASURED);
	assert_int_equal(w.part[WINDOW_MARIADB].samples, 10);
	NEAR(w.part[WINDOW_VERIFY].seconds, 6);
	assert_int_equal(w.part[WINDOW_VERIFY].samples, 1);
	NEAR(w.part[WINDOW_FREEZE].seconds, 1.5);
	NEAR(w.part[WINDOW_FILES].seconds, 7);
	NEAR(w.part[WINDOW_SCAN].seconds, 2);
	assert_int_equal(w.part[WINDOW_FILES].from, FROM_PRECOPY);
}

static void two_engines_are_verified_one_after_the_other(void **state)
{
	(void)state;
	struct window_input in = nothing_measured;
	in.databases[ENGINE_POSTGRESQL].bytes = 1000000000;
	in.databases[ENGINE_POSTGRESQL].verify = (struct window_samples)SAMPLES(3, 3);
	struct window w;
	window_estimate(&w, &in);
	NEAR(w.part[WINDOW_VERIFY].seconds, 90 + 3);
	/* that of MariaDB is by the rule, so the sum is no better than the rule */
	assert_int_equal(w.part[WINDOW_VERIFY].from, FROM_RULE);
	assert_int_equal(w.part[WINDOW_VERIFY].samples, 0);
}

static void the_way_back_is_promised_no_less_than_the_way_out_took(void **state)
{
	(void)state;
	struct window_input in = nothing_measured;
	in.least = 1000.2;
	struct window w;
	window_estimate(&w, &in);
	NEAR(w.total, 1001);
	assert_true(w.by_least);
	in.least = 1;
	window_estimate(&w, &in);
	assert_false(w.by_least);
	assert_true(w.total > w.sum);
}

static void a_percentile_is_the_same_as_of_sorted_samples(void **state)
{
	(void)state;
	unsigned seed = (unsigned)time(NULL);
	for (unsigned run = 0; run < 200; run++) {
		double at[40];
		size_t n = 1 + (size_t)rand_r(&seed) % 40, smaller = 0, not_larger = 0;
		for (size_t i = 0; i < n; i++)
			at[i] = rand_r(&seed) % 20; /* with equal ones */
		unsigned percent = 1 + (unsigned)rand_r(&seed) % 100;
		double p = window_percentile(&(struct window_samples){ at, n, false }, percent);
		for (size_t i = 0; i < n; i++) {
			smaller += at[i] < p;
			not_larger += at[i] <= p;
		}
		assert_true(not_larger * 100 >= n * percent); /* so many are not above it */
		assert_true(smaller * 100 < n * percent);     /* and no smaller one would do */
	}
}

static void a_window_that_is_kept_is_left_alone(void **state)
{
	(void)state;
	struct window_run r = { .window = 100, .now = 10, .left = 60, .back = 10 };
	assert_int_equal(window_judge(&r), WINDOW_KEPT);
	r.now = 80;
	r.left = 5;
	assert_int_equal(window_judge(&r), WINDOW_WARN);
	/* one that says that nothing is left, and does not end */
	r.left = 0;
	r.now = 89.9;
	assert_int_equal(window_judge(&r), WINDOW_WARN);
	r.now = 90;
	assert_int_equal(window_judge(&r), WINDOW_LOST);
	/* nobody knows what is left */
	r = (struct window_run){ .window = 100, .now = 1, .left = NAN, .back = 10 };
	assert_true(window_is_beyond(&r));
	r.beyond = 5;
	assert_int_equal(window_judge(&r), WINDOW_LOST);
}

static void a_bad_expectation_counts_when_it_lasts(void **state)
{
	(void)state;
	struct window_run r = { .window = 100, .now = 10, .left = 81, .back = 10 };
	assert_true(window_is_beyond(&r));
	assert_int_equal(window_judge(&r), WINDOW_WARN);
	r.beyond = 4.9;
	assert_int_equal(window_judge(&r), WINDOW_WARN);
	r.beyond = 5;
	assert_int_equal(window_judge(&r), WINDOW_LOST);
	r.left = 79; /* and not when it has become better meanwhile */
	assert_int_equal(window_judge(&r), WINDOW_KEPT);
}

/* Whatever is expected: a run that is judged at the moments that window_next names ends in time, one way or the other. */
static void no_deadline_passes_without_an_end(void **state)
{
	(void)state;
	unsigned seed = (unsigned)time(NULL), lost = 0, kept = 0;
	for (unsigned run = 0; run < 2000; run++) {
		struct window_run r = { .window = 10 + rand_r(&seed) % 1000 };
		r.back = r.window * (rand_r(&seed) % 50) / 100;
		double needs = r.window * (rand_r(&seed) % 200) / 100, since = -1;
		for (;;) {
			r.left = needs - r.now; /* somewhat wrong: from a half to one and a half */
			r.left = r.left > 0 ? r.left * (50 + rand_r(&seed) % 101) / 100 : 0;
			since = !window_is_beyond(&r) ? -1 : since < 0 ? r.now : since;
			r.beyond = since < 0 ? 0 : r.now - since;
			if (r.now >= needs) {
				assert_true(r.now <= r.window);
				kept++;
				break;
			}
			if (window_judge(&r) == WINDOW_LOST) {
				assert_true(r.now + r.back <= r.window + 1e-9);
				lost++;
				break;
			}
			double next = window_next(&r), event = r.now + rand_r(&seed) % 100 / 10.0;
			next = next < event ? next : event;
			r.now = needs > r.now && needs < next ? needs : next;
		}
	}
	assert_true(lost > 100 && kept > 100);
}

static void what_is_promised_can_be_kept(void **state)
{
	(void)state;
	unsigned seed = (unsigned)time(NULL);
	for (unsigned run = 0; run < 1000; run++) {
		struct window_input in = { .freeze.rule = rand_r(&seed) % 100,
					   .switching.rule = rand_r(&seed) % 100,
					   .thaw.rule = rand_r(&seed) % 100,
					   .files_rule = rand_r(&seed) % 100,
					   .factor = 1 + rand_r(&seed) % 3 };
		in.databases[ENGINE_MARIADB].bytes = (uint64_t)rand_r(&seed);
		struct window w;
		window_estimate(&w, &in);
		struct window_run r = { .window = w.total, .now = 0, .left = w.sum, .back = w.back };
		assert_false(window_is_beyond(&r));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(until_something_is_measured_it_is_a_minute_a_gigabyte),
		cmocka_unit_test(what_was_measured_counts_by_its_ninetieth_percentile),
		cmocka_unit_test(two_engines_are_verified_one_after_the_other),
		cmocka_unit_test(the_way_back_is_promised_no_less_than_the_way_out_took),
		cmocka_unit_test(a_percentile_is_the_same_as_of_sorted_samples),
		cmocka_unit_test(a_window_that_is_kept_is_left_alone),
		cmocka_unit_test(a_bad_expectation_counts_when_it_lasts),
		cmocka_unit_test(what_is_promised_can_be_kept),
		cmocka_unit_test(no_deadline_passes_without_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
