#include "xfer/front/ticker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A ticker for people, and what they got. */
struct desk {
	struct ticker t;
	struct line people, held;
	char text[4096];
};

static void desk_open(struct desk *d, bool redraws)
{
	char path[] = "/tmp/test_ticker.XXXXXX";
	*d = (struct desk){ 0 };
	line_init(&d->people, mkstemp(path), 0);
	assert_true(d->people.fd >= 0);
	unlink(path);
	line_init(&d->held, d->people.fd, SIZE_MAX);
	d->t = (struct ticker){ .people = &d->people, .redraws = redraws, .earlier = { &d->held } };
}

static const char *desk_close(struct desk *d)
{
	ssize_t n = pread(d->people.fd, d->text, sizeof d->text - 1, 0);
	assert_true(n >= 0);
	d->text[n] = '\0';
	close(d->people.fd);
	line_fini(&d->people);
	line_fini(&d->held);
	return d->text;
}

static void a_line_on_a_terminal_is_covered_by_the_next_and_taken_off(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, true);
	ticker_feed(&d.t,
		    &(struct progress){ .phase = "a long phase", .total_items = 2, .total_known = true });
	size_t wide = d.t.drawn;
	ticker_feed(&d.t, &(struct progress){ .phase = "b", .total_items = 2, .total_known = true });
	ticker_last(&d.t);
	/* what is left of the wider line is blank */
	assert_int_equal(d.t.drawn, wide);
	ticker_clear(&d.t);
	assert_int_equal(d.t.drawn, 0);
	ticker_clear(&d.t);
	const char *text = desk_close(&d), *second = strchr(text + 1, '\r');
	assert_int_equal(strncmp(text, "\ra long phase: ", 15), 0);
	assert_non_null(second);
	assert_int_equal(strncmp(second, "\rb: ", 4), 0);
	assert_int_equal(strcspn(second + 1, "\r"), wide);
	const char *blanks = strchr(second + 1, '\r');
	assert_int_equal(strspn(blanks + 1, " "), wide);
	assert_string_equal(blanks + 1 + wide, "\r");
	assert_null(strchr(text, '\n'));
}

static void elsewhere_it_is_lines_one_for_each_end_of_a_phase(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, false);
	struct progress p = { .phase = "first", .total_items = 900, .total_known = true };
	for (; p.done_items < 900; p.done_items++)
		ticker_feed(&d.t, &p);
	ticker_feed(&d.t, &p);
	ticker_feed(&d.t, &(struct progress){ .phase = "second" });
	ticker_last(&d.t);
	ticker_last(&d.t);
	const char *text = desk_close(&d);
	const char *end = strstr(text, "900 of 900 items"), *second = strstr(text, "\nsecond: ");
	assert_true(end && second && end < second);
	assert_null(strstr(second + 1, "\nsecond: "));
	assert_null(strchr(text, '\r'));
}

static void what_was_held_back_comes_first(void **state)
{
	(void)state;
	struct desk d;
	desk_open(&d, false);
	line_add(&d.held, "an item\n");
	line_end(&d.held);
	ticker_feed(&d.t, &(struct progress){ .phase = "first" });
	const char *text = desk_close(&d);
	assert_int_equal(strncmp(text, "an item\nfirst: ", 15), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_on_a_terminal_is_covered_by_the_next_and_taken_off),
		cmocka_unit_test(elsewhere_it_is_lines_one_for_each_end_of_a_phase),
		cmocka_unit_test(what_was_held_back_comes_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
