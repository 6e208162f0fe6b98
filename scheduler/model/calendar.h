/* calendar.h - when a cutover may begin: hours of the week in a time zone, without holidays and blackouts.
 *
 * Moments are seconds since 1970 UTC. Hours are by the zone's clock, so that a slot is an hour shorter or longer where daylight
 * saving time begins or ends within it; of an hour that the clock shows twice, what could count as outside does. A calendar
 * without hours allows all of them. Reads the system's time zones when it is made, and nothing later; one thread at a time. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xfer/base/err.h"

enum {
	MONDAY = 1,
	TUESDAY = 1 << 1,
	WEDNESDAY = 1 << 2,
	THURSDAY = 1 << 3,
	FRIDAY = 1 << 4,
	SATURDAY = 1 << 5,
	SUNDAY = 1 << 6,
	BUSINESS_DAYS = MONDAY | TUESDAY | WEDNESDAY | THURSDAY | FRIDAY,
	CALENDAR_DAY = 24 * 60, /* minutes of a day by the clock */
	CALENDAR_HORIZON = 366, /* days that are looked at */
};

struct calendar;

struct calendar_date {
	int year;
	unsigned month, day; /* from 1 */
};

/* zone: as in /usr/share/zoneinfo, "Europe/Paris". -EINVAL: there is none of this name. */
int calendar_new(struct calendar **out, const char *zone, struct err *err);
void calendar_free(struct calendar *c);
void calendar_freep(struct calendar **c);

/* On these days from minute to minute after midnight, from < to <= CALENDAR_DAY. Hours that touch, over midnight too, are one.
 * -EINVAL: there are no such hours. */
int calendar_allow(struct calendar *c, unsigned days, unsigned from, unsigned to, struct err *err);
/* That day has no hours. -EINVAL: no such day. */
int calendar_holiday(struct calendar *c, const struct calendar_date *day, struct err *err);
/* Nothing from then until then, whatever the hours say. Blackouts may overlap. -EINVAL: it ends before it begins. */
int calendar_blackout(struct calendar *c, int64_t from, int64_t until, struct err *err);

/* May all of [start, start + seconds) be used? */
bool calendar_holds(const struct calendar *c, int64_t start, int64_t seconds);
/* The first such start that is not before `from`. -ENOENT: there is none within CALENDAR_HORIZON days; *longest is then the
 * longest time at a stretch, in seconds, that there would be. */
int calendar_find(const struct calendar *c, int64_t from, int64_t seconds, int64_t *start, int64_t *longest);

/* The date that the zone's clock shows then. */
struct calendar_date calendar_date(const struct calendar *c, int64_t at);
struct calendar_date calendar_plus(const struct calendar_date *d, int64_t days);
unsigned calendar_month_days(const struct calendar_date *d);
/* Days from a to b; negative when b comes first. */
int64_t calendar_days(const struct calendar_date *a, const struct calendar_date *b);
