#include "dbdump/todo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "dbdump/outcome.h"
#include "xfer/base/cond.h"
#include "xfer/base/fd.h"
#include "xfer/base/figure.h"

enum { STOP_MS = 100 }; /* after so long at most it is seen that the run stops */

struct state {
	size_t parts_left;   /* not over yet */
	size_t parts_active; /* begun and not over */
	bool failed, large;
	bool partial;	     /* some of its parts are in already, and nobody reads them now */
	uint64_t counted;    /* of the estimate, in the progress */
	size_t next, behind; /* its statements that are not due yet */
	size_t pending;	     /* those that are due and not over, of it or of two tables */
	bool apart;	     /* the pending ones let others run beside them */
	bool of_two;	     /* there are statements of it and another table */
};

struct todo {
	const struct workers_job *job;
	pthread_mutex_t lock; /* of what follows */
	struct cond changed;
	struct state *states;
	const struct statement **statements; /* by table; behind them those of two */
	size_t of_one, of_all;		     /* so many of it */
	const struct statement **due;	     /* what may run, each once */
	size_t due_count, due_taken;
	bool *begun;   /* of each part */
	bool *blind;   /* of each pair: it cannot read */
	size_t part;   /* all before it were begun */
	size_t active; /* things to do that were begun and are not over */
};

static uint64_t estimate(const struct todo *t, size_t table)
{
	return t->job->catalog->tables[table].data_bytes;
}

static bool is_ours(const struct statement *st)
{
	return st->phase == PHASE_LOADED || st->of_two;
}

/* Sorts the statements by table, in their order. */
static void sort_statements(struct todo *t)
{
	const struct script *s = t->job->script;
	size_t tables = t->job->catalog->table_count;
	for (size_t i = 0; i < s->count; i++) {
		const struct statement *st = &s->statements[i];
		if (!is_ours(st))
			continue;
		CHECK(st->table < tables && (!st->of_two || st->other < tables));
		t->states[st->table].behind += !st->of_two;
	}
	for (size_t i = 0; i < tables; i++) {
		t->states[i].next = t->of_one;
		t->of_one += t->states[i].behind;
		t->states[i].behind = t->states[i].next;
	}
	t->of_all = t->of_one;
	for (size_t i = 0; i < s->count; i++) {
		const struct statement *st = &s->statements[i];
		if (!is_ours(st))
			continue;
		t->statements[st->of_two ? t->of_all++ : t->states[st->table].behind++] = st;
		if (st->of_two)
			t->states[st->table].of_two = t->states[st->other].of_two = true;
	}
}

/* All that is to be done with the table alone is over, and nothing else is done with it. */
static bool is_free(const struct state *s)
{
	return !s->parts_left && s->next == s->behind && !s->pending;
}

/* Two that have a table in common would wait for each other; or each for what the other one has, without end. */
static void release_of_two(struct todo *t)
{
	for (size_t i = t->of_one; i < t->of_all; i++) {
		const struct statement *st = t->statements[i];
		if (!st || !is_free(&t->states[st->table]) || !is_free(&t->states[st->other]))
			continue;
		t->states[st->table].pending++;
		t->states[st->other].pending++;
		t->due[t->due_count++] = st;
		t->statements[i] = NULL;
	}
}

/* What may run now that something with this table is over. The lock is held. */
static void release(struct todo *t, size_t table)
{
	struct state *s = &t->states[table];
	for (; !s->parts_left && s->next < s->behind; s->next++) {
		const struct statement *st = t->statements[s->next];
		if (s->pending && !(s->apart && st->apart))
			break;
		s->apart = st->apart;
		s->pending++;
		t->due[t->due_count++] = st;
	}
	if (s->of_two && is_free(s))
		release_of_two(t);
}

static void expect(struct todo *t)
{
	for (size_t i = 0; i < t->job->plan->count; i++) {
		const struct part *part = &t->job->plan->parts[i];
		t->begun[i] = part->in;
		t->states[part->table].parts_left += !part->in;
		t->states[part->table].partial |= part->in;
	}
	while (t->part < t->job->plan->count && t->begun[t->part])
		t->part++;
	for (size_t i = 0; i < t->job->catalog->table_count; i++) {
		struct state *s = &t->states[i];
		s->large = gate_expects_large(&t->job->catalog->tables[i]);
		if (s->parts_left)
			watch_expect(t->job->watch, estimate(t, i), 1);
		else
			release(t, i);
	}
	watch_expect(t->job->watch, 0, t->of_all);
	if (t->job->last)
		watch_all_known(t->job->watch);
}

int todo_new(struct todo **out, const struct workers_job *job, struct err *err)
{
	size_t tables = job->catalog->table_count;
	struct todo *t = calloc(1, sizeof *t);
	if (!t)
		return err_set(err, -ENOMEM, "plan");
	t->job = job;
	pthread_mutex_init(&t->lock, NULL);
	t->states = calloc(tables + 1, sizeof *t->states);
	t->due = calloc(job->script->count + 1, sizeof *t->due);
	t->statements = calloc(job->script->count + 1, sizeof *t->statements);
	t->begun = calloc(job->plan->count + 1, sizeof *t->begun);
	t->blind = calloc(job->readers + 1, sizeof *t->blind);
	if (!t->states || !t->due || !t->statements || !t->begun || !t->blind) {
		todo_free(t);
		return err_set(err, -ENOMEM, "plan");
	}
	sort_statements(t);
	expect(t);
	*out = t;
	return 0;
}

void todo_free(struct todo *t)
{
	if (!t)
		return;
	pthread_mutex_destroy(&t->lock);
	free(t->states);
	free(t->due);
	free(t->statements);
	free(t->begun);
	free(t->blind);
	free(t);
}

/* Counts it as done; its table's statements become due with its last part. The lock is held. */
static void part_done(struct todo *t, size_t table)
{
	struct state *s = &t->states[table];
	struct table_report *r = &t->job->tables[table];
	if (--s->parts_left)
		return;
	if (s->failed)
		r->verdict = VERDICT_FAILED;
	else if (s->partial)
		r->source = (struct rows_digest){ 0 }; /* of all of it: whoever proves it reads it */
	else
		r->read = true;
	watch_done(t->job->watch, estimate(t, table) - s->counted, 1, 0);
	s->counted = estimate(t, table);
	/* of a table that lacks rows too: the rest of it is wanted */
	release(t, table);
}

/* The part is begun; or passed over, since its table has failed. */
static const struct part *begin_part(struct todo *t, size_t at)
{
	const struct part *part = &t->job->plan->parts[at];
	t->begun[at] = true;
	while (t->part < t->job->plan->count && t->begun[t->part])
		t->part++;
	if (!t->states[part->table].failed) {
		t->states[part->table].parts_active++;
		return part;
	}
	part_done(t, part->table);
	cond_wake_all(&t->changed);
	return NULL;
}

/* The first pair that reads; job->readers: none does. */
static unsigned first_reader(const struct todo *t)
{
	unsigned pair = 0;
	while (pair < t->job->readers && t->blind[pair])
		pair++;
	return pair;
}

/* The first part that may be begun, of a table that nobody loads now if idle; the plan's count: there is none. Tables with large
 * rows are left to the first pair: a connection keeps the memory that its largest row took. */
static size_t find_part(const struct todo *t, unsigned pair, bool idle)
{
	const struct plan *p = t->job->plan;
	bool first = pair == first_reader(t);
	size_t i = t->part;
	for (; i < p->count; i++) {
		const struct state *s = &t->states[p->parts[i].table];
		if (!t->begun[i] && (first || !s->large) && !(idle && s->parts_active))
			break;
	}
	return i;
}

/* The next part whose table has not failed; the lock is held. NULL: there is none. Two in one table at the same time would
 * wait for each other: for an AUTO_INCREMENT, for the end of the file. So that is only done when there is nothing else. */
static const struct part *next_part(struct todo *t, unsigned pair)
{
	size_t count = t->job->plan->count;
	const struct part *part = NULL;
	while (!part) {
		size_t i = find_part(t, pair, true);
		if (i == count)
			i = find_part(t, pair, false);
		if (i == count)
			break;
		part = begin_part(t, i);
	}
	return part;
}

/* What can be begun now; the lock is held. */
static struct todo_item try_next(struct todo *t, unsigned pair)
{
	const struct part *part = NULL;
	struct todo_item item = { .kind = TODO_NOTHING };
	if (t->due_taken == t->due_count && pair < t->job->readers && !t->blind[pair])
		part = next_part(t, pair);
	if (part) {
		item = (struct todo_item){ .kind = TODO_PART,
					   .table = part->table,
					   .part = (size_t)(part - t->job->plan->parts),
					   .where = part->where };
	} else if (t->due_taken < t->due_count) {
		item = (struct todo_item){ .kind = TODO_STATEMENT, .statement = t->due[t->due_taken++] };
	}
	t->active += item.kind != TODO_NOTHING;
	return item;
}

struct todo_item todo_next(struct todo *t, unsigned pair)
{
	struct todo_item item = { .kind = TODO_NOTHING };
	pthread_mutex_lock(&t->lock);
	while (!watch_stopped(t->job->watch, NULL)) {
		item = try_next(t, pair);
		bool more = t->active > 0 || t->part < t->job->plan->count;
		if (item.kind != TODO_NOTHING || !more)
			break;
		cond_wait_ms(&t->changed, &t->lock, STOP_MS);
	}
	pthread_mutex_unlock(&t->lock);
	return item;
}

void todo_set_large(struct todo *t, size_t table)
{
	pthread_mutex_lock(&t->lock);
	t->states[table].large = true;
	pthread_mutex_unlock(&t->lock);
}

bool todo_is_large(struct todo *t, size_t table)
{
	pthread_mutex_lock(&t->lock);
	bool large = t->states[table].large;
	pthread_mutex_unlock(&t->lock);
	return large;
}

void todo_moved(struct todo *t, size_t table, size_t bytes)
{
	pthread_mutex_lock(&t->lock);
	struct state *s = &t->states[table];
	/* lines may be more than the table is on disk: its end corrects that */
	uint64_t left = estimate(t, table) - s->counted, done = bytes < left ? bytes : left;
	s->counted += done;
	watch_done(t->job->watch, done, 0, bytes);
	pthread_mutex_unlock(&t->lock);
}

static void over(struct todo *t)
{
	t->active--;
	cond_wake_all(&t->changed);
}

/* A failure of the rows of a table, or the end of the run. */
static void fail(struct todo *t, size_t table, const struct err *err)
{
	const struct table *of = &t->job->catalog->tables[table];
	AUTO(fd_free_buffer) char *name = NULL;
	if (outcome_ends_run(err->code)) {
		watch_stop(t->job->watch, err);
		return;
	}
	if (asprintf(&name, "%s.%s", of->schema, of->name) < 0)
		name = NULL;
	watch_failure(t->job->watch, "rows", name ? name : of->name, err);
}

void todo_part_over(struct todo *t, size_t table, const struct todo_result *result)
{
	struct err err = result->err;
	int rc = result->rc;
	if (rc == 0 && result->read.rows != result->taken)
		rc = err_say(&err, -EIO, "%s rows were read, but the server took %s",
			     figure_count(result->read.rows).text, figure_count(result->taken).text);
	pthread_mutex_lock(&t->lock);
	struct table_report *r = &t->job->tables[table];
	rows_digest_merge(&r->source, &result->read);
	r->taken += result->taken;
	bool first = rc < 0 && !t->states[table].failed;
	t->states[table].failed |= rc < 0;
	t->states[table].parts_active--;
	part_done(t, table);
	over(t);
	pthread_mutex_unlock(&t->lock);
	if (first || (rc < 0 && outcome_ends_run(rc)))
		fail(t, table, &err);
}

void todo_blind(struct todo *t, const struct todo_item *item, unsigned pair, const struct err *err)
{
	pthread_mutex_lock(&t->lock);
	t->blind[pair] = true;
	t->begun[item->part] = false;
	if (item->part < t->part)
		t->part = item->part;
	t->states[item->table].parts_active--;
	over(t);
	bool last = first_reader(t) == t->job->readers;
	pthread_mutex_unlock(&t->lock);
	struct err why = *err;
	if (!last) {
		watch_warn(t->job->watch, err->text);
		return;
	}
	err_say(&why, -ECONNRESET, "%s; it was the last one: the copy has to start again", err->text);
	watch_stop(t->job->watch, &why);
}

void todo_statement_over(struct todo *t, const struct statement *st)
{
	watch_done(t->job->watch, 0, 1, 0);
	pthread_mutex_lock(&t->lock);
	t->states[st->table].pending--;
	if (st->of_two)
		t->states[st->other].pending--;
	release(t, st->table);
	if (st->of_two)
		release(t, st->other);
	over(t);
	pthread_mutex_unlock(&t->lock);
}
