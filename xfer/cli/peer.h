/* peer.h - the other side of a run as the user's side sees it: reached, greeted, and told what to do. One owner. */
#pragma once
#include "xfer/cli/config.h"
#include "xfer/cli/endpoint.h"
#include "xfer/cli/pace.h"
#include "xfer/tree/options.h"
#include "xfer/wire/hello.h"

struct peer {
	const char *name; /* for people; borrowed from the endpoint */
	struct link *link;
	struct hello hello;
	const struct hello *behind; /* given: see hello_send_for */
	int status;		    /* exit status, where an error's code does not say it; else 0 */
};

/* What ends a run from outside, and what slows it down. */
struct peer_watch {
	const volatile int *quit; /* see link_set_quit */
	struct pace *pace;
	link_idle *idle; /* what is done until it answers, or NULL */
	void *idle_ctx;
};

/* Reaches it (a host of NULL: a forked copy of ourselves) and says HELLO both ways; until the other side has spoken,
 * --contimeout counts, or else --timeout. 0 or -errno; *p is to be freed by peer_close whatever is returned. */
int peer_open(struct peer *p, const struct endpoint *at, const struct options *o,
	      const struct peer_watch *watch, struct err *err);
/* Sends CONFIG: what config_put made. */
int peer_configure(struct peer *p, const struct buf *config, struct err *err);
void peer_close(struct peer *p);
