/* narrow.h - which rows of a table are not the same at both ends, in bounded memory.
 *
 * A pass over both ends sums the rows' hashes by bucket; what follows looks only at rows in buckets that differ: further passes,
 * each over as many of these buckets as there is memory for, count each hash at both ends. A row that has the same key at both
 * ends and another content is changed. After NARROW_PASSES the count is a lower bound, and the report says so. */
#pragma once
#include "dbdump/rows.h"

enum { NARROW_PASSES = 16 };

/* Fills pair->report->narrowed. 0, also when the table cannot be read any more; or the error that ends the run. */
int narrow_table(const struct rows_job *job, struct rows_pair *pair, struct err *err);
