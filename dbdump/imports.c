#include "dbdump/imports.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "dbdump/outcome.h"
#include "dbdump/thread.h"
#include "xfer/base/fd.h"

struct ranked {
	size_t table;
	uint64_t bytes;
};

struct turn {
	const struct imports_job *job;
	const struct ranked *order;
	size_t count;
	atomic_size_t next;
};

struct hand {
	struct turn *turn;
	unsigned conn;
	pthread_t thread;
};

static void fail(const struct imports_job *job, size_t i, const struct err *err)
{
	const struct table *t = &job->catalog->tables[i];
	AUTO(fd_free_buffer) char *name = NULL;
	if (outcome_ends_run(err->code)) {
		watch_stop(job->watch, err);
		return;
	}
	if (asprintf(&name, "%s.%s", t->schema, t->name) < 0)
		name = NULL;
	watch_failure(job->watch, "rows", name ? name : t->name, err);
	job->tables[i].verdict = VERDICT_FAILED;
	job->in[i] = true;
}

static void *run_some(void *arg)
{
	const struct hand *h = arg;
	const struct imports_job *job = h->turn->job;
	for (size_t i; !watch_stopped(job->watch, NULL) &&
		       (i = atomic_fetch_add(&h->turn->next, 1)) < h->turn->count;) {
		size_t table = h->turn->order[i].table;
		const struct table *t = &job->catalog->tables[table];
		struct err err = { 0 };
		if (job->engine->import(job->target, h->conn, t, &job->in[table], &err) < 0)
			fail(job, table, &err);
		else
			job->tables[table].by_file = job->in[table];
		watch_done(job->watch, t->data_bytes, 1, 0);
	}
	return NULL;
}

/* So that all end at about the same time. */
static int largest_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->table < y->table ? -1 : 1;
}

static size_t sort_tables(struct ranked *order, const struct imports_job *job)
{
	size_t count = 0;
	for (size_t i = 0; i < job->catalog->table_count; i++) {
		const struct table *t = &job->catalog->tables[i];
		if (t->by_file) {
			order[count++] = (struct ranked){ i, t->data_bytes };
			watch_expect(job->watch, t->data_bytes, 1);
		}
	}
	if (count)
		qsort(order, count, sizeof *order, largest_first);
	return count;
}

bool imports_any(const struct imports_job *job)
{
	for (size_t i = 0; i < job->catalog->table_count; i++)
		if (job->catalog->tables[i].by_file)
			return true;
	return false;
}

int imports_run(const struct imports_job *job, struct err *err)
{
	AUTO(fd_free_buffer) struct ranked *order = calloc(job->catalog->table_count + 1, sizeof *order);
	AUTO(fd_free_buffer) struct hand *hands = calloc(job->connections, sizeof *hands);
	if (!order || !hands)
		return err_set(err, -ENOMEM, "import");
	struct turn turn = { .job = job, .order = order };
	unsigned started = 1;
	turn.count = sort_tables(order, job);
	hands[0] = (struct hand){ .turn = &turn };
	for (; started < job->connections; started++) {
		hands[started] = (struct hand){ .turn = &turn, .conn = started };
		if (thread_start(&hands[started].thread, run_some, &hands[started]) < 0)
			break; /* the others do it */
	}
	run_some(&hands[0]);
	for (unsigned i = 1; i < started; i++)
		pthread_join(hands[i].thread, NULL);
	return watch_stopped(job->watch, err);
}
