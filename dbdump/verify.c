#include "dbdump/verify.h"

#include <errno.h>
#include <stdlib.h>

#include "dbdump/compare.h"
#include "dbdump/report_add.h"
#include "dbdump/rows.h"
#include "dbdump/run.h"
#include "xfer/base/fd.h"

static int open_end(struct run *r, unsigned which, const struct strings *databases, struct err *err)
{
	const struct session_job job = { .uri = r->job.uris[which],
					 .options = which ? &r->unrenamed : &r->options,
					 .databases = databases,
					 .role = ROLE_COMPARE };
	int rc = run_open(r, which, &job, err);
	if (rc == 0)
		rc = run_snapshot(r, which, err);
	return rc ? rc : run_catalog(r, which, err);
}

static bool has_rows(const struct table *t)
{
	return t && t->rows_kind != ROWS_NONE;
}

/* A line in the report for a table that is at either end; its pair when it is at both. */
static int add_table(struct run *r, const struct table *a, const struct table *b)
{
	if (!has_rows(a) && !has_rows(b))
		return 0;
	if (report_table(r->report, a ? a : b) < 0)
		return -ENOMEM;
	struct table_report *t = &r->report->tables[r->report->table_count - 1];
	if (!a || !b)
		t->verdict = a ? VERDICT_MISSING : VERDICT_EXTRA;
	return 0;
}

/* All tables of both catalogs: first A's, with their index in the report from first on, then what is in B alone. */
static int add_tables(struct run *r, struct err *err)
{
	const struct catalog *a = &r->ends[0].catalog, *b = &r->ends[1].catalog;
	int rc = 0;
	for (size_t i = 0; i < a->table_count && rc == 0; i++)
		rc = add_table(r, &a->tables[i],
			       catalog_find_table(b, a->tables[i].schema, a->tables[i].name));
	for (size_t i = 0; i < b->table_count && rc == 0; i++)
		if (!catalog_find_table(a, b->tables[i].schema, b->tables[i].name))
			rc = add_table(r, NULL, &b->tables[i]);
	return rc ? err_set(err, rc, "report") : 0;
}

/* Those of the report's tables that are at both ends. */
static size_t pair_tables(struct run *r, size_t first, struct rows_pair *pairs)
{
	size_t count = 0;
	for (size_t i = first; i < r->report->table_count; i++) {
		struct table_report *t = &r->report->tables[i];
		const struct table *a = catalog_find_table(&r->ends[0].catalog, t->schema, t->name);
		const struct table *b = catalog_find_table(&r->ends[1].catalog, t->schema, t->name);
		if (has_rows(a) && has_rows(b))
			pairs[count++] = (struct rows_pair){ .ends = { a, b }, .report = t };
	}
	return count;
}

static int compare_rows(struct run *r, struct err *err)
{
	size_t first = r->report->table_count;
	int rc = add_tables(r, err);
	if (rc < 0 || r->options.verify == VERIFY_NONE)
		return rc;
	AUTO(fd_free_buffer) struct rows_pair *pairs = calloc(r->report->table_count + 1, sizeof *pairs);
	if (!pairs)
		return err_set(err, -ENOMEM, "verification");
	watch_phase(r->watch, "verify");
	const struct rows_job job = { .engine = r->engine,
				      .watch = r->watch,
				      .gate = r->gate,
				      .ends = { { r->ends[0].session, r->ends[0].connections },
						{ r->ends[1].session, r->ends[1].connections } },
				      .pairs = pairs,
				      .count = pair_tables(r, first, pairs),
				      .mode = r->options.verify,
				      .last = r->last };
	return rows_compare(&job, err);
}

static int verify_session(struct run *r, const struct strings *from, const struct strings *to,
			  struct err *err)
{
	run_phase(r, "connect");
	int rc = open_end(r, 0, from, err);
	if (rc == 0)
		rc = open_end(r, 1, to, err);
	if (rc == 0)
		rc = run_gate(r, err);
	run_phase(r, "verification");
	if (rc == 0 && compare_objects(r->report, &r->ends[0].catalog, &r->ends[1].catalog) < 0)
		rc = err_set(err, -ENOMEM, "report");
	if (rc == 0)
		rc = compare_rows(r, err);
	if (rc == 0)
		r->report->verified = r->options.verify;
	return rc ? rc : watch_stopped(r->watch, err);
}

int verify_run(struct report *report, const struct verify_job *job)
{
	const struct run_job run = { .engine = job->engine,
				     .uris = { job->a, job->b },
				     .options = job->options,
				     .observer = job->observer };
	struct run r;
	struct err err = { 0 };
	int rc = run_begin(&r, report, &run, &err);
	if (rc == 0)
		rc = run_each(&r, verify_session, &err);
	return run_end(&r, rc, &err);
}
