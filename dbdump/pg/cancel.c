#include "dbdump/pg/cancel.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "dbdump/thread.h"
#include "xfer/base/cond.h"

enum { STOP_MS = 100 }; /* after so long at most it is seen that the run stops */

struct cancel {
	PGcancel *how;
	pthread_mutex_t lock; /* of what follows */
	struct cond changed;
	bool runs;
	unsigned owners; /* the connection, and the thread while it runs */
};

struct cancel *cancel_new(PGconn *pg)
{
	struct cancel *c = calloc(1, sizeof *c);
	if (!c || !(c->how = PQgetCancel(pg))) {
		free(c);
		return NULL;
	}
	pthread_mutex_init(&c->lock, NULL);
	c->owners = 1;
	return c;
}

/* The lock is held, and no more afterwards. */
static void leave(struct cancel *c)
{
	bool last = --c->owners == 0;
	pthread_mutex_unlock(&c->lock);
	if (!last)
		return;
	PQfreeCancel(c->how);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void cancel_free(struct cancel *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	leave(c);
}

static void *run(void *arg)
{
	struct cancel *c = arg;
	char why[256];
	PQcancel(c->how, why, sizeof why);
	pthread_mutex_lock(&c->lock);
	c->runs = false;
	cond_wake_all(&c->changed);
	leave(c);
	return NULL;
}

void cancel_start(struct cancel *c)
{
	pthread_t thread;
	pthread_mutex_lock(&c->lock);
	if (!c->runs && thread_start(&thread, run, c) == 0) {
		pthread_detach(thread);
		c->runs = true;
		c->owners++;
	}
	pthread_mutex_unlock(&c->lock);
}

void cancel_await(struct cancel *c, const atomic_bool *stop)
{
	cancel_start(c);
	pthread_mutex_lock(&c->lock);
	while (c->runs && !(stop && atomic_load(stop)))
		cond_wait_ms(&c->changed, &c->lock, STOP_MS);
	pthread_mutex_unlock(&c->lock);
}
