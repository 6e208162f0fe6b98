#include <errno.h>
#include <stdlib.h>

#include "dbdump/rows.h"
#include "xfer/base/fd.h"

void rows_tasks_fini(struct rows_tasks *t)
{
	free(t->at);
	plan_fini(&t->plans[0]);
	plan_fini(&t->plans[1]);
}

/* Is it to be looked at in this end? */
static const struct table *wanted(const struct rows_pair *p, unsigned end, bool all)
{
	bool known = (end == 0 && p->report->read) || p->report->verdict != VERDICT_NONE;
	if ((known && !all) || !p->ends[end] || p->ends[end]->rows_kind == ROWS_NONE)
		return NULL;
	return p->ends[end];
}

static int plan_end(struct plan *out, const struct rows_job *job, unsigned end, bool all, struct err *err)
{
	AUTO(fd_free_buffer) const struct table **tables = calloc(job->count + 1, sizeof *tables);
	if (!tables)
		return err_set(err, -ENOMEM, "plan");
	for (size_t i = 0; i < job->count; i++)
		tables[i] = wanted(&job->pairs[i], end, all);
	const struct plan_job plan = { .engine = job->engine,
				       .session = job->ends[end].session,
				       .tables = tables,
				       .count = job->count,
				       .connections = job->ends[end].connections };
	return plan_make(out, &plan, err);
}

/* What was loaded just now may be small as its server guesses. */
static bool expects_large(const struct rows_pair *p)
{
	return gate_expects_large(p->ends[0]) || (p->ends[1] && gate_expects_large(p->ends[1]));
}

static void add_parts(struct rows_tasks *t, const struct rows_job *job, unsigned end)
{
	const struct plan *plan = &t->plans[end];
	for (size_t i = 0; i < plan->count; i++) {
		size_t table = plan->parts[i].table;
		const struct table *of = job->pairs[table].ends[end];
		t->at[t->count++] = (struct scan_task){ .end = end,
							.index = table,
							.table = of,
							.where = plan->parts[i].where,
							.large = expects_large(&job->pairs[table]),
							.expected = of->data_bytes /
								    plan->wheres[table].where.count };
	}
}

static void add_counts(struct rows_tasks *t, const struct rows_job *job, unsigned end, bool all)
{
	for (size_t i = 0; i < job->count; i++) {
		const struct table *of = wanted(&job->pairs[i], end, all);
		if (of)
			t->at[t->count++] = (struct scan_task){ .end = end, .index = i, .table = of };
	}
}

int rows_tasks_make(struct rows_tasks *t, const struct rows_job *job, bool all, struct err *err)
{
	size_t most = 2 * job->count;
	for (unsigned end = 0; end < 2 && job->mode == VERIFY_ROWS; end++) {
		if (!job->ends[end].session)
			continue;
		int rc = plan_end(&t->plans[end], job, end, all, err);
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
			add_counts(t, job, end, all);
	}
	return 0;
}
