/* lifeline.h - the moving of bytes between who is here (app) and a lasting stream's link, one turn at a time: what the two ends of an
 * agent's link (caller.h, keeper.h) have in common. They decide what becomes of a lost link. One owner. */
#pragma once
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "dbdump/agent/lasting.h"
#include "xfer/io/chan.h"

struct lifeline {
	struct lasting *stream;
	struct chan *app;
	struct chan *link;	     /* NULL: there is none now */
	bool app_ended;		     /* it says no more */
	bool told;		     /* it was told that nothing more comes */
	uint64_t heard_at, spoke_at; /* clock_now of the link's last byte, each way */
	unsigned silence_s;	     /* of the link's, after which it is lost */
};

/* Takes app in any case. */
int lifeline_init(struct lifeline *l, struct chan *app, unsigned silence_s, struct err *err);
/* Closes both channels. */
void lifeline_fini(struct lifeline *l);

/* As lasting_join; takes the link in any case. */
int lifeline_join(struct lifeline *l, struct chan *link, uint64_t received, const void *first, size_t len,
		  struct err *err);
/* Closes the link. at_once: without giving its child time to end by itself. */
void lifeline_part(struct lifeline *l, bool at_once);

/* Waits for something to do, a second at most, and does it; also is waited for too. An error is the link's, and then it is of no
 * use any more; -ECONNABORTED: the session's. */
int lifeline_turn(struct lifeline *l, struct pollfd *also, struct err *err);
