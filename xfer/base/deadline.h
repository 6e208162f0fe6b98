/* deadline.h - can the work still end in time? The only place that decides (--deadline).
 *
 * It cannot when the time has come, or when what is known to be left would take longer than there is time, at the best
 * rate that was seen over any DEADLINE_WINDOW of this run. Rates of small files say nothing about large ones, nor the
 * other way: they are kept apart by the mean size in the window. Work made of as large files or smaller takes its bytes
 * at that window's rate at best, work made of larger ones its items; so what takes less of the two is certain to be
 * needed. Pure: the caller brings the time, in nanoseconds of one clock. A plain value, one owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "xfer/base/err.h"
#include "xfer/base/progress.h"

#define DEADLINE_WINDOW UINT64_C(3000000000)
#define DEADLINE_SPACING UINT64_C(500000000)
enum {
	DEADLINE_SAMPLES = 16,
	DEADLINE_KINDS = 4,   /* of work, by mean size */
	DEADLINE_WINDOWS = 4, /* of a kind, before it is believed */
};

struct deadline {
	uint64_t at; /* 0: none */
	struct progress last;
	struct deadline_sample {
		uint64_t at, bytes, items;
	} samples[DEADLINE_SAMPLES];
	size_t count;
	struct deadline_best {
		double bytes_per_s, items_per_s;
		unsigned windows;
	} best[DEADLINE_KINDS];
};

/* Reads "+SECONDS" or a time of RFC 3339 (2026-11-23T04:00:00Z, with fractions and an offset if need be). *left: nanoseconds
 * from wall until then, 0 when it has passed. -EINVAL. */
int deadline_parse(uint64_t *left, const char *text, struct timespec wall);

/* Notes where the run stands. A new phase begins anew. */
void deadline_feed(struct deadline *d, const struct progress *p, uint64_t now);

/* 0 while the work may end in time; -ETIME with the reason, how much is left and at which rate, when it cannot. */
int deadline_judge(const struct deadline *d, uint64_t now, struct err *err);
