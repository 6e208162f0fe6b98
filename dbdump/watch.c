#include "dbdump/watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dbdump/report_add.h"
#include "dbdump/sockets.h"
#include "dbdump/thread.h"
#include "xfer/base/clock.h"
#include "xfer/base/cond.h"
#include "xfer/base/deadline.h"

enum {
	TICK_MS = 200,
	CANCEL_TICKS = 5, /* from one cancel to the next */
	SEVER_TICKS = 25, /* from the first cancel on servers have so long for an answer */
};

struct watch {
	struct report *report;
	struct observer observer;
	pthread_t thread;

	pthread_mutex_t lock; /* of what follows */
	struct cond changed;
	struct progress progress;
	struct err stop; /* code 0: the run goes on */
	bool ends;	 /* the thread may */
	bool afresh;	 /* what the deadline has learnt is of another progress */

	pthread_mutex_t told; /* of the report, and of the observer's functions; taken before the other */

	pthread_mutex_t cancelling; /* of the sessions; held while one is cancelled */
	struct {
		const struct engine *engine;
		struct session *session;
	} sessions[WATCH_SESSIONS];

	struct deadline deadline; /* the thread's own */
};

int watch_stop(struct watch *w, const struct err *err)
{
	CHECK(err->code);
	pthread_mutex_lock(&w->lock);
	if (!w->stop.code)
		w->stop = *err;
	int code = w->stop.code;
	cond_wake_all(&w->changed);
	pthread_mutex_unlock(&w->lock);
	return code;
}

int watch_stopped(struct watch *w, struct err *err)
{
	pthread_mutex_lock(&w->lock);
	int code = w->stop.code;
	if (code && err)
		*err = w->stop;
	pthread_mutex_unlock(&w->lock);
	return code;
}

void watch_again(struct watch *w)
{
	pthread_mutex_lock(&w->cancelling);
	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < WATCH_SESSIONS; i++)
		CHECK(!w->sessions[i].session);
	w->stop = (struct err){ 0 };
	/* one that goes back is of another phase */
	w->progress = (struct progress){ .phase = "start again" };
	w->afresh = true;
	pthread_mutex_unlock(&w->lock);
	pthread_mutex_unlock(&w->cancelling);
	watch_tell(w);
}

int watch_pause(struct watch *w, unsigned ms)
{
	uint64_t now, until = clock_now() + (uint64_t)ms * (CLOCK_SECOND / 1000);
	pthread_mutex_lock(&w->lock);
	while (!w->stop.code && (now = clock_now()) < until)
		cond_wait_ms(&w->changed, &w->lock, (int)((until - now) / (CLOCK_SECOND / 1000)) + 1);
	int code = w->stop.code;
	pthread_mutex_unlock(&w->lock);
	return code;
}

static struct progress standing(struct watch *w)
{
	pthread_mutex_lock(&w->lock);
	struct progress p = w->progress;
	pthread_mutex_unlock(&w->lock);
	return p;
}

void watch_tell(struct watch *w)
{
	pthread_mutex_lock(&w->told);
	/* read behind the lock: what is told never goes back */
	struct progress p = standing(w);
	if (p.phase && w->observer.progress)
		w->observer.progress(w->observer.ctx, &p);
	pthread_mutex_unlock(&w->told);
}

static void cancel_all(struct watch *w, bool sever)
{
	pthread_mutex_lock(&w->cancelling);
	bool stopped = watch_stopped(w, NULL);
	if (sever && stopped)
		sockets_sever();
	for (size_t i = 0; i < WATCH_SESSIONS && stopped; i++)
		if (w->sessions[i].session)
			w->sessions[i].engine->cancel(w->sessions[i].session);
	pthread_mutex_unlock(&w->cancelling);
}

static void forget(struct watch *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->afresh)
		w->deadline = (struct deadline){ .at = w->deadline.at };
	w->afresh = false;
	pthread_mutex_unlock(&w->lock);
}

/* Does somebody want it to end? */
static void look(struct watch *w)
{
	struct err err = { 0 };
	forget(w);
	if (w->observer.quit && *w->observer.quit) {
		err_say(&err, -EINTR, "interrupted");
	} else if (w->deadline.at) {
		struct progress p = standing(w);
		uint64_t now = clock_now();
		if (p.phase)
			deadline_feed(&w->deadline, &p, now);
		deadline_judge(&w->deadline, now, &err);
	}
	if (err.code)
		watch_stop(w, &err);
}

/* Waits for a tick, or until the run stops or the thread may end. False: it may. */
static bool tick(struct watch *w, bool stopped)
{
	pthread_mutex_lock(&w->lock);
	while (!w->ends && (stopped || !w->stop.code) && cond_wait_ms(&w->changed, &w->lock, TICK_MS))
		;
	bool goes_on = !w->ends;
	pthread_mutex_unlock(&w->lock);
	return goes_on;
}

static void *keep_watch(void *arg)
{
	struct watch *w = arg;
	unsigned ticks = 0; /* since the stop */
	while (tick(w, ticks > 0)) {
		look(w);
		if (!watch_stopped(w, NULL)) {
			ticks = 0;
			watch_tell(w);
		} else if (ticks++ % CANCEL_TICKS == 0) {
			cancel_all(w, ticks > SEVER_TICKS);
		}
	}
	return NULL;
}

static void destroy(struct watch *w)
{
	pthread_mutex_destroy(&w->lock);
	pthread_mutex_destroy(&w->told);
	pthread_mutex_destroy(&w->cancelling);
	free(w);
}

int watch_new(struct watch **out, struct report *report, const struct observer *observer,
	      const char *deadline, struct err *err)
{
	uint64_t left = 0;
	struct timespec wall;
	clock_gettime(CLOCK_REALTIME, &wall);
	if (deadline && deadline_parse(&left, deadline, wall) < 0)
		return err_say(err, -EINVAL, "--deadline=%s: neither +SECONDS nor a time of RFC 3339",
			       deadline);
	struct watch *w = calloc(1, sizeof *w);
	if (!w)
		return err_set(err, -ENOMEM, "watch");
	w->report = report;
	w->observer = *observer;
	w->deadline.at = deadline ? clock_now() + left : 0;
	pthread_mutex_init(&w->lock, NULL);
	pthread_mutex_init(&w->told, NULL);
	pthread_mutex_init(&w->cancelling, NULL);
	int rc = thread_start(&w->thread, keep_watch, w);
	if (rc < 0) {
		destroy(w);
		return err_set(err, rc, "thread");
	}
	*out = w;
	return 0;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->ends = true;
	cond_wake_all(&w->changed);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	destroy(w);
}

void watch_session(struct watch *w, unsigned which, const struct engine *engine, struct session *s)
{
	CHECK(which < WATCH_SESSIONS);
	pthread_mutex_lock(&w->cancelling);
	w->sessions[which].engine = engine;
	w->sessions[which].session = s;
	pthread_mutex_unlock(&w->cancelling);
}

/* The report is what proves: without memory for it the run cannot go on. */
static void no_memory(struct watch *w)
{
	struct err err;
	err_set(&err, -ENOMEM, "report");
	watch_stop(w, &err);
}

void watch_warn(void *ctx, const char *text)
{
	struct watch *w = ctx;
	pthread_mutex_lock(&w->told);
	if (strings_add(&w->report->warnings, text, strlen(text)) < 0)
		no_memory(w);
	if (w->observer.warn)
		w->observer.warn(w->observer.ctx, text);
	pthread_mutex_unlock(&w->told);
}

void watch_failure(struct watch *w, const char *kind, const char *name, const struct err *err)
{
	pthread_mutex_lock(&w->told);
	const struct failure *f = report_failure(w->report, kind, name, err);
	if (!f)
		no_memory(w);
	else if (w->observer.failure)
		w->observer.failure(w->observer.ctx, f);
	pthread_mutex_unlock(&w->told);
}

void watch_connected(struct watch *w, bool source, const struct server_info *info, const struct snapshot *s)
{
	pthread_mutex_lock(&w->told);
	if (w->observer.connected)
		w->observer.connected(w->observer.ctx, source, info, s);
	pthread_mutex_unlock(&w->told);
}

void watch_answer(struct watch *w, const void *data, size_t len)
{
	pthread_mutex_lock(&w->told);
	if (w->observer.answer)
		w->observer.answer(w->observer.ctx, data, len);
	pthread_mutex_unlock(&w->told);
}

void watch_phase(struct watch *w, const char *phase)
{
	pthread_mutex_lock(&w->lock);
	if (!w->progress.phase || strcmp(w->progress.phase, phase) != 0)
		w->progress = (struct progress){ .phase = phase };
	pthread_mutex_unlock(&w->lock);
}

void watch_expect(struct watch *w, uint64_t bytes, uint64_t items)
{
	pthread_mutex_lock(&w->lock);
	w->progress.total_bytes += bytes;
	w->progress.asked_bytes += bytes;
	w->progress.total_items += items;
	w->progress.asked_items += items;
	pthread_mutex_unlock(&w->lock);
}

void watch_all_known(struct watch *w)
{
	pthread_mutex_lock(&w->lock);
	w->progress.total_known = true;
	pthread_mutex_unlock(&w->lock);
}

void watch_done(struct watch *w, uint64_t bytes, uint64_t items, uint64_t moved)
{
	pthread_mutex_lock(&w->lock);
	struct progress *p = &w->progress;
	p->done_bytes += bytes;
	p->handled_bytes += bytes;
	p->done_items += items;
	p->handled_items += items;
	p->moved_bytes += moved;
	CHECK(p->done_bytes <= p->total_bytes && p->done_items <= p->total_items);
	pthread_mutex_unlock(&w->lock);
}
