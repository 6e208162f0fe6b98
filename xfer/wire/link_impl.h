/* link_impl.h - what the link's own files share. */
#pragma once
#include "xfer/wire/link.h"

enum { IN_SIZE = 2 * (FRAME_HEAD + FRAME_MAX), LAST_WORDS_MS = 5000 };

/* Looks for an ABORT in what was read, and in what still comes until the stream ends or is silent for LAST_WORDS_MS.
 * Returns its status, err filled and -ECONNABORTED, or 0. begun is not touched: who calls may still use what it read. */
int link_abort_await(struct chan *chan, const uint8_t *begun, size_t len, struct err *err);
