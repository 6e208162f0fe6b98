/* floats.h - floating point numbers before PostgreSQL 12, which wrote them with all digits that might matter: rewritten as later
 * versions write them, with the fewest that mean the same, so that equal values are equal lines. Pure. */
#pragma once
#include <stdbool.h>

#include "dbdump/catalog.h"
#include "xfer/base/buf.h"

/* Has the table columns that this is about? */
bool floats_in(const struct table *t);
/* Appends the line, of table t, with its numbers so written. */
void floats_line(struct buf *out, const struct table *t, const char *line, size_t len);
