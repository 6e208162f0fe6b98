#include "dbdump/gate.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "dbdump/thread.h"
#include "xfer/base/clock.h"
#include "xfer/base/cond.h"
#include "xfer/base/rate.h"

enum {
	LOOK_MS = 500, /* at the servers' load */
	STOP_MS = 100, /* after so long at most it is seen that the run stops */
};

struct gate {
	struct gate_job job;
	pthread_mutex_t lock; /* of what follows */
	struct cond changed;  /* busy or taken */
	struct cond ending;
	struct rate rate;
	bool busy;  /* the load is too high */
	bool taken; /* the place */
	bool ends;
	pthread_t thread;
	bool has_thread;
};

bool gate_expects_large(const struct table *t)
{
	/* not all rows are as large as their mean */
	return t->large_rows ||
	       (t->data_bytes / (t->rows ? t->rows : 1) >= GATE_LARGE / 8 && t->data_bytes >= GATE_LARGE);
}

static bool too_much(const struct gate_job *j)
{
	for (size_t i = 0; i < 2; i++)
		if (j->sessions[i] && j->engine->load(j->sessions[i]) > j->options->max_load)
			return true;
	return false;
}

static void *look_at_load(void *arg)
{
	struct gate *g = arg;
	pthread_mutex_lock(&g->lock);
	while (!g->ends) {
		pthread_mutex_unlock(&g->lock);
		bool busy = too_much(&g->job);
		pthread_mutex_lock(&g->lock);
		g->busy = busy;
		cond_wake_all(&g->changed);
		while (!g->ends && cond_wait_ms(&g->ending, &g->lock, LOOK_MS))
			;
	}
	pthread_mutex_unlock(&g->lock);
	return NULL;
}

int gate_new(struct gate **out, const struct gate_job *job, struct err *err)
{
	struct gate *g = calloc(1, sizeof *g);
	if (!g)
		return err_set(err, -ENOMEM, "gate");
	g->job = *job;
	pthread_mutex_init(&g->lock, NULL);
	rate_set(&g->rate, job->options->bwlimit, clock_now());
	if (job->options->max_load) {
		g->busy = true; /* until they have said that they are not */
		int rc = thread_start(&g->thread, look_at_load, g);
		g->has_thread = rc == 0;
		if (rc < 0) {
			gate_free(g);
			return err_set(err, rc, "thread");
		}
	}
	*out = g;
	return 0;
}

void gate_free(struct gate *g)
{
	if (!g)
		return;
	pthread_mutex_lock(&g->lock);
	g->ends = true;
	cond_wake_one(&g->ending);
	pthread_mutex_unlock(&g->lock);
	if (g->has_thread)
		pthread_join(g->thread, NULL);
	pthread_mutex_destroy(&g->lock);
	free(g);
}

/* Takes what may go of the bytes, and waits a little for the rest; the lock is held. */
static void take(struct gate *g, size_t *bytes)
{
	if (g->busy) {
		cond_wait_ms(&g->changed, &g->lock, STOP_MS);
		return;
	}
	uint64_t now = clock_now();
	size_t room = rate_room(&g->rate, now), n = *bytes < room ? *bytes : room;
	rate_take(&g->rate, n);
	*bytes -= n;
	int ms = rate_wait_ms(&g->rate, now);
	if (*bytes && ms)
		cond_wait_ms(&g->changed, &g->lock, ms < STOP_MS ? ms : STOP_MS);
}

int gate_pass(struct gate *g, size_t bytes)
{
	int rc = watch_stopped(g->job.watch, NULL);
	pthread_mutex_lock(&g->lock);
	while (bytes && !rc) {
		take(g, &bytes);
		rc = watch_stopped(g->job.watch, NULL);
	}
	pthread_mutex_unlock(&g->lock);
	return rc ? -ECANCELED : 0;
}

int gate_take_place(struct gate *g)
{
	int rc = 0;
	pthread_mutex_lock(&g->lock);
	while (g->taken && !(rc = watch_stopped(g->job.watch, NULL)))
		cond_wait_ms(&g->changed, &g->lock, STOP_MS);
	if (!rc)
		g->taken = true;
	pthread_mutex_unlock(&g->lock);
	return rc ? -ECANCELED : 0;
}

void gate_give_place(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	CHECK(g->taken);
	g->taken = false;
	cond_wake_all(&g->changed);
	pthread_mutex_unlock(&g->lock);
}
