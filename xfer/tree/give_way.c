#include "xfer/tree/give_way.h"

#include <poll.h>

#include "xfer/base/clock.h"

enum { NAP_MS = 100 };

int give_way(struct gentle_pause *pause, const struct options *o, struct link *link, struct err *err)
{
	int r = link_tick(link, err);
	while (r == 0 && o->nice && gentle_is_due(pause, clock_now())) {
		(void)poll(NULL, 0, NAP_MS);
		r = link_tick(link, err);
	}
	return r;
}
