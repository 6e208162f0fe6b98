/* connect.h - reaches the other side: a forked copy of ourselves, or xfer over ssh. */
#pragma once
#include "xfer/base/err.h"
#include "xfer/cli/endpoint.h"
#include "xfer/io/chan.h"
#include "xfer/tree/options.h"

/* The other side of a run in which both ends are here. */
int connect_local(struct chan **out, struct err *err);
/* Over ssh, or what -e, --xfer-path and --bootstrap say. quit: see link_set_quit. */
int connect_remote(struct chan **out, const struct endpoint *to, const struct options *o,
		   const volatile int *quit, struct err *err);
/* Seconds that the other side may be silent until it has spoken; 0: for ever. */
int connect_timeout(const struct options *o);
