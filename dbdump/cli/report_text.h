/* report_text.h - the report as a person reads it in ten seconds: what came out of it, how much, what is proven, and how long
 * it took. Pure: appends lines to a struct line that the caller ends and flushes. */
#pragma once
#include "dbdump/cli/totals.h"
#include "dbdump/report.h"
#include "xfer/base/line.h"

struct report_style {
	bool dump;    /* nothing was compared */
	bool verify;  /* two databases were compared, nothing was copied */
	bool verbose; /* a line for each table, too */
};

void report_text(struct line *to, const struct report *r, const struct totals *t,
		 const struct report_style *style);
