/* row.h - rows as lines (engine.h): tab between values, newline, tab and backslash in them escaped, NULL as \N. Pure. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "dbdump/catalog.h"
#include "xfer/base/buf.h"

/* Appends a row's line. values[i] NULL is NULL. b->failed tells of no memory. */
void row_line(struct buf *b, char *const *values, const unsigned long *len, size_t columns);
/* For people: engine.row_name. */
char *my_row_name(const struct table *t, const uint8_t *line, size_t len, char *out, size_t cap);
