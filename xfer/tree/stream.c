#include "xfer/tree/stream.h"

void stream_progress(const struct tell *tell, uint64_t moved, const uint64_t *size, bool ended)
{
	struct progress p = {
		.phase = "transfer",
		.done_bytes = moved,
		.total_bytes = size && !ended && *size > moved ? *size : moved,
		.done_items = ended,
		.total_items = 1,
		.total_known = size || ended,
		.asked_items = 1,
		.handled_bytes = moved,
		.handled_items = ended,
		.moved_bytes = moved,
	};
	p.asked_bytes = p.total_bytes;
	if (tell->progress)
		tell->progress(tell->ctx, &p);
}
