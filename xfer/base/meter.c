#include "xfer/base/meter.h"

#include <stdio.h>
#include <string.h>

#include "xfer/base/clock.h"

#define SPACING (CLOCK_SECOND / 5)
#define KEPT 0.99 /* of the sums at each step: those of half a minute ago hardly count */
#define MIXED 0.1 /* one minus the square of a correlation */

static const struct meter_sample *sample(const struct meter *m, size_t age)
{
	return &m->samples[(m->next + METER_SAMPLES - 1 - age) % METER_SAMPLES];
}

static double seconds(uint64_t from, uint64_t to)
{
	return (double)(to - from) / (double)CLOCK_SECOND;
}

/* One step more, from the newest sample to this one. */
static void add_step(struct meter_sums *s, const struct meter_sample *from, const struct meter_sample *to)
{
	double time = seconds(from->at, to->at), bytes = (double)(to->bytes - from->bytes),
	       items = (double)(to->items - from->items);
	s->bytes_bytes = s->bytes_bytes * KEPT + bytes * bytes;
	s->bytes_items = s->bytes_items * KEPT + bytes * items;
	s->items_items = s->items_items * KEPT + items * items;
	s->time_bytes = s->time_bytes * KEPT + time * bytes;
	s->time_items = s->time_items * KEPT + time * items;
}

void meter_feed(struct meter *m, const struct progress *p, uint64_t now)
{
	const struct meter_sample *last = m->count ? sample(m, 0) : NULL;
	const struct meter_sample here = { now, p->moved_bytes, p->handled_items };
	if (last && (strncmp(m->phase, p->phase, sizeof m->phase - 1) || here.bytes < last->bytes ||
		     here.items < last->items)) {
		*m = (struct meter){ 0 };
		last = NULL;
	}
	/* before the first of it is moved, what is there is looked through: that time is none of the moving */
	bool moves = last && (m->count > 1 || here.bytes > last->bytes || here.items > last->items);
	if (last && !moves) {
		m->samples[(m->next + METER_SAMPLES - 1) % METER_SAMPLES] = here;
		return;
	}
	if (last && now - last->at < SPACING)
		return;
	if (last)
		add_step(&m->sums, last, &here);
	snprintf(m->phase, sizeof m->phase, "%s", p->phase);
	m->samples[m->next] = here;
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

uint64_t meter_bytes_per_s(const struct meter *m)
{
	const struct meter_sample *from = oldest(m), *to = from ? sample(m, 0) : NULL;
	if (!from || to->at == from->at)
		return 0;
	return (uint64_t)((double)(to->bytes - from->bytes) / seconds(from->at, to->at));
}

/* What a byte takes and what an item takes, in proportion. Between from and to something was done. */
static void weigh(const struct meter *m, const struct meter_sample *from, const struct meter_sample *to,
		  double *byte, double *item)
{
	const struct meter_sums *s = &m->sums;
	double det = s->bytes_bytes * s->items_items - s->bytes_items * s->bytes_items;
	*byte = s->time_bytes * s->items_items - s->time_items * s->bytes_items;
	*item = s->time_items * s->bytes_bytes - s->time_bytes * s->bytes_items;
	/* steps that were much alike, as of files of one size, do not tell */
	if (det > MIXED * s->bytes_bytes * s->items_items && *byte > 0 && *item > 0)
		return;
	double bytes = (double)(to->bytes - from->bytes), items = (double)(to->items - from->items);
	double time = seconds(from->at, to->at);
	*item = items * METER_ITEM > time / 2 ? time / 2 / items : METER_ITEM;
	*byte = bytes > 0 ? (time - *item * items) / bytes : 0;
}

static double behind(uint64_t done, uint64_t total)
{
	return done < total ? (double)(total - done) : 0;
}

uint64_t meter_eta(const struct meter *m, const struct progress *p)
{
	const struct meter_sample *from = oldest(m), *to = from ? sample(m, 0) : NULL;
	double bytes = behind(p->done_bytes, p->total_bytes), items = behind(p->done_items, p->total_items);
	if (p->total_known && bytes <= 0 && items <= 0)
		return 0;
	if (!p->total_known || !from || (to->bytes == from->bytes && to->items == from->items))
		return METER_UNKNOWN;
	double byte, item;
	weigh(m, from, to, &byte, &item);
	if (byte <= 0 && bytes > 0)
		return METER_UNKNOWN;
	double done = (double)(to->bytes - from->bytes) * byte + (double)(to->items - from->items) * item;
	double s = (bytes * byte + items * item) / done * seconds(from->at, to->at);
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
