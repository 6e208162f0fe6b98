#include "tests/fuzz/turns.h"

#include "xfer/io/chan.h"

static void (*next_turn)(void *ctx);
static void *turn_ctx;

int __real_chan_wait(struct chan *c, bool want_read, bool want_write, int timeout_ms);
int __wrap_chan_wait(struct chan *c, bool want_read, bool want_write, int timeout_ms);

void turns_set(void (*next)(void *ctx), void *ctx)
{
	next_turn = next;
	turn_ctx = ctx;
}

int __wrap_chan_wait(struct chan *c, bool want_read, bool want_write, int timeout_ms)
{
	if (want_read && next_turn)
		next_turn(turn_ctx);
	return __real_chan_wait(c, want_read, want_write, timeout_ms);
}
