/* size.h - sizes and rates as people write them. Pure. */
#pragma once
#include <stdint.h>

/* Reads a size as rsync does: digits with a fraction, B K M G T P, KB (1000) or KiB, and +1 or -1. -EINVAL. */
int size_parse(uint64_t *out, const char *text);
/* The same for a rate, with KiB where no suffix stands; 0, or 512 bytes at least. */
int size_parse_rate(uint64_t *out, const char *text);
#define SIZE_RATE_HINT "is not a rate per second such as 500 (KiB), 1.5m or 0 (no limit), from 512b on"
