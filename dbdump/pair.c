#include "dbdump/pair.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "dbdump/execute.h"
#include "dbdump/outcome.h"
#include "dbdump/retry.h"
#include "dbdump/thread.h"
#include "xfer/base/cond.h"
#include "xfer/base/fd.h"
#include "xfer/base/queue.h"

enum {
	CHUNK = 384 << 10, /* what a read appends, and a row more */
	SPARES = 32,	   /* buffers that go round: a full queue's */
};

struct pair {
	struct feed feed; /* first: write hands it back to next */
	const struct workers_job *job;
	struct todo *todo;
	unsigned number; /* of the connections */
	pthread_t writer, reader;
	bool has_reader;
	bool blind; /* the source's connection is lost, and what it saw with it */

	pthread_mutex_t lock; /* of what follows */
	struct cond changed;
	bool reads; /* the part below is the reader's; else it waits */
	bool ends;
	bool has_place; /* a large row of ours is on its way (gate.h) */
	struct buf
		spares[SPARES]; /* memory that is asked for anew costs more than all that is done with it */
	size_t spare_count;

	/* the part: set by the writer while the reader waits */
	const struct table *table;
	size_t index;
	struct queue *queue;
	/* what came of it: the reader's until it has closed the queue */
	int rc;
	struct err err;
	struct rows_digest read;

	struct buf chunk; /* the writer's: what was popped last */
};

static void set_place(struct pair *p, bool has)
{
	pthread_mutex_lock(&p->lock);
	bool had = p->has_place;
	p->has_place = has;
	pthread_mutex_unlock(&p->lock);
	if (had && !has)
		gate_give_place(p->job->gate);
}

static void put_spare(struct pair *p, struct buf *b)
{
	buf_clear(b);
	pthread_mutex_lock(&p->lock);
	if (b->cap && b->cap < GATE_LARGE && p->spare_count < SPARES) {
		p->spares[p->spare_count++] = *b;
		buf_init(b, b->limit);
	}
	pthread_mutex_unlock(&p->lock);
	buf_fini(b);
}

/* An empty buffer with room for a chunk. */
static void take_spare(struct pair *p, struct buf *b)
{
	pthread_mutex_lock(&p->lock);
	if (p->spare_count)
		*b = p->spares[--p->spare_count];
	pthread_mutex_unlock(&p->lock);
	buf_reserve(b, CHUNK);
}

/* Reads what comes next into b. Where large rows were seen, the place is taken before one is in memory. 1, 0 or -errno. */
static int read_chunk(struct pair *p, struct buf *b)
{
	bool expected = todo_is_large(p->todo, p->index);
	if (expected && gate_take_place(p->job->gate) < 0)
		return err_say(&p->err, -ECANCELED, "stopped");
	int rc = p->job->engine->read(p->job->source, p->number, b, &p->err);
	bool large = rc > 0 && b->len >= GATE_LARGE;
	if (large && !expected) {
		todo_set_large(p->todo, p->index);
		if (gate_take_place(p->job->gate) < 0)
			return err_say(&p->err, -ECANCELED, "stopped");
	}
	if (large)
		set_place(p, true);
	else if (expected)
		gate_give_place(p->job->gate);
	return rc;
}

/* Until the end, or somebody has given up. */
static int read_all(struct pair *p)
{
	AUTO(buf_fini) struct buf b;
	int rc;
	buf_init(&b, SIZE_MAX / 4);
	take_spare(p, &b);
	while ((rc = read_chunk(p, &b)) > 0) {
		rows_digest_lines(&p->read, b.data, b.len);
		rc = gate_pass(p->job->gate, b.len);
		if (rc == 0)
			rc = queue_push(p->queue, &b);
		if (rc < 0)
			return err_say(&p->err, rc, "stopped");
		take_spare(p, &b);
	}
	put_spare(p, &b);
	return rc;
}

static void read_part(struct pair *p)
{
	const struct engine *e = p->job->engine;
	p->rc = e->read_begin(p->job->source, p->number, p->table, p->feed.where, &p->err);
	if (p->rc == 0)
		p->rc = read_all(p);
	struct err err = { 0 };
	int rc = e->read_end(p->job->source, p->number, &err);
	if (p->rc == 0 && rc < 0) {
		p->rc = rc;
		p->err = err;
	}
	queue_close(p->queue);
}

static void *run_reader(void *arg)
{
	struct pair *p = arg;
	pthread_mutex_lock(&p->lock);
	while (!p->ends) {
		if (!p->reads) {
			cond_wait(&p->changed, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		read_part(p);
		pthread_mutex_lock(&p->lock);
		p->reads = false;
		cond_wake_all(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static int next_lines(struct feed *f, const uint8_t **lines, size_t *len, struct err *err)
{
	struct pair *p = (struct pair *)f;
	todo_moved(p->todo, p->index, p->chunk.len);
	if (p->chunk.len >= GATE_LARGE) {
		buf_fini(&p->chunk);
		set_place(p, false);
	}
	put_spare(p, &p->chunk);
	int rc = queue_pop(p->queue, &p->chunk);
	if (rc == 0 && p->rc < 0) { /* the queue is closed: what the reader left is there to be read */
		*err = p->err;
		return p->rc;
	}
	if (rc < 0)
		return err_say(err, rc, "stopped");
	*lines = p->chunk.data;
	*len = p->chunk.len;
	return rc;
}

static void begin_reading(struct pair *p)
{
	pthread_mutex_lock(&p->lock);
	p->reads = true;
	cond_wake_all(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

static void end_reading(struct pair *p)
{
	queue_abort(p->queue); /* who has written all of it has popped all of it */
	/* the reader may wait for the place that is ours since this chunk */
	put_spare(p, &p->chunk);
	set_place(p, false);
	pthread_mutex_lock(&p->lock);
	while (p->reads)
		cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
	queue_free(p->queue);
	p->queue = NULL;
	set_place(p, false); /* the reader took it, and then could not push */
}

static int copy_part(struct pair *p, struct todo_result *result)
{
	unsigned readers = p->job->readers;
	size_t bound = WORKERS_QUEUES / readers < WORKERS_QUEUE ? WORKERS_QUEUES / readers : WORKERS_QUEUE;
	p->rc = 0;
	p->err = (struct err){ 0 };
	p->read = (struct rows_digest){ 0 };
	int rc = queue_new(&p->queue, bound, &result->err);
	if (rc < 0)
		return rc;
	begin_reading(p);
	rc = p->job->engine->write(p->job->target, p->number, p->table, &p->feed, &result->taken,
				   &result->err);
	end_reading(p);
	result->read = p->read;
	/* when the writer gave up, the reader was told to; when the reader failed, that is why the writer gave up */
	if (p->rc < 0 && (rc == 0 || p->rc != -ECANCELED)) {
		rc = p->rc;
		result->err = p->err;
	}
	return rc;
}

/* Both ends' connections stand again, and of the part nothing is there, or all of it. */
static int recover(struct pair *p, bool at_source, bool *in, struct err *err)
{
	const struct engine *e = p->job->engine;
	int rc = at_source ? e->mend(p->job->source, p->number, err) : 0;
	p->blind = rc == -ESTALE;
	if (rc < 0)
		return rc;
	rc = e->mend(p->job->target, p->number, err);
	if (rc == 0)
		rc = e->settle(p->job->target, p->number, p->table, &p->feed, in, err);
	return rc;
}

/* After a part that failed: true when it is to be done once more. What failed first says more than that nobody answers any more. */
static bool may_go_again(struct pair *p, struct todo_result *result, struct retry *retry, const char *what)
{
	bool at_source = p->rc < 0 && p->rc == result->rc, in = false;
	const struct err first = result->err;
	const unsigned before = retry->count;
	while (p->job->engine->mend && retry_may(result->rc, at_source) &&
	       retry_pause(retry, what, &result->err)) {
		result->rc = recover(p, at_source, &in, &result->err);
		if (result->rc == 0 &&
		    in) /* the target could not say so any more: what was read is what it took */
			result->taken = p->read.rows;
		if (result->rc == 0)
			return !in;
		if (!retry_may(result->rc, false) && !outcome_ends_run(result->rc)) {
			result->rc = result->err.code = -ECONNRESET; /* there may be no connection */
			return false;
		}
	}
	if (retry->count > before)
		err_context(&result->err, "%s; since then", first.text);
	return false;
}

static void run_part(struct pair *p, const struct todo_item *item)
{
	AUTO(fd_free_buffer) char *what = NULL;
	struct retry retry = { .watch = p->job->watch };
	struct todo_result result;
	p->index = item->table;
	p->table = &p->job->catalog->tables[item->table];
	p->feed.part = p->job->plan->parts[item->part].id;
	p->feed.where = item->where;
	if (asprintf(&what, "rows %s.%s", p->table->schema, p->table->name) < 0)
		what = NULL;
	do {
		result = (struct todo_result){ 0 };
		result.rc = copy_part(p, &result);
	} while (result.rc < 0 && may_go_again(p, &result, &retry, what ? what : p->table->name));
	if (p->blind)
		todo_blind(p->todo, item, p->number, &result.err);
	else
		todo_part_over(p->todo, item->table, &result);
}

/* It may be long since the connection was used last. */
static void mend(struct pair *p)
{
	struct err err = { 0 };
	if (p->job->engine->mend && p->job->engine->mend(p->job->target, p->number, &err) < 0)
		watch_stop(p->job->watch, &err);
}

static void run_statement(struct pair *p, const struct statement *st)
{
	const struct execute_job execute = { p->job->engine, p->job->target, p->job->watch, 0 };
	mend(p);
	execute_statement(&execute, p->number, st);
	todo_statement_over(p->todo, st);
}

static void *run_writer(void *arg)
{
	struct pair *p = arg;
	for (;;) {
		struct todo_item item = todo_next(p->todo, p->number);
		if (item.kind == TODO_NOTHING)
			return NULL;
		if (item.kind == TODO_PART)
			run_part(p, &item);
		else
			run_statement(p, item.statement);
	}
}

static void end_reader(struct pair *p)
{
	pthread_mutex_lock(&p->lock);
	p->ends = true;
	cond_wake_all(&p->changed);
	pthread_mutex_unlock(&p->lock);
	if (p->has_reader)
		pthread_join(p->reader, NULL);
}

static void pair_free(struct pair *p)
{
	end_reader(p);
	while (p->spare_count)
		buf_fini(&p->spares[--p->spare_count]);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

int pair_start(struct pair **out, const struct workers_job *job, struct todo *todo, unsigned number,
	       struct err *err)
{
	struct pair *p = calloc(1, sizeof *p);
	if (!p)
		return err_set(err, -ENOMEM, "thread");
	*p = (struct pair){ .feed.next = next_lines, .job = job, .todo = todo, .number = number };
	pthread_mutex_init(&p->lock, NULL);
	int rc = 0;
	if (number < job->readers) {
		rc = thread_start(&p->reader, run_reader, p);
		p->has_reader = rc == 0;
	}
	if (rc == 0)
		rc = thread_start(&p->writer, run_writer, p);
	if (rc < 0) {
		pair_free(p);
		return err_set(err, rc, "thread");
	}
	*out = p;
	return 0;
}

void pair_join(struct pair *p)
{
	if (!p)
		return;
	pthread_join(p->writer, NULL);
	pair_free(p);
}
