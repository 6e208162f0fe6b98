/* serve.h - the daemon: looks at the store again and again, and starts a process for each piece of work that is due; each of those
 * carries it through by itself, and goes on when the daemon is gone. What is under way is known by locks (lock.h), not by memory, so a
 * daemon that was killed is replaced by the next one.
 *
 * work_quit: nothing new is started; when the last of its processes has ended it returns. One daemon a store. One thread. */
#pragma once
#include "scheduler/site/site.h"
#include "xfer/base/err.h"

struct serve {
	const struct site *site;
	const char *config; /* its path, for the workers */
	int log;	    /* descriptor */
	bool once;	    /* returns when nothing is due and nothing runs */
};

/* 0; -EAGAIN: another one serves this store; and the store's errors of the beginning. Later ones are logged, and tried again. */
int serve_run(const struct serve *v, struct err *err);

/* What a worker of it does: kind is "cutover" or "ahead" (who: an account's id), or "campaign" (a name). 0; -EAGAIN: somebody else is
 * at it. */
int serve_work(const struct serve *v, const char *kind, const char *who, struct err *err);
