#include "dbdump/archive/lane.h"

#include <errno.h>
#include <stdio.h>

#include "dbdump/execute.h"
#include "dbdump/outcome.h"
#include "dbdump/thread.h"
#include "xfer/base/fd.h"
#include "xfer/base/figure.h"

void flow_fail(struct flow *f, size_t table, const struct err *err)
{
	const struct table *of = &f->job->catalog->tables[table];
	AUTO(fd_free_buffer) char *name = NULL;
	if (outcome_ends_run(err->code)) {
		watch_stop(f->job->watch, err);
		return;
	}
	pthread_mutex_lock(&f->lock);
	bool first = !f->tables[table].failed;
	f->tables[table].failed = true;
	pthread_mutex_unlock(&f->lock);
	if (asprintf(&name, "%s.%s", of->schema, of->name) < 0)
		name = NULL;
	if (first)
		watch_failure(f->job->watch, "rows", name ? name : of->name, err);
}

void flow_settle(struct flow *f, size_t table)
{
	struct flow_table *t = &f->tables[table];
	struct table_report *r = &f->job->tables[table];
	if (t->parts_left || t->writing || t->due || t->done)
		return;
	uint64_t estimate = f->job->catalog->tables[table].data_bytes;
	if (t->failed)
		r->verdict = VERDICT_FAILED;
	else
		r->read = !t->unread;
	watch_done(f->job->watch, estimate - t->counted, 1, 0);
	t->counted = estimate;
	t->due = true;
	cond_wake_all(&f->changed);
}

static void give_place(struct lane *l)
{
	pthread_mutex_lock(&l->flow->lock);
	bool had = l->has_place;
	l->has_place = false;
	pthread_mutex_unlock(&l->flow->lock);
	if (had)
		gate_give_place(l->flow->job->gate);
}

static int next_lines(struct feed *feed, const uint8_t **lines, size_t *len, struct err *err)
{
	struct lane *l = (struct lane *)feed;
	if (l->chunk.len >= GATE_LARGE) {
		buf_fini(&l->chunk);
		give_place(l);
	}
	int rc = queue_pop(l->queue, &l->chunk);
	if (rc < 0)
		return err_say(err, rc, "stopped");
	*lines = l->chunk.data;
	*len = l->chunk.len;
	return rc;
}

/* Writes until the part is closed. */
static void write_part(struct lane *l)
{
	struct flow *f = l->flow;
	struct err err = { 0 };
	uint64_t taken = 0;
	size_t table = l->table;
	int rc = f->job->engine->write(f->job->target, l->number, &f->job->catalog->tables[table], &l->feed,
				       &taken, &err);
	/* it ended when no more was to come: all that was given is counted */
	if (rc == 0 && taken != l->rows)
		rc = err_say(&err, -EIO, "%s rows were read, but the server took %s",
			     figure_count(l->rows).text, figure_count(taken).text);
	queue_abort(l->queue);
	buf_fini(&l->chunk);
	give_place(l);
	if (rc < 0 && rc != -ECANCELED)
		flow_fail(f, table, &err);
	pthread_mutex_lock(&f->lock);
	f->job->tables[table].taken += taken;
	f->tables[table].writing--;
	flow_settle(f, table);
	/* the reader may be about to push: it waits for a lane that is closed, and no longer uses it */
	while (!l->closed)
		cond_wait(&f->changed, &f->lock);
	queue_free(l->queue);
	l->queue = NULL;
	pthread_mutex_unlock(&f->lock);
}

static void run_statements(struct lane *l, size_t table)
{
	const struct workers_job *job = l->flow->job;
	const struct execute_job execute = { job->engine, job->target, job->watch, 0 };
	for (size_t i = 0; i < job->script->count && !watch_stopped(job->watch, NULL); i++) {
		const struct statement *st = &job->script->statements[i];
		if (st->phase != PHASE_LOADED || st->table != table)
			continue;
		execute_statement(&execute, l->number, st);
		watch_done(job->watch, 0, 1, 0);
	}
}

/* A table whose statements are due; false: there is none. The lock is held. */
static bool take_due(struct flow *f, size_t *table)
{
	for (size_t i = 0; i < f->job->catalog->table_count; i++)
		if (f->tables[i].due) {
			f->tables[i].due = false;
			f->tables[i].done = true;
			*table = i;
			return true;
		}
	return false;
}

static void work(struct lane *l)
{
	struct flow *f = l->flow;
	size_t table;
	if (l->busy) {
		pthread_mutex_unlock(&f->lock);
		write_part(l);
		pthread_mutex_lock(&f->lock);
	} else if (take_due(f, &table)) {
		l->busy = true;
		pthread_mutex_unlock(&f->lock);
		run_statements(l, table);
		pthread_mutex_lock(&f->lock);
	} else {
		cond_wait(&f->changed, &f->lock);
		return;
	}
	l->busy = false;
	cond_wake_all(&f->changed);
}

static bool any_due(const struct flow *f)
{
	for (size_t i = 0; i < f->job->catalog->table_count; i++)
		if (f->tables[i].due)
			return true;
	return false;
}

static void *run_lane(void *arg)
{
	struct lane *l = arg;
	struct flow *f = l->flow;
	pthread_mutex_lock(&f->lock);
	while (l->busy || !f->ends || any_due(f))
		work(l);
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

int lane_start(struct lane *l, struct flow *f, unsigned number, struct err *err)
{
	*l = (struct lane){ .feed.next = next_lines, .flow = f, .number = number };
	int rc = thread_start(&l->thread, run_lane, l);
	return rc < 0 ? err_set(err, rc, "thread") : 0;
}

void lane_join(struct lane *l)
{
	pthread_join(l->thread, NULL);
}

int lane_begin(struct lane *l, uint32_t part, size_t table, struct err *err)
{
	CHECK(!l->busy && !l->queue);
	unsigned writers = l->flow->job->writers;
	size_t bound = WORKERS_QUEUES / writers < WORKERS_QUEUE ? WORKERS_QUEUES / writers : WORKERS_QUEUE;
	int rc = queue_new(&l->queue, bound, err);
	if (rc < 0)
		return rc;
	l->part = part;
	l->table = table;
	l->rows = 0;
	l->closed = false;
	l->busy = true;
	l->flow->tables[table].writing++;
	cond_wake_all(&l->flow->changed);
	return 0;
}

int lane_push(struct lane *l, struct buf *b, uint64_t rows, bool large)
{
	pthread_mutex_lock(&l->flow->lock);
	l->has_place = l->has_place || large;
	l->rows += rows;
	pthread_mutex_unlock(&l->flow->lock);
	int rc = queue_push(l->queue, b);
	if (rc < 0)
		give_place(l);
	return rc;
}

void lane_close(struct lane *l)
{
	if (!l->queue || l->closed)
		return;
	queue_close(l->queue);
	l->closed = true;
	cond_wake_all(&l->flow->changed);
}
