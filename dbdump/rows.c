#include "dbdump/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/narrow.h"
#include "xfer/base/fd.h"

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

/* Lines say no names of columns: only where these are the same do the same lines mean the same rows. */
static bool same_columns(const struct table *a, const struct table *b)
{
	if (a->column_count != b->column_count)
		return false;
	for (size_t i = 0; i < a->column_count; i++)
		if (strcmp(a->columns[i].name, b->columns[i].name) != 0)
			return false;
	return true;
}

/* Is said of tables of which both ends are known. */
static void judge(const struct rows_job *job, struct rows_pair *p)
{
	struct table_report *r = p->report;
	if (r->verdict != VERDICT_NONE || p->ends[0]->rows_kind == ROWS_NONE)
		return;
	r->read = r->reread = true;
	r->digested = job->mode == VERIFY_ROWS;
	bool equal = r->digested ? rows_digest_equal(&r->source, &r->target)
				 : r->source.rows == r->target.rows;
	r->verdict = equal ? VERDICT_EQUAL : VERDICT_DIFFERENT;
}

static int scan(const struct rows_job *job, const struct rows_tasks *t, struct err *err)
{
	const struct scan_job scan = { .engine = job->engine,
				       .watch = job->watch,
				       .gate = job->gate,
				       .ends = { job->ends[0], job->ends[1] },
				       .tasks = t->at,
				       .count = t->count,
				       .last = job->last };
	return scan_run(&scan, err);
}

static int compare(const struct rows_job *job, const struct rows_tasks *t, struct err *err)
{
	int rc = scan(job, t, err);
	if (rc < 0)
		return rc;
	watch_tell(job->watch);
	for (size_t i = 0; i < t->count; i++)
		note_result(job, &t->at[i]);
	for (size_t i = 0; i < job->count; i++)
		judge(job, &job->pairs[i]);
	return 0;
}

/* A table counts as read when all of its parts are. */
static void note_source(const struct rows_job *job, const struct rows_tasks *t)
{
	for (size_t i = 0; i < job->count; i++)
		job->pairs[i].report->read = true;
	for (size_t i = 0; i < t->count; i++)
		if (t->at[i].rc < 0)
			job->pairs[t->at[i].index].report->read = false;
	for (size_t i = 0; i < t->count; i++)
		if (job->pairs[t->at[i].index].report->read)
			rows_digest_merge(&job->pairs[t->at[i].index].report->source, &t->at[i].read);
}

int rows_read_source(const struct rows_job *job, struct err *err)
{
	struct rows_tasks t = { 0 };
	int rc = rows_tasks_make(&t, job, false, err);
	if (rc == 0)
		rc = scan(job, &t, err);
	if (rc == 0)
		note_source(job, &t);
	rows_tasks_fini(&t);
	return rc;
}

/* Which rows it is of the tables that differ. */
static int narrow_all(const struct rows_job *job, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; i < job->count && rc == 0; i++) {
		const struct table_report *r = job->pairs[i].report;
		if (r->verdict != VERDICT_DIFFERENT || !r->digested)
			continue;
		watch_phase(job->watch, "rows that differ");
		rc = narrow_table(job, &job->pairs[i], err);
	}
	return rc;
}

int rows_compare(const struct rows_job *job, struct err *err)
{
	struct rows_tasks t = { 0 };
	for (size_t i = 0; i < job->count; i++)
		if (job->pairs[i].report->verdict == VERDICT_NONE &&
		    !same_columns(job->pairs[i].ends[0], job->pairs[i].ends[1]))
			job->pairs[i].report->verdict = VERDICT_DIFFERENT;
	int rc = rows_tasks_make(&t, job, false, err);
	if (rc == 0)
		rc = compare(job, &t, err);
	rows_tasks_fini(&t);
	if (rc == 0 && job->mode == VERIFY_ROWS)
		rc = narrow_all(job, err);
	return rc;
}
