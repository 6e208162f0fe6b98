#include "scheduler/model/calendar.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "xfer/base/buf.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

/* "2026-03-29 01:30" in UTC */
static int64_t utc(const char *text)
{
	struct tm tm = { 0 };
	assert_non_null(strptime(text, "%Y-%m-%d %H:%M", &tm));
	return timegm(&tm);
}

static struct calendar *business(const char *zone, unsigned from, unsigned to)
{
	struct calendar *c;
	assert_int_equal(calendar_new(&c, zone, NULL), 0);
	assert_int_equal(calendar_allow(c, BUSINESS_DAYS, from * 60, to * 60, NULL), 0);
	return c;
}

static void finds(const struct calendar *c, const char *from, int64_t seconds, const char *wanted)
{
	int64_t start, longest;
	assert_int_equal(calendar_find(c, utc(from), seconds, &start, &longest), 0);
	assert_int_equal(start, utc(wanted));
	assert_true(calendar_holds(c, start, seconds));
}

static void without_hours_every_moment_is_allowed(void **state)
{
	(void)state;
	AUTO(calendar_freep) struct calendar *c;
	assert_int_equal(calendar_new(&c, "Europe/Paris", NULL), 0);
	finds(c, "2026-03-28 22:17", 5 * DAY, "2026-03-28 22:17");
	/* across a night that has its midnight twice, and one that has none */
	AUTO(calendar_freep) struct calendar *twice, *none;
	assert_int_equal(calendar_new(&twice, "America/Havana", NULL), 0);
	finds(twice, "2026-10-31 12:00", 3 * DAY, "2026-10-31 12:00");
	assert_int_equal(calendar_new(&none, "Africa/Cairo", NULL), 0);
	finds(none, "2026-04-23 12:00", 3 * DAY, "2026-04-23 12:00");
}

static void the_window_has_to_fit_whole(void **state)
{
	(void)state;
	AUTO(calendar_freep) struct calendar *c = business("Europe/Paris", 9, 17);
	/* Friday, half past 16 in winter: an hour does not fit any more */
	finds(c, "2026-01-09 15:30", HOUR / 2, "2026-01-09 15:30");
	finds(c, "2026-01-09 15:30", HOUR, "2026-01-12 08:00");
	assert_false(calendar_holds(c, utc("2026-01-09 15:30"), HOUR));
	assert_false(calendar_holds(c, utc("2026-01-10 10:00"), 1)); /* a Saturday */
}

static void a_window_that_no_slot_holds_is_told_the_longest(void **state)
{
	(void)state;
	AUTO(calendar_freep) struct calendar *c = business("Europe/Paris", 9, 17);
	int64_t start, longest;
	assert_int_equal(calendar_find(c, utc("2026-01-09 15:30"), 9 * HOUR, &start, &longest), -ENOENT);
	assert_int_equal(longest, 8 * HOUR);
}

static void hours_over_midnight_are_one(void **state)
{
	(void)state;
	AUTO(calendar_freep) struct calendar *c;
	assert_int_equal(calendar_new(&c, "Europe/Paris", NULL), 0);
	assert_int_equal(calendar_allow(c, FRIDAY, 22 * 60, CALENDAR_DAY, NULL), 0);
	assert_int_equal(calendar_allow(c, SATURDAY, 0, 6 * 60, NULL), 0);
	finds(c, "2026-01-07 00:00", 8 * HOUR, "2026-01-09 21:00");
	finds(c, "2026-01-10 01:00", 4 * HOUR, "2026-01-10 01:00");
}

static void both_sundays_of_daylight_saving_time_are_right(void **state)
{
	(void)state;
	AUTO(calendar_freep) struct calendar *c;
	assert_int_equal(calendar_new(&c, "Europe/Paris", NULL), 0);
	assert_int_equal(calendar_allow(c, SUNDAY, 60, 5 * 60, NULL), 0); /* from 1 to 5 */
	/* 2 is followed by 3 on 29 March: three hours, from 0 to 3 UTC */
	finds(c, "2026-03-28 12:00", 3 * HOUR, "2026-03-29 00:00");
	finds(c, "2026-03-28 12:00", 3 * HOUR + 1, "2026-04-04 23:00");
	/* 3 is followed by 2 on 25 October: five hours, from 23 to 4 UTC */
	finds(c, "2026-10-24 12:00", 5 * HOUR, "2026-10-24 23:00");
	/* business hours are the same by the clock on the days before and after */
	AUTO(calendar_freep) struct calendar *b = business("Europe/Paris", 9, 17);
	finds(b, "2026-03-27 17:00", HOUR, "2026-03-30 07:00");
	finds(b, "2026-10-23 17:00", HOUR, "2026-10-26 08:00");
}

static void what_the_clock_skips_or_shows_twice_is_not_used_in_doubt(void **state)
{
	(void)state;
	AUTO(calendar_freep) struct calendar *c;
	assert_int_equal(calendar_new(&c, "Europe/Paris", NULL), 0);
	assert_int_equal(calendar_allow(c, SUNDAY, 150, 210, NULL), 0); /* half past 2 to half past 3 */
	/* half an hour is left of it: from the jump at 1:00 UTC to 1:30 */
	finds(c, "2026-03-28 12:00", HOUR / 2, "2026-03-29 01:00");
	finds(c, "2026-03-28 12:00", HOUR / 2 + 1, "2026-04-05 00:30");
	/* half past 2 comes twice: the second time counts */
	finds(c, "2026-10-24 12:00", HOUR, "2026-10-25 01:30");
}

static void holidays_and_blackouts_are_left_out(void **state)
{
	(void)state;
	AUTO(calendar_freep) struct calendar *c = business("Europe/Paris", 9, 17);
	assert_int_equal(calendar_holiday(c, &(struct calendar_date){ 2026, 5, 1 }, NULL), 0); /* a Friday */
	finds(c, "2026-04-30 15:30", HOUR, "2026-05-04 07:00");
	/* two that overlap, given in the wrong order, and one within */
	assert_int_equal(calendar_blackout(c, utc("2026-05-04 10:00"), utc("2026-05-04 14:00"), NULL), 0);
	assert_int_equal(calendar_blackout(c, utc("2026-05-04 07:30"), utc("2026-05-04 11:00"), NULL), 0);
	assert_int_equal(calendar_blackout(c, utc("2026-05-04 08:00"), utc("2026-05-04 09:00"), NULL), 0);
	finds(c, "2026-05-01 00:00", HOUR / 2, "2026-05-04 07:00");
	finds(c, "2026-05-01 00:00", HOUR, "2026-05-04 14:00");
	finds(c, "2026-05-01 00:00", HOUR + 1, "2026-05-05 07:00");
}

static void what_is_no_hour_day_or_zone_is_refused(void **state)
{
	(void)state;
	struct err err = { 0 };
	struct calendar *c;
	assert_int_equal(calendar_new(&c, "Europe/Atlantis", &err), -EINVAL);
	assert_non_null(strstr(err.text, "Europe/Atlantis"));
	c = business("UTC", 0, 24);
	assert_int_equal(calendar_allow(c, 0, 0, 60, &err), -EINVAL);
	assert_int_equal(calendar_allow(c, MONDAY, 60, 60, &err), -EINVAL);
	assert_int_equal(calendar_allow(c, MONDAY, 0, CALENDAR_DAY + 1, &err), -EINVAL);
	assert_int_equal(calendar_holiday(c, &(struct calendar_date){ 2026, 2, 29 }, &err), -EINVAL);
	assert_int_equal(calendar_holiday(c, &(struct calendar_date){ 2026, 13, 1 }, &err), -EINVAL);
	assert_int_equal(calendar_blackout(c, 100, 100, &err), -EINVAL);
	calendar_free(c);
}

/* Against the C library's own reading of the zones: each allowed minute is allowed by its clock, and no other. */
static void every_minute_is_as_the_librarys_clock_says(void **state)
{
	(void)state;
	static const char *const zones[] = { "Europe/Paris", "America/New_York", "Australia/Lord_Howe",
					     "Asia/Kathmandu" };
	static const char *const days[] = { "2026-03-29 00:00", "2026-10-25 00:00", "2026-03-08 00:00",
					    "2026-11-01 00:00", "2026-04-05 00:00", "2026-10-04 00:00" };
	for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
		AUTO(calendar_freep) struct calendar *c;
		assert_int_equal(calendar_new(&c, zones[z], NULL), 0);
		assert_int_equal(calendar_allow(c, SUNDAY | MONDAY, 4 * 60, 22 * 60, NULL), 0);
		setenv("TZ", zones[z], 1);
		tzset();
		for (size_t d = 0; d < sizeof days / sizeof *days; d++)
			for (int64_t at = utc(days[d]) - DAY; at < utc(days[d]) + 2 * DAY; at += 15 * 60) {
				struct tm tm;
				time_t t = at;
				localtime_r(&t, &tm);
				bool wanted = tm.tm_wday <= 1 && tm.tm_hour >= 4 && tm.tm_hour < 22;
				assert_int_equal(calendar_holds(c, at, 60), wanted);
				struct calendar_date date = calendar_date(c, at);
				assert_int_equal(date.day, tm.tm_mday);
				assert_int_equal(date.month, tm.tm_mon + 1);
			}
	}
	unsetenv("TZ");
	tzset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_hours_every_moment_is_allowed),
		cmocka_unit_test(the_window_has_to_fit_whole),
		cmocka_unit_test(a_window_that_no_slot_holds_is_told_the_longest),
		cmocka_unit_test(hours_over_midnight_are_one),
		cmocka_unit_test(both_sundays_of_daylight_saving_time_are_right),
		cmocka_unit_test(what_the_clock_skips_or_shows_twice_is_not_used_in_doubt),
		cmocka_unit_test(holidays_and_blackouts_are_left_out),
		cmocka_unit_test(what_is_no_hour_day_or_zone_is_refused),
		cmocka_unit_test(every_minute_is_as_the_librarys_clock_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
