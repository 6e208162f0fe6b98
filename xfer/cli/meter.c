#include "xfer/cli/meter.h"

#include <stdio.h>
#include <string.h>

#include "xfer/base/clock.h"

#define SPACING (CLOCK_SECOND / 5)

static const struct meter_sample *sample(const struct meter *m, size_t age)
{
	return &m->samples[(m->next + METER_SAMPLES - 1 - age) % METER_SAMPLES];
}

void meter_feed(struct meter *m, const struct progress *p, uint64_t now)
{
	const struct meter_sample *last = m->count ? sample(m, 0) : NULL;
	if (last && (strncmp(m->phase, p->phase, sizeof m->phase - 1) || p->moved_bytes < last->bytes ||
		     p->handled_items < last->items)) {
		m->count = 0;
		last = NULL;
	}
	if (last && now - last->at < SPACING)
		return;
	snprintf(m->phase, sizeof m->phase, "%s", p->phase);
	m->samples[m->next] = (struct meter_sample){ now, p->moved_bytes, p->handled_items };
	m->next = (m->next + 1) % METER_SAMPLES;
	if (m->count < METER_SAMPLES)
		m->count++;
}

/* The oldest sample within the window; NULL when there is nothing to compare with. */
static const struct meter_sample *oldest(const struct meter *m)
{
	const struct meter_sample *found = NULL;
	for (size_t age = 1; age < m->count; age++) {
		const struct meter_sample *s = sample(m, age);
		/* one sample is taken however old: after a silence it is all that is known */
		if (found && sample(m, 0)->at - s->at > METER_WINDOW)
			break;
		found = s;
	}
	return found;
}

static double per_second(uint64_t from, uint64_t to, uint64_t nanoseconds)
{
	return nanoseconds ? (double)(to - from) * (double)CLOCK_SECOND / (double)nanoseconds : 0;
}

uint64_t meter_bytes_per_s(const struct meter *m)
{
	const struct meter_sample *from = oldest(m);
	return from ? (uint64_t)per_second(from->bytes, sample(m, 0)->bytes, sample(m, 0)->at - from->at) : 0;
}

static double left(uint64_t done, uint64_t total, double rate)
{
	if (done >= total)
		return 0;
	return rate > 0 ? (double)(total - done) / rate : 1e18;
}

uint64_t meter_eta(const struct meter *m, const struct progress *p)
{
	const struct meter_sample *from = oldest(m);
	if (p->total_known && p->done_bytes >= p->total_bytes && p->done_items >= p->total_items)
		return 0;
	if (!p->total_known || !from)
		return METER_UNKNOWN;
	const struct meter_sample *to = sample(m, 0);
	uint64_t passed = to->at - from->at;
	/* many small files go by items, few large ones by bytes: what takes longer decides */
	double bytes = left(p->done_bytes, p->total_bytes, per_second(from->bytes, to->bytes, passed));
	double items = left(p->done_items, p->total_items, per_second(from->items, to->items, passed));
	/* within one large file no item ends for a while, and that says nothing */
	double s = bytes > items || items > 1e17 ? bytes : items;
	return s > 1e9 ? METER_UNKNOWN : (uint64_t)(s + 0.5);
}

static unsigned percent(const struct progress *p)
{
	uint64_t done = p->total_bytes ? p->done_bytes : p->done_items;
	uint64_t total = p->total_bytes ? p->total_bytes : p->total_items;
	/* the last bytes may be there before the last names */
	if (done >= total)
		return p->done_items < p->total_items ? 99 : 100;
	return (unsigned)((double)done / (double)total * 100);
}

char *meter_line(const struct meter *m, const struct progress *p, char *out, size_t cap)
{
	char line[256], end[64] = "";
	uint64_t eta = meter_eta(m, p);
	if (eta != METER_UNKNOWN)
		snprintf(end, sizeof end, "  ETA %s", figure_clock(eta).text);

	const char *rate = "B/s";
	struct figure speed = figure_units(meter_bytes_per_s(m));
	if (p->total_known)
		snprintf(line, sizeof line, "%s: %3u%%  %sB of %sB  %s of %s items  %s%s%s", p->phase,
			 percent(p), figure_units(p->done_bytes).text, figure_units(p->total_bytes).text,
			 figure_count(p->done_items).text, figure_count(p->total_items).text, speed.text,
			 rate, end);
	else
		snprintf(line, sizeof line, "%s: %sB of %sB found so far  %s of %s items  %s%s", p->phase,
			 figure_units(p->done_bytes).text, figure_units(p->total_bytes).text,
			 figure_count(p->done_items).text, figure_count(p->total_items).text, speed.text,
			 rate);
	snprintf(out, cap, "%s", line);
	return out;
}
