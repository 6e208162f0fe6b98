#include "dbdump/verify.h"

#include <errno.h>
#include <stdlib.h>

#include "dbdump/compare.h"
#include "dbdump/report_add.h"
#include "dbdump/rows.h"
#include "xfer/base/fd.h"

static int open_end(struct run *r, unsigned which, const struct strings *databases, struct err *err)
{
	/* patterns of tables may name databases as they are at A; where they cannot, B's names are not renamed again */
	const struct options *options = which && !r->engine->spans ? &r->unrenamed : &r->options;
	const struct session_job job = { .uri = r->job.uris[which],
					 .options = options,
					 .databases = databases,
					 .role = which ? ROLE_COMPARE : ROLE_SOURCE };
	int rc = run_open(r, which, &job, err);
	if (rc == 0)
		rc = run_snapshot(r, which, err);
	return rc ? rc : run_catalog(r, which, err);
}

static bool has_rows(const struct table *t)
{
	return t && t->rows_kind != ROWS_NONE;
}

/* A line in the report for a table that is at either end, and its pair when it is at both. */
static int add_table(struct run *r, struct rows_pair *pair, const struct table *a, const struct table *b)
{
	*pair = (struct rows_pair){ .ends = { a, b } };
	if (report_table(r->report, a ? a : b) < 0)
		return -ENOMEM;
	struct table_report *t = &r->report->tables[r->report->table_count - 1];
	if (!a || !b)
		t->verdict = a ? VERDICT_MISSING : VERDICT_EXTRA;
	return 0;
}

/* B's table that has the rows of A's; NULL. */
static struct table *find_other(struct run *r, const struct table *a)
{
	/* a schema that is no database keeps its name: nothing renames it */
	const char *schema = r->engine->spans ? options_renamed(&r->options, a->schema) : a->schema;
	return catalog_find_table(&r->ends[1].catalog, schema, a->name);
}

/* All tables with rows of both catalogs, each with its line in the report: first A's, then what is in B alone. */
static int add_tables(struct run *r, struct rows_pair *pairs, size_t *count)
{
	const struct catalog *a = &r->ends[0].catalog, *b = &r->ends[1].catalog;
	AUTO(fd_free_buffer) bool *found = calloc(b->table_count + 1, sizeof *found);
	int rc = found ? 0 : -ENOMEM;
	for (size_t i = 0; i < a->table_count && rc == 0; i++) {
		const struct table *other = find_other(r, &a->tables[i]);
		if (other)
			found[other - b->tables] = true;
		if (has_rows(&a->tables[i]) || has_rows(other))
			rc = add_table(r, &pairs[(*count)++], &a->tables[i], other);
	}
	for (size_t i = 0; i < b->table_count && rc == 0; i++)
		if (!found[i] && has_rows(&b->tables[i]))
			rc = add_table(r, &pairs[(*count)++], NULL, &b->tables[i]);
	return rc;
}

/* Keeps those that can be compared; their lines are the report's last ones. */
static size_t keep_whole(struct run *r, struct rows_pair *pairs, size_t count)
{
	size_t kept = 0, first = r->report->table_count - count;
	for (size_t i = 0; i < count; i++) {
		struct rows_pair p = pairs[i];
		p.report = &r->report->tables[first + i];
		if (has_rows(p.ends[0]) && has_rows(p.ends[1]))
			pairs[kept++] = p;
	}
	return kept;
}

static int compare_rows(struct run *r, struct err *err)
{
	size_t count = 0, most = r->ends[0].catalog.table_count + r->ends[1].catalog.table_count;
	AUTO(fd_free_buffer) struct rows_pair *pairs = calloc(most + 1, sizeof *pairs);
	if (!pairs || add_tables(r, pairs, &count) < 0)
		return err_set(err, -ENOMEM, "verification");
	if (r->options.verify == VERIFY_NONE)
		return 0;
	watch_phase(r->watch, "verify");
	const struct rows_job job = { .engine = r->engine,
				      .watch = r->watch,
				      .gate = r->gate,
				      .ends = { { r->ends[0].session, r->ends[0].connections },
						{ r->ends[1].session, r->ends[1].connections } },
				      .pairs = pairs,
				      .count = keep_whole(r, pairs, count),
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
		rc = run_patterns(r, err);
	if (rc == 0)
		rc = run_gate(r, err);
	run_phase(r, "verification");
	if (rc == 0 && compare_objects(r->report, &r->ends[0].catalog, &r->ends[1].catalog, r->watch) < 0)
		rc = err_set(err, -ENOMEM, "report");
	if (rc == 0)
		rc = compare_rows(r, err);
	if (rc == 0)
		r->report->verified = r->options.verify;
	return rc ? rc : watch_stopped(r->watch, err);
}

int verify_run(struct report *report, const struct run_job *job)
{
	return run_whole(report, job, verify_session);
}
