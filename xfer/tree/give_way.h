/* give_way.h - what the loops of sender and receiver do between two pieces of work. One owner. */
#pragma once
#include "xfer/io/gentle.h"
#include "xfer/tree/options.h"
#include "xfer/wire/link.h"

/* link_tick; with --nice, pauses while the host is under pressure, and keeps the link alive meanwhile. 0 or link_tick's
 * error. */
int give_way(struct gentle_pause *pause, const struct options *o, struct link *link, struct err *err);
