/* meter.h - how fast it goes and when it ends, from a stream of progress values. What was there already is no speed: only
 * content that this run moves counts, and the end is expected from that alone.
 *
 * A byte takes time and an item takes time, and what is left may be other files than what was done. So both are taken from
 * what was seen where that was mixed enough to tell them apart, and by METER_ITEM where it was not; how fast all of it goes
 * is that of the last seconds. The caller brings the time, so nothing here reads a clock. A plain value, one owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xfer/base/figure.h"
#include "xfer/base/progress.h"

enum { METER_SAMPLES = 32 };		  /* a fifth of a second apart: a little over METER_WINDOW */
#define METER_WINDOW UINT64_C(5000000000) /* nanoseconds that the rate is taken over */
#define METER_UNKNOWN UINT64_MAX
#define METER_ITEM 100e-6 /* seconds that an item takes beside its bytes, as long as nothing else is known */

struct meter {
	struct meter_sample {
		uint64_t at, bytes, items; /* moved, handled */
	} samples[METER_SAMPLES];
	size_t count, next;
	/* sums over the samples' steps of time, bytes and items, older ones counting less: of what step = bytes x a + items x b
	 * is solved with, by least squares */
	struct meter_sums {
		double bytes_bytes, bytes_items, items_items, time_bytes, time_items;
	} sums;
	char phase[24];
};

/* Notes where the run stands. A new phase, or counters that went back, begin anew. now: nanoseconds. */
void meter_feed(struct meter *m, const struct progress *p, uint64_t now);

uint64_t meter_bytes_per_s(const struct meter *m);
/* Seconds until all is done; METER_UNKNOWN while the total or the rate is not known. */
uint64_t meter_eta(const struct meter *m, const struct progress *p);

/* The progress as one line of at most cap - 1 ASCII characters, no newline. Returns out. */
char *meter_line(const struct meter *m, const struct progress *p, char *out, size_t cap);
