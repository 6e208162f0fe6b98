/* report_text.h - the report as a person reads it in ten seconds: what came out of it, how many of what, how
 * long it took, and what was proven. For the verb verify, items.copied counts what is missing at the destination,
 * updated what is different, deleted what is only there, unchanged what is equal. Pure: appends lines to a struct line that the caller ends and flushes. */
#pragma once
#include <stdbool.h>

#include "xfer/base/line.h"
#include "xfer/tree/report.h"

struct report_style {
	bool verify; /* the verb: two trees were compared, nothing was copied */
	bool human;  /* -h: units instead of all the digits */
	bool stats;  /* --stats: more lines */
};

void report_text(struct line *to, const struct report *r, const struct report_style *style);
