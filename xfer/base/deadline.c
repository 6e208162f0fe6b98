#include "xfer/base/deadline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/clock.h"
#include "xfer/base/figure.h"

enum { SECONDS_MOST = 1000000000 }; /* thirty years: more is a typing error */

/* Exactly n digits at *text, which moves on. -1 when there are others. */
static int digits(const char **text, int n)
{
	int v = 0;
	for (; n; n--, ++*text) {
		if (**text < '0' || **text > '9')
			return -1;
		v = v * 10 + (**text - '0');
	}
	return v;
}

static int take(const char **text, const char *any)
{
	if (!**text || !strchr(any, **text))
		return -1;
	return *(*text)++;
}

static bool is_date(const struct tm *tm)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = tm->tm_year + 1900, month = tm->tm_mon;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return year >= 1970 && month >= 0 && month < 12 && tm->tm_mday >= 1 &&
	       tm->tm_mday <= days[month] + (month == 1 && leap) && tm->tm_hour >= 0 && tm->tm_hour < 24 &&
	       tm->tm_min >= 0 && tm->tm_min < 60 && tm->tm_sec >= 0 && tm->tm_sec <= 60;
}

/* "Z", "+02:00" or "-05:30" to the end of the text, as seconds east of Greenwich. */
static int parse_offset(int *out, const char *text)
{
	int sign = take(&text, "Zz+-");
	*out = 0;
	if (sign < 0)
		return -EINVAL;
	if (sign == '+' || sign == '-') {
		int hours = digits(&text, 2), colon = take(&text, ":"), minutes = digits(&text, 2);
		if (hours < 0 || hours > 23 || colon < 0 || minutes < 0 || minutes > 59)
			return -EINVAL;
		*out = (hours * 60 + minutes) * (sign == '+' ? 60 : -60);
	}
	return *text ? -EINVAL : 0;
}

static int parse_time(struct timespec *out, const char *text)
{
	struct tm tm = { 0 };
	int offset;
	tm.tm_year = digits(&text, 4) - 1900;
	bool marks = take(&text, "-") > 0;
	tm.tm_mon = digits(&text, 2) - 1;
	marks &= take(&text, "-") > 0;
	tm.tm_mday = digits(&text, 2);
	marks &= take(&text, "Tt ") > 0;
	tm.tm_hour = digits(&text, 2);
	marks &= take(&text, ":") > 0;
	tm.tm_min = digits(&text, 2);
	marks &= take(&text, ":") > 0;
	tm.tm_sec = digits(&text, 2);
	if (!marks || !is_date(&tm))
		return -EINVAL;
	*out = (struct timespec){ 0 };
	if (*text == '.') {
		size_t n = strspn(++text, "0123456789");
		long unit = 100000000;
		for (size_t i = 0; i < n; i++, unit /= 10)
			out->tv_nsec += unit * (text[i] - '0');
		text += n;
		if (!n)
			return -EINVAL;
	}
	if (parse_offset(&offset, text) < 0)
		return -EINVAL;
	out->tv_sec = timegm(&tm) - offset;
	return 0;
}

int deadline_parse(uint64_t *left, const char *text, struct timespec wall)
{
	if (*text == '+') {
		size_t n = strspn(text + 1, "0123456789");
		if (!n || text[1 + n] || n > 10)
			return -EINVAL;
		*left = strtoull(text + 1, NULL, 10) * CLOCK_SECOND;
	} else {
		struct timespec at;
		if (parse_time(&at, text) < 0)
			return -EINVAL;
		int64_t s = at.tv_sec - wall.tv_sec, ns = at.tv_nsec - wall.tv_nsec;
		if (s > SECONDS_MOST)
			return -EINVAL;
		ns = s < 0 ? -1 : s * (int64_t)CLOCK_SECOND + ns;
		*left = ns > 0 ? (uint64_t)ns : 0;
	}
	return *left > SECONDS_MOST * CLOCK_SECOND ? -EINVAL : 0;
}

/* By the mean size of what was done: up to 4 KiB, 64 KiB, 1 MiB, larger. */
static unsigned kind_of(uint64_t bytes, uint64_t items)
{
	unsigned kind = 0;
	if (!items)
		return DEADLINE_KINDS - 1;
	for (uint64_t mean = bytes / items; mean > 4096 && kind < DEADLINE_KINDS - 1; mean /= 16)
		kind++;
	return kind;
}

static void learn(struct deadline_best best[static DEADLINE_KINDS], const struct deadline_sample *from,
		  const struct deadline_sample *to)
{
	uint64_t bytes = to->bytes - from->bytes, items = to->items - from->items;
	if (!bytes && !items)
		return;
	double seconds = (double)(to->at - from->at) / (double)CLOCK_SECOND;
	struct deadline_best *b = &best[kind_of(bytes, items)];
	if ((double)bytes / seconds > b->bytes_per_s)
		b->bytes_per_s = (double)bytes / seconds;
	if ((double)items / seconds > b->items_per_s)
		b->items_per_s = (double)items / seconds;
	b->windows++;
}

void deadline_feed(struct deadline *d, const struct progress *p, uint64_t now)
{
	if (d->last.phase && strcmp(d->last.phase, p->phase) != 0)
		*d = (struct deadline){ .at = d->at };
	d->last = *p;
	struct deadline_sample *newest = d->count ? &d->samples[(d->count - 1) % DEADLINE_SAMPLES] : NULL;
	if (newest && now - newest->at < DEADLINE_SPACING)
		return;
	struct deadline_sample s = { now, p->handled_bytes, p->handled_items };
	d->samples[d->count++ % DEADLINE_SAMPLES] = s;
	/* the youngest that is old enough: a short window finds the best rate */
	for (size_t age = 2; age <= d->count && age <= DEADLINE_SAMPLES; age++) {
		const struct deadline_sample *from = &d->samples[(d->count - age) % DEADLINE_SAMPLES];
		if (now - from->at >= DEADLINE_WINDOW) {
			learn(d->best, from, &s);
			return;
		}
	}
}

/* Smaller files cannot give more bytes a second than larger ones, nor larger ones more items: so far each kind has at
 * least that. */
static struct deadline_best best_of(const struct deadline *d, unsigned kind)
{
	struct deadline_best b = d->best[kind];
	for (unsigned i = 0; i < DEADLINE_KINDS; i++) {
		if (i < kind && d->best[i].bytes_per_s > b.bytes_per_s)
			b.bytes_per_s = d->best[i].bytes_per_s;
		if (i > kind && d->best[i].items_per_s > b.items_per_s)
			b.items_per_s = d->best[i].items_per_s;
	}
	return b;
}

/* Seconds that what is left takes at least; *rate: the bytes per second of that kind of work. */
static double least_needed(const struct deadline *d, uint64_t bytes, uint64_t items, double *rate)
{
	double most = 0;
	*rate = 0;
	for (unsigned i = 0; i < DEADLINE_KINDS; i++) {
		struct deadline_best b = best_of(d, i);
		if (b.windows < DEADLINE_WINDOWS)
			continue;
		double by_bytes = b.bytes_per_s > 0 ? (double)bytes / b.bytes_per_s : 1e18;
		double by_items = b.items_per_s > 0 ? (double)items / b.items_per_s : 1e18;
		double needed = by_bytes < by_items ? by_bytes : by_items;
		if (needed < 1e18 && needed > most) {
			most = needed;
			*rate = b.bytes_per_s;
		}
	}
	return most;
}

int deadline_judge(const struct deadline *d, uint64_t now, struct err *err)
{
	const struct progress *p = &d->last;
	uint64_t bytes = p->asked_bytes - p->handled_bytes, items = p->asked_items - p->handled_items;
	if (!d->at)
		return 0;
	double rate, needed = least_needed(d, bytes, items, &rate);
	if (now >= d->at && !p->phase)
		return err_say(err, -ETIME, "the deadline had passed before anything was done");
	if (now >= d->at)
		return err_say(
			err, -ETIME,
			"the deadline has passed; %s of %s%s were left, and %s of %s items (best rate: %s/s)",
			figure_count(p->total_bytes - p->done_bytes).text,
			figure_bytes(p->total_bytes, false).text, p->total_known ? "" : " found so far",
			figure_count(p->total_items - p->done_items).text, figure_count(p->total_items).text,
			figure_bytes((uint64_t)rate, false).text);
	double left = (double)(d->at - now) / (double)CLOCK_SECOND;
	if (needed <= left)
		return 0;
	return err_say(
		err, -ETIME,
		"%s in %s items are left, which take %s at the best rate seen (%s/s); the deadline is in %s",
		figure_bytes(bytes, false).text, figure_count(items).text, figure_seconds(needed).text,
		figure_bytes((uint64_t)rate, false).text, figure_seconds(left).text);
}
