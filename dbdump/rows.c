#include "dbdump/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "dbdump/outcome.h"
#include "dbdump/plan.h"
#include "xfer/base/fd.h"

struct tasks {
	struct scan_task *at;
	size_t count;
	struct plan plans[2]; /* what the tasks point into */
};

static void tasks_fini(struct tasks *t)
{
	free(t->at);
	plan_fini(&t->plans[0]);
	plan_fini(&t->plans[1]);
}

/* Is it to be looked at in this end? */
static const struct table *wanted(const struct rows_pair *p, unsigned end)
{
	bool known = end == 0 && p->report->read;
	if (known || p->report->verdict == VERDICT_FAILED || p->ends[end]->rows_kind == ROWS_NONE)
		return NULL;
	return p->ends[end];
}

static int plan_end(struct plan *out, const struct rows_job *job, unsigned end, struct err *err)
{
	AUTO(fd_free_buffer) const struct table **tables = calloc(job->count + 1, sizeof *tables);
	if (!tables)
		return err_set(err, -ENOMEM, "plan");
	for (size_t i = 0; i < job->count; i++)
		tables[i] = wanted(&job->pairs[i], end);
	const struct plan_job plan = { .engine = job->engine,
				       .session = job->ends[end].session,
				       .tables = tables,
				       .count = job->count,
				       .connections = job->ends[end].connections };
	return plan_make(out, &plan, err);
}

static void add_parts(struct tasks *t, const struct rows_job *job, unsigned end)
{
	const struct plan *plan = &t->plans[end];
	for (size_t i = 0; i < plan->count; i++) {
		size_t table = plan->parts[i].table;
		const struct table *of = job->pairs[table].ends[end];
		t->at[t->count++] = (struct scan_task){ .end = end,
							.index = table,
							.table = of,
							.where = plan->parts[i].where,
							.expected = of->data_bytes /
								    plan->wheres[table].where.count };
	}
}

static void add_counts(struct tasks *t, const struct rows_job *job, unsigned end)
{
	for (size_t i = 0; i < job->count; i++) {
		const struct table *of = wanted(&job->pairs[i], end);
		if (of)
			t->at[t->count++] = (struct scan_task){ .end = end, .index = i, .table = of };
	}
}

static int make_tasks(struct tasks *t, const struct rows_job *job, struct err *err)
{
	size_t most = 2 * job->count;
	for (unsigned end = 0; end < 2 && job->mode == VERIFY_ROWS; end++) {
		int rc = plan_end(&t->plans[end], job, end, err);
		if (rc < 0)
			return rc;
		most += t->plans[end].count;
	}
	t->at = calloc(most + 1, sizeof *t->at);
	if (!t->at)
		return err_set(err, -ENOMEM, "verification");
	for (unsigned end = 0; end < 2; end++) {
		if (job->mode == VERIFY_ROWS)
			add_parts(t, job, end);
		else
			add_counts(t, job, end);
	}
	return 0;
}

static void note_failure(const struct rows_job *job, struct table_report *r, const struct err *err)
{
	AUTO(fd_free_buffer) char *name = NULL;
	if (r->verdict == VERDICT_FAILED)
		return;
	r->verdict = VERDICT_FAILED;
	if (asprintf(&name, "%s.%s", r->schema, r->name) < 0)
		name = NULL;
	watch_failure(job->watch, "rows", name ? name : r->name, err);
}

static void note_result(const struct rows_job *job, const struct scan_task *t)
{
	struct table_report *r = job->pairs[t->index].report;
	if (t->rc < 0)
		note_failure(job, r, &t->err);
	else
		rows_digest_merge(t->end ? &r->target : &r->source, &t->read);
}

/* Is said of tables of which both ends are known. */
static void judge(const struct rows_job *job, struct rows_pair *p)
{
	struct table_report *r = p->report;
	if (r->verdict == VERDICT_FAILED || p->ends[0]->rows_kind == ROWS_NONE)
		return;
	r->read = r->reread = true;
	r->digested = job->mode == VERIFY_ROWS;
	bool equal = r->digested ? rows_digest_equal(&r->source, &r->target)
				 : r->source.rows == r->target.rows;
	r->verdict = equal ? VERDICT_EQUAL : VERDICT_DIFFERENT;
}

static int compare(const struct rows_job *job, struct tasks *t, struct err *err)
{
	const struct scan_job scan = { .engine = job->engine,
				       .watch = job->watch,
				       .gate = job->gate,
				       .ends = { job->ends[0], job->ends[1] },
				       .tasks = t->at,
				       .count = t->count,
				       .last = job->last };
	int rc = scan_run(&scan, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < t->count; i++)
		note_result(job, &t->at[i]);
	for (size_t i = 0; i < job->count; i++)
		judge(job, &job->pairs[i]);
	return 0;
}

int rows_compare(const struct rows_job *job, struct err *err)
{
	struct tasks t = { 0 };
	int rc = make_tasks(&t, job, err);
	if (rc == 0)
		rc = compare(job, &t, err);
	tasks_fini(&t);
	return rc;
}
