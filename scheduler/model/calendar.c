#include "scheduler/model/calendar.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>

#include "xfer/base/buf.h"

#define DAY_S INT64_C(86400)

/* [from, until) */
struct span {
	int64_t from, until;
};

struct hours {
	unsigned days, from, to;
};

struct calendar {
	GTimeZone *zone;
	GArray *hours;	   /* struct hours */
	GArray *holidays;  /* int64_t, days since 1970 */
	GArray *blackouts; /* struct span, by their beginning, none touching another */
};

int calendar_new(struct calendar **out, const char *zone, struct err *err)
{
	GTimeZone *z = g_time_zone_new_identifier(zone);
	if (!z)
		return err_say(err, -EINVAL, "time zone %s: there is none of this name", zone);
	struct calendar *c = calloc(1, sizeof *c);
	if (!c) {
		g_time_zone_unref(z);
		return err_set(err, -ENOMEM, "calendar");
	}
	*c = (struct calendar){
		.zone = z,
		.hours = g_array_new(FALSE, FALSE, sizeof(struct hours)),
		.holidays = g_array_new(FALSE, FALSE, sizeof(int64_t)),
		.blackouts = g_array_new(FALSE, FALSE, sizeof(struct span)),
	};
	*out = c;
	return 0;
}

void calendar_free(struct calendar *c)
{
	if (!c)
		return;
	g_time_zone_unref(c->zone);
	g_array_unref(c->hours);
	g_array_unref(c->holidays);
	g_array_unref(c->blackouts);
	free(c);
}

void calendar_freep(struct calendar **c)
{
	calendar_free(*c);
}

/* Days since 1970 by the proleptic Gregorian calendar. */
static int64_t day_of(const struct calendar_date *d)
{
	GDate date, first;
	g_date_set_dmy(&date, (GDateDay)d->day, (GDateMonth)d->month, (GDateYear)d->year);
	g_date_set_dmy(&first, 1, G_DATE_JANUARY, 1970);
	return g_date_days_between(&first, &date);
}

static struct calendar_date date_of(int64_t day)
{
	GDate d;
	g_date_set_dmy(&d, 1, G_DATE_JANUARY, 1970);
	g_date_add_days(&d, (guint)day);
	return (struct calendar_date){ g_date_get_year(&d), g_date_get_month(&d), g_date_get_day(&d) };
}

/* 1970 was begun by a Thursday. */
static unsigned weekday(int64_t day)
{
	return 1u << (day + 3) % 7;
}

struct calendar_date calendar_plus(const struct calendar_date *d, int64_t days)
{
	return date_of(day_of(d) + days);
}

unsigned calendar_month_days(const struct calendar_date *d)
{
	return g_date_get_days_in_month((GDateMonth)d->month, (GDateYear)d->year);
}

int64_t calendar_days(const struct calendar_date *a, const struct calendar_date *b)
{
	return day_of(b) - day_of(a);
}

/* What is added to UTC at that moment. */
static int64_t offset(const struct calendar *c, int64_t at)
{
	gint i = g_time_zone_find_interval(c->zone, G_TIME_TYPE_UNIVERSAL, at);
	return g_time_zone_get_offset(c->zone, i);
}

struct calendar_date calendar_date(const struct calendar *c, int64_t at)
{
	return date_of((at + offset(c, at)) / DAY_S);
}

/* The zone's clock jumps forward somewhere in (from, until]: then. */
static int64_t jump(const struct calendar *c, int64_t from, int64_t until)
{
	int64_t before = offset(c, from);
	while (until - from > 1) {
		int64_t middle = from + (until - from) / 2;
		if (offset(c, middle) == before)
			from = middle;
		else
			until = middle;
	}
	return until;
}

/* The moment at which the zone's clock shows this, in seconds since 1970 by that clock; where it skips this, the moment of the
 * jump. Where it shows it twice the later one, or the earlier. */
static int64_t moment(const struct calendar *c, int64_t shown, bool later)
{
	int64_t before = shown - offset(c, shown - DAY_S), after = shown - offset(c, shown + DAY_S);
	bool before_is = before + offset(c, before) == shown, after_is = after + offset(c, after) == shown;
	if (!before_is && !after_is)
		return jump(c, after, before);
	if (before_is != after_is)
		return before_is ? before : after;
	return (before > after) == later ? before : after;
}

/* Hours. */

int calendar_allow(struct calendar *c, unsigned days, unsigned from, unsigned to, struct err *err)
{
	if (!days || days >= SUNDAY << 1 || from >= to || to > CALENDAR_DAY)
		return err_say(err, -EINVAL, "from minute %u to minute %u of a day: there are no such hours",
			       from, to);
	g_array_append_vals(c->hours, &(struct hours){ days, from, to }, 1);
	return 0;
}

int calendar_holiday(struct calendar *c, const struct calendar_date *d, struct err *err)
{
	if (d->year < 1970 || d->year > 9999 || d->month > 12 || d->day > 31 ||
	    !g_date_valid_dmy((GDateDay)d->day, (GDateMonth)d->month, (GDateYear)d->year))
		return err_say(err, -EINVAL, "%d-%02u-%02u: there is no such day", d->year, d->month, d->day);
	g_array_append_vals(c->holidays, &(int64_t){ day_of(d) }, 1);
	return 0;
}

static gint by_beginning(gconstpointer a, gconstpointer b)
{
	const struct span *x = a, *y = b;
	return (x->from > y->from) - (x->from < y->from);
}

/* Those that overlap or touch become one. */
static void merge(GArray *spans)
{
	guint kept = 0;
	g_array_sort(spans, by_beginning);
	for (guint i = 0; i < spans->len; i++) {
		struct span *last = kept ? &g_array_index(spans, struct span, kept - 1) : NULL;
		struct span s = g_array_index(spans, struct span, i);
		if (last && s.from <= last->until)
			last->until = s.until > last->until ? s.until : last->until;
		else
			g_array_index(spans, struct span, kept++) = s;
	}
	g_array_set_size(spans, kept);
}

int calendar_blackout(struct calendar *c, int64_t from, int64_t until, struct err *err)
{
	if (from >= until)
		return err_say(err, -EINVAL, "a blackout that ends before it begins");
	g_array_append_vals(c->blackouts, &(struct span){ from, until }, 1);
	merge(c->blackouts);
	return 0;
}

static bool is_holiday(const struct calendar *c, int64_t day)
{
	for (guint i = 0; i < c->holidays->len; i++)
		if (g_array_index(c->holidays, int64_t, i) == day)
			return true;
	return false;
}

static void add_day(GArray *out, const struct calendar *c, int64_t day)
{
	static const struct hours all = { .days = 2 * SUNDAY - 1, .to = CALENDAR_DAY };
	if (is_holiday(c, day))
		return;
	for (guint i = 0; i < c->hours->len || (i == 0 && !c->hours->len); i++) {
		struct hours h = c->hours->len ? g_array_index(c->hours, struct hours, i) : all;
		/* a day begins with its first midnight, so that nothing is between two days */
		struct span s = { moment(c, day * DAY_S + h.from * INT64_C(60), h.from > 0),
				  moment(c, day * DAY_S + h.to * INT64_C(60), false) };
		if (h.days & weekday(day) && s.from < s.until)
			g_array_append_vals(out, &s, 1);
	}
}

/* Adds what of s is outside of all blackouts. */
static void add_outside(GArray *out, const struct calendar *c, struct span s)
{
	for (guint i = 0; i < c->blackouts->len && s.from < s.until; i++) {
		const struct span *b = &g_array_index(c->blackouts, struct span, i);
		if (b->until <= s.from)
			continue;
		if (b->from >= s.until)
			break;
		if (b->from > s.from)
			g_array_append_vals(out, (&(struct span){ s.from, b->from }), 1);
		s.from = b->until;
	}
	if (s.from < s.until)
		g_array_append_vals(out, &s, 1);
}

static void unref_array(GArray **a)
{
	g_array_unref(*a);
}

/* What may be used from then on, for so many days and one before. */
static GArray *usable(const struct calendar *c, int64_t from, unsigned days)
{
	AUTO(unref_array) GArray *hours = g_array_new(FALSE, FALSE, sizeof(struct span));
	GArray *out = g_array_new(FALSE, FALSE, sizeof(struct span));
	int64_t first = (from + offset(c, from)) / DAY_S - 1;
	for (int64_t day = first; day <= first + days + 1; day++)
		add_day(hours, c, day);
	merge(hours);
	for (guint i = 0; i < hours->len; i++)
		add_outside(out, c, g_array_index(hours, struct span, i));
	return out;
}

/* As calendar_find, with so many days. */
static int find(const struct calendar *c, struct span wanted, unsigned days, int64_t *start, int64_t *longest)
{
	AUTO(unref_array) GArray *spans = usable(c, wanted.from, days);
	*longest = 0;
	for (guint i = 0; i < spans->len; i++) {
		struct span s = g_array_index(spans, struct span, i);
		s.from = s.from > wanted.from ? s.from : wanted.from;
		if (s.until > s.from && s.until - s.from >= wanted.until - wanted.from) {
			*start = s.from;
			return 0;
		}
		*longest = s.until - s.from > *longest ? s.until - s.from : *longest;
	}
	return -ENOENT;
}

int calendar_find(const struct calendar *c, int64_t from, int64_t seconds, int64_t *start, int64_t *longest)
{
	return find(c, (struct span){ from, from + seconds }, CALENDAR_HORIZON, start, longest);
}

bool calendar_holds(const struct calendar *c, int64_t start, int64_t seconds)
{
	int64_t first, longest;
	unsigned days = (unsigned)(seconds / DAY_S) + 1;
	return !find(c, (struct span){ start, start + seconds }, days, &first, &longest) && first == start;
}
