#include "scheduler/site/hours.h"

#include <ctype.h>
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

enum { ITEM_MOST = 80 };

/* The next item, without spaces around it, into out. False: there is none. *bad: it is too long. */
static bool next_item(const char **text, char out[ITEM_MOST], bool *bad)
{
	const char *p = *text;
	p += strspn(p, ", \t");
	size_t n = strcspn(p, ",");
	*text = p + n;
	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	*bad = n >= ITEM_MOST;
	snprintf(out, ITEM_MOST, "%.*s", (int)(*bad ? ITEM_MOST - 1 : n), p);
	return n > 0;
}

static int each_item(struct calendar *c, const char *text,
		     int (*add)(struct calendar *c, const char *item, struct err *err), struct err *err)
{
	char item[ITEM_MOST];
	bool bad;
	int status = 0;
	while (!status && next_item(&text, item, &bad)) {
		status = bad ? err_say(err, -EINVAL, "it is too long") : add(c, item, err);
		if (status)
			err_context(err, "\"%s\"", item);
	}
	return status;
}

/* Its number from Monday on; -1: none of the seven. */
static int day_number(const char *name, size_t len)
{
	static const char *const names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	for (int i = 0; i < 7; i++)
		if (len == 3 && !strncmp(names[i], name, 3))
			return i;
	return -1;
}

/* "mon-fri" or "sat"; 0: neither. */
static unsigned days_of(const char *text, size_t len)
{
	int first = day_number(text, len < 3 ? len : 3), last = first;
	if (len == 7 && text[3] == '-')
		last = day_number(text + 4, 3);
	else if (len != 3)
		return 0;
	if (first < 0 || last < 0)
		return 0;
	unsigned days = 0;
	for (int day = first;; day = (day + 1) % 7) {
		days |= 1u << day;
		if (day == last)
			return days;
	}
}

/* "09:00-17:00" */
static bool minutes_of(const char *text, unsigned *from, unsigned *to)
{
	unsigned h[2], m[2];
	int end = 0;
	if (strlen(text) != 11 || strspn(text, "0123456789:-") != 11 ||
	    sscanf(text, "%2u:%2u-%2u:%2u%n", &h[0], &m[0], &h[1], &m[1], &end) != 4 || end != 11 ||
	    m[0] > 59 || m[1] > 59)
		return false;
	*from = h[0] * 60 + m[0];
	*to = h[1] * 60 + m[1];
	return true;
}

static int add_hours(struct calendar *c, const char *item, struct err *err)
{
	size_t n = strcspn(item, " ");
	unsigned days = days_of(item, n), from, to;
	if (!days || !minutes_of(item + n + strspn(item + n, " "), &from, &to))
		return err_say(err, -EINVAL, "hours are written as in mon-fri 09:00-17:00");
	return calendar_allow(c, days, from, to, err);
}

int hours_add(struct calendar *c, const char *text, struct err *err)
{
	return each_item(c, text, add_hours, err);
}

static int add_holiday(struct calendar *c, const char *item, struct err *err)
{
	struct calendar_date d;
	int end = 0;
	if (strlen(item) != 10 || strspn(item, "0123456789-") != 10 ||
	    sscanf(item, "%4d-%2u-%2u%n", &d.year, &d.month, &d.day, &end) != 3 || end != 10)
		return err_say(err, -EINVAL, "a day is written as in 2026-12-25");
	return calendar_holiday(c, &d, err);
}

int hours_add_holidays(struct calendar *c, const char *text, struct err *err)
{
	return each_item(c, text, add_holiday, err);
}

int hours_moment(int64_t *out, const char *text)
{
	/* GLib wants seconds */
	char full[ITEM_MOST];
	size_t time = strcspn(text, "T ");
	bool has_seconds = strlen(text) > time + 6 && text[time + 6] == ':';
	if (strlen(text) < 17 || strlen(text) > 40 || time != 10)
		return -EINVAL;
	snprintf(full, sizeof full, "%.16s%s%s", text, has_seconds ? "" : ":00", text + 16);
	GDateTime *t = g_date_time_new_from_iso8601(full, NULL);
	if (!t)
		return -EINVAL;
	*out = g_date_time_to_unix(t);
	g_date_time_unref(t);
	return 0;
}

static int add_blackout(struct calendar *c, const char *item, struct err *err)
{
	char from[ITEM_MOST];
	size_t n = strcspn(item, "/");
	int64_t first, last;
	snprintf(from, sizeof from, "%.*s", (int)n, item);
	if (!item[n] || hours_moment(&first, from) || hours_moment(&last, item + n + 1))
		return err_say(err, -EINVAL,
			       "a blackout is written as in 2026-11-27T00:00Z/2026-12-01T00:00+01:00");
	return calendar_blackout(c, first, last, err);
}

int hours_add_blackouts(struct calendar *c, const char *text, struct err *err)
{
	return each_item(c, text, add_blackout, err);
}
