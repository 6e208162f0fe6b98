/* hours.h - hours, holidays and blackouts as a person writes them, into a calendar. Items are separated by commas; an empty text has
 * none. Each returns 0, or -EINVAL with the item in the text. Any thread. */
#pragma once
#include "scheduler/model/calendar.h"

/* "mon-fri 09:00-17:00, sat 10:00-12:00, sun 00:00-24:00"; a range of days may go over Sunday. */
int hours_add(struct calendar *c, const char *text, struct err *err);
/* "2026-12-25, 2027-01-01" */
int hours_add_holidays(struct calendar *c, const char *text, struct err *err);
/* "2026-11-27T00:00Z/2026-12-01T00:00+01:00": from then until then, each with its offset from UTC */
int hours_add_blackouts(struct calendar *c, const char *text, struct err *err);
/* A moment as RFC 3339 writes it; seconds may be missing, the offset may not. Seconds since 1970. -EINVAL, without a text. */
int hours_moment(int64_t *out, const char *text);
