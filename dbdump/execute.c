#include "dbdump/execute.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/outcome.h"
#include "dbdump/thread.h"
#include "xfer/base/fd.h"

static void warn(struct watch *w, const struct statement *st, const struct err *err)
{
	AUTO(fd_free_buffer) char *text = NULL;
	if (asprintf(&text, "%s %s: %s", st->kind, st->name, err->text) < 0)
		text = NULL;
	watch_warn(w, text ? text : err->text);
}

void execute_statement(const struct execute_job *job, unsigned conn, const struct statement *st)
{
	struct err err = { 0 };
	if (job->engine->execute(job->target, conn, st, &err) == 0)
		return;
	if (outcome_ends_run(err.code))
		watch_stop(job->watch, &err);
	else if (st->optional)
		warn(job->watch, st, &err);
	else
		watch_failure(job->watch, st->kind, st->name, &err);
}

/* Statements that threads take one by one. */
struct spread {
	const struct execute_job *job;
	const struct statement *statements;
	size_t count;
	atomic_size_t next;
};

struct spread_thread {
	struct spread *spread;
	unsigned conn;
	pthread_t thread;
};

static void *run_some(void *arg)
{
	const struct spread_thread *t = arg;
	struct spread *s = t->spread;
	for (size_t i; !watch_stopped(s->job->watch, NULL) && (i = atomic_fetch_add(&s->next, 1)) < s->count;)
		execute_statement(s->job, t->conn, &s->statements[i]);
	return NULL;
}

/* Making a table waits for the disk more than it works: while one connection waits, another one goes on. */
static void run_apart(const struct execute_job *job, const struct statement *statements, size_t count)
{
	struct spread spread = { job, statements, count, 0 };
	struct spread_thread own = { &spread, 0, 0 };
	unsigned more = job->connections < count ? job->connections - 1 : (unsigned)count - 1, started = 0;
	AUTO(fd_free_buffer) struct spread_thread *threads = calloc(more + 1, sizeof *threads);
	for (; threads && started < more; started++) {
		threads[started] = (struct spread_thread){ &spread, started + 1, 0 };
		if (thread_start(&threads[started].thread, run_some, &threads[started]) < 0)
			break; /* the others do it */
	}
	run_some(&own);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i].thread, NULL);
}

/* Is it the database of a session that has one alone? Without it there is nothing to go on with. */
static bool is_place(const struct execute_job *job, const struct statement *st)
{
	return !job->engine->spans && !strcmp(st->kind, "database");
}

static int make_place(const struct execute_job *job, const struct statement *st, struct err *err)
{
	int r = job->engine->execute(job->target, 0, st, err);
	if (!r)
		return 0;
	err_context(err, "%s %s", st->kind, st->name);
	if (!outcome_ends_run(err->code))
		return r;
	watch_stop(job->watch, err);
	return 0;
}

int execute_phase(const struct execute_job *job, const struct script *s, enum phase phase, struct err *err)
{
	int r = 0;
	for (size_t i = 0, next; !r && i < s->count && !watch_stopped(job->watch, NULL); i = next) {
		const struct statement *st = &s->statements[i];
		for (next = i + 1; st->apart && next < s->count; next++)
			if (s->statements[next].phase != phase || !s->statements[next].apart)
				break;
		if (st->phase == phase && st->apart)
			run_apart(job, st, next - i);
		else if (st->phase == phase && is_place(job, st))
			r = make_place(job, st, err);
		else if (st->phase == phase && !st->of_two)
			execute_statement(job, 0, st);
	}
	return r ? r : watch_stopped(job->watch, err);
}
