#include "dbdump/scan.h"

#include <errno.h>
#include <stdlib.h>

#include "dbdump/outcome.h"
#include "dbdump/thread.h"
#include "xfer/base/fd.h"

enum { CHUNK = 384 << 10 }; /* what a read appends, and a row more */

struct scan {
	const struct scan_job *job;
	pthread_mutex_t lock; /* of what follows */
	size_t next[2];	      /* tasks of each end before it were begun */
	bool *begun;
	struct reader_thread {
		struct scan *scan;
		pthread_t thread;
		unsigned end, conn;
	} * threads;
	size_t count;
};

/* What a thread has at hand. */
struct reading {
	struct scan *scan;
	struct scan_task *task;
	struct session *session;
	unsigned conn;
	uint64_t counted; /* in the progress */
	bool large;	  /* a large row was seen in this task */
};

static int got_lines(struct reading *r, const struct buf *b)
{
	const struct scan_job *job = r->scan->job;
	int rc = 0;
	if (job->lines)
		rc = job->lines(job->ctx, r->task, b->data, b->len);
	else
		rows_digest_lines(&r->task->read, b->data, b->len);
	if (rc < 0)
		return err_set(&r->task->err, rc, "%s.%s", r->task->table->schema, r->task->table->name);
	uint64_t left = r->task->expected - r->counted, done = b->len < left ? b->len : left;
	r->counted += done;
	watch_done(job->watch, done, 0, b->len);
	return 0;
}

/* The next chunk; 1: there was one. The place for large rows is taken before one is read, as soon as one was seen. */
static int read_chunk(struct reading *r, struct buf *b)
{
	const struct scan_job *job = r->scan->job;
	bool place = r->large;
	if (place && gate_take_place(job->gate) < 0)
		return err_say(&r->task->err, -ECANCELED, "stopped");
	int rc = job->engine->read(r->session, r->conn, b, &r->task->err);
	if (rc > 0) {
		int got = got_lines(r, b);
		rc = got < 0 ? got : rc;
	}
	size_t len = b->len;
	if (len >= GATE_LARGE) {
		r->large = true;
		buf_fini(b); /* not kept for the rows to come */
	}
	if (place)
		gate_give_place(job->gate);
	if (rc > 0 && gate_pass(job->gate, len) < 0)
		return err_say(&r->task->err, -ECANCELED, "stopped");
	return rc;
}

static int read_all(struct reading *r)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, SIZE_MAX / 4);
	int rc;
	do {
		buf_clear(&b);
		buf_reserve(&b, CHUNK);
		rc = read_chunk(r, &b);
	} while (rc > 0);
	return rc;
}

static int read_part(struct reading *r)
{
	const struct engine *e = r->scan->job->engine;
	struct err err = { 0 };
	int rc = e->read_begin(r->session, r->conn, r->task->table, r->task->where, &r->task->err);
	if (rc == 0)
		rc = read_all(r);
	int end = e->read_end(r->session, r->conn, &err);
	if (rc == 0 && end < 0) {
		rc = end;
		r->task->err = err;
	}
	return rc;
}

static void run_task(struct reading *r)
{
	const struct scan_job *job = r->scan->job;
	struct scan_task *t = r->task;
	if (t->where)
		t->rc = read_part(r);
	else
		t->rc = job->engine->count(r->session, r->conn, t->table, &t->read.rows, &t->err);
	watch_done(job->watch, t->expected - r->counted, 1, 0);
	if (t->rc < 0 && outcome_ends_run(t->rc))
		watch_stop(job->watch, &t->err);
	if (job->over)
		job->over(job->ctx, t);
}

/* The next task of an end for one of its connections; NULL: there is none. Tables with large rows are left to the first: a
 * connection keeps the memory that its largest row took. */
static struct scan_task *next_task(struct scan *s, unsigned end, unsigned conn)
{
	struct scan_task *found = NULL;
	pthread_mutex_lock(&s->lock);
	for (size_t i = s->next[end]; i < s->job->count; i++) {
		struct scan_task *t = &s->job->tasks[i];
		if (t->end != end || s->begun[i])
			continue;
		if (conn > 0 && t->where && t->large)
			continue;
		s->begun[i] = true;
		found = t;
		break;
	}
	while (s->next[end] < s->job->count &&
	       (s->begun[s->next[end]] || s->job->tasks[s->next[end]].end != end))
		s->next[end]++;
	pthread_mutex_unlock(&s->lock);
	return found;
}

static void *run_thread(void *arg)
{
	const struct reader_thread *t = arg;
	struct scan *s = t->scan;
	while (!watch_stopped(s->job->watch, NULL)) {
		struct reading r = { .scan = s,
				     .task = next_task(s, t->end, t->conn),
				     .session = s->job->ends[t->end].session,
				     .conn = t->conn };
		if (!r.task)
			break;
		r.large = r.task->large;
		run_task(&r);
	}
	return NULL;
}

static int start_all(struct scan *s)
{
	for (unsigned end = 0; end < 2; end++) {
		for (unsigned conn = 0; conn < s->job->ends[end].connections; conn++) {
			struct reader_thread *t = &s->threads[s->count];
			*t = (struct reader_thread){ .scan = s, .end = end, .conn = conn };
			int rc = thread_start(&t->thread, run_thread, t);
			if (rc < 0)
				return rc;
			s->count++;
		}
	}
	return 0;
}

int scan_run(const struct scan_job *job, struct err *err)
{
	struct scan s = { .job = job };
	AUTO(fd_free_buffer)
	struct reader_thread *threads = calloc(job->ends[0].connections + job->ends[1].connections + 1,
					       sizeof *threads);
	AUTO(fd_free_buffer) bool *begun = calloc(job->count + 1, sizeof *begun);
	if (!threads || !begun)
		return err_set(err, -ENOMEM, "threads");
	s.begun = begun;
	s.threads = threads;
	for (size_t i = 0; i < job->count; i++)
		watch_expect(job->watch, job->tasks[i].expected, 1);
	if (job->last)
		watch_all_known(job->watch);
	pthread_mutex_init(&s.lock, NULL);
	int rc = start_all(&s);
	if (rc < 0) {
		err_set(err, rc, "threads");
		watch_stop(job->watch, err);
	}
	for (size_t i = 0; i < s.count; i++)
		pthread_join(s.threads[i].thread, NULL);
	pthread_mutex_destroy(&s.lock);
	return watch_stopped(job->watch, err);
}
