/* overlap.h - on one host: would the run write into its own source, or read what it writes? */
#pragma once
#include "xfer/base/err.h"
#include "xfer/tree/walk.h"

/* ready: READY's payload (transfer.h). 0, or -EXDEV with a sentence that names both when the destination is inside a
 * source, a source inside what would be written, or both are the same; -EPROTO when it does not parse. */
int overlap_refuse(const struct pick *root, const uint8_t *ready, size_t len, struct err *err);
