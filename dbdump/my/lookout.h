/* lookout.h - watches over a lock while what it is held for goes to another host: where that takes nothing from us for too long the lock is
 * given up, for others wait for it. A thread of its own; any thread may enter and leave. All accept NULL but lookout_start. */
#pragma once
#include <stdbool.h>

#include "xfer/base/err.h"

struct lookout;

/* From now on, until lookout_end; release gives the lock up, from another thread. */
int lookout_start(struct lookout **out, void (*release)(void *ctx), void *ctx, unsigned limit_s,
		  struct err *err);
/* Around what may have to wait for the other host. */
void lookout_enter(struct lookout *l);
void lookout_leave(struct lookout *l);
/* It was given up. While it says no, it was not. */
bool lookout_gave_up(const struct lookout *l);
void lookout_end(struct lookout *l);
