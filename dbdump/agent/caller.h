/* caller.h - the caller's end of a lasting stream to `dbdump agent` on another host. A process of its own runs the remote shell, and runs
 * it again where the link is lost: cut, silent, or damaged on the way. Whoever opened it has a channel as if none of that happened, and
 * it ends when that is closed; it says to the agent that it is over even where its parent was killed.
 *
 * It gives up where for wait_s seconds no link carried anything, or stood for twice silence_s, or the agent says that it is not there any
 * more; what then comes is the channel's end, and why stands in the news. ssh asks for a password each time, where it needs one. */
#pragma once
#include <stdatomic.h>

#include "xfer/base/err.h"
#include "xfer/base/strings.h"
#include "xfer/io/chan.h"

struct caller_job {
	const struct strings *words; /* the remote shell's, and what it is to run */
	unsigned wait_s;	     /* 0: a lost link ends it */
	unsigned silence_s;	     /* without a sign of life after which a link is lost */
	int foreign;		     /* a descriptor that the process must not keep; -1: none */
};

/* Memory that both processes see. */
struct caller_news {
	_Atomic unsigned lost, resumed;
	/* valid at the channel's end; code 0: it was no fault of the link's, or the remote shell ended before it was one */
	struct err err;
};

int caller_open(struct chan **out, struct caller_news **news, const struct caller_job *job, struct err *err);
/* May be NULL. */
void caller_forget(struct caller_news *news);
