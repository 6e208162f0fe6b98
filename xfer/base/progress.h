/* progress.h - where a run stands, as data: for meters, deadlines and those who watch. A plain value. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Where a run stands. Within a phase nothing here goes back, done never passes total, and equals it at the end. Sizes are
 * those of the listing: what a file has become since does not count. */
struct progress {
	const char *phase; /* "transfer", "verify" */
	uint64_t done_bytes, total_bytes, done_items, total_items;
	bool total_known; /* the scan has ended */

	/* The content that has to be transferred, or read to be compared, as far as is known; and what of it is done. What is
	 * there already, by size and time, is none of it. */
	uint64_t asked_bytes, asked_items, handled_bytes, handled_items;
	uint64_t
		moved_bytes; /* handled, but for what was there already, of an interrupted run, or is a hole: the speed */
};
