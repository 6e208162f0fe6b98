/* lines.h - are bytes that come from elsewhere rows, as engine.h has them? Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whole lines, each of so many columns, a backslash only where it begins an escape that rows have. So what is in a line is a value to whoever
 * writes it, as SQL or in any other way, and ends neither its string nor the rows ("\."). */
bool lines_are_rows(const uint8_t *lines, size_t len, size_t columns);
