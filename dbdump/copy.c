#include "dbdump/copy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/compare.h"
#include "dbdump/execute.h"
#include "dbdump/ferry.h"
#include "dbdump/imports.h"
#include "dbdump/mark.h"
#include "dbdump/plan.h"
#include "dbdump/report_add.h"
#include "dbdump/resume.h"
#include "dbdump/rows.h"
#include "dbdump/thread.h"
#include "dbdump/workers.h"
#include "xfer/base/fd.h"

/* One session's databases on their way. */
struct copy {
	struct run *run;
	const struct strings *from, *to;
	struct script script;
	size_t first_table; /* of its tables in the report */
	bool *in;	    /* of each of its tables: the rows are there, and did not come as rows */
	struct resume resume;
};

static struct end *source(const struct copy *c)
{
	return &c->run->ends[0];
}

static struct end *target(const struct copy *c)
{
	return &c->run->ends[1];
}

/* Nothing is dropped of what is still to be read, under whatever name the server was reached. */
static int check_distinct(const struct copy *c, struct err *err)
{
	bool same = false;
	char mark[MARK_MOST] = "";
	const struct strings *all = c->run->job.sources ? c->run->job.sources : &c->run->from;
	int rc = c->run->engine->mark(source(c)->session, mark, err);
	if (rc == 0 && mark[0])
		rc = c->run->engine->marked(target(c)->session, mark, &same, err);
	for (size_t i = 0; rc == 0 && same && i < c->to->count; i++)
		for (size_t k = 0; k < all->count; k++)
			if (strcmp(c->to->at[i], all->at[k]) == 0)
				return err_say(
					err, -ENOTEMPTY,
					"%s: it is the source's own server, and database %s is being copied",
					c->run->job.uris[1]->shown, c->to->at[i]);
	return rc;
}

/* They come before all that is said of the source. */
static int open_for_files(struct copy *c, const struct session_job *to, struct err *err)
{
	int rc = run_open(c->run, 1, to, err);
	run_phase(c->run, "files");
	return rc ? rc : c->run->job.arrive(&c->run->job, target(c)->session, c->run->watch, err);
}

static int open_both(struct copy *c, struct err *err)
{
	const struct session_job from = { .uri = c->run->job.uris[0],
					  .options = &c->run->options,
					  .databases = c->from,
					  .role = ROLE_SOURCE };
	const struct session_job to = { .uri = c->run->job.uris[1],
					.options = &c->run->options,
					.databases = c->to,
					.role = ROLE_TARGET,
					.origin = c->run->job.uris[0]->shown,
					.frozen = c->run->job.frozen };
	int rc = c->run->job.arrive ? open_for_files(c, &to, err) : 0;
	if (rc == 0)
		rc = run_open(c->run, 0, &from, err);
	if (rc == 0 && !c->run->job.arrive)
		rc = run_open(c->run, 1, &to, err);
	if (rc == 0)
		rc = check_distinct(c, err);
	if (rc == 0)
		watch_answer(c->run->watch, "", 0);
	return rc ? rc : run_gate(c->run, err);
}

/* Tables' files may have come from another host. */
static bool comes_by_ferry(const struct copy *c)
{
	return c->run->job.arrive && ferry_wanted(c->run->engine, &c->run->options);
}

/* What goes otherwise than as rows. */
static int meet(struct copy *c, struct err *err)
{
	const struct meeting m = { source(c)->session, target(c)->session, c->run->gate, c->run->watch };
	return c->run->engine->meet ? c->run->engine->meet(&m, err) : 0;
}

static int take_snapshot(struct copy *c, struct err *err)
{
	return run_snapshot(c->run, 0, err);
}

/* The tables that the engine cannot put into the snapshot are said at once: their owner may want to lock them. */
static void warn_of_live(const struct copy *c, const struct table *t)
{
	AUTO(fd_free_buffer) char *text = NULL;
	if (t->rows_kind != ROWS_LIVE)
		return;
	if (asprintf(&text,
		     "%s.%s: its rows are not of the snapshot's moment, since its engine has no transactions",
		     t->schema, t->name) < 0)
		text = NULL;
	if (text)
		watch_warn(c->run->watch, text);
}

static int read_catalog(struct copy *c, struct err *err)
{
	struct catalog *catalog = &source(c)->catalog;
	int rc = run_catalog(c->run, 0, err);
	if (rc == 0 && comes_by_ferry(c))
		c->run->engine->ferry->arrived(target(c)->session, catalog);
	if (rc == 0)
		rc = run_patterns(c->run, err);
	if (rc == 0)
		rc = c->run->engine->script(source(c)->session, catalog, &c->script, err);
	c->first_table = c->run->report->table_count;
	for (size_t i = 0; i < catalog->table_count && rc == 0; i++) {
		warn_of_live(c, &catalog->tables[i]);
		if (report_table(c->run->report, &catalog->tables[i]) < 0)
			rc = err_set(err, -ENOMEM, "report");
	}
	return rc;
}

/* While rows came some connections had nothing to do for hours, which not all that is in between allows. */
static int mend_target(struct copy *c, struct err *err)
{
	int rc = 0;
	for (unsigned i = 0; i <= target(c)->connections && c->run->engine->mend && rc == 0; i++)
		rc = c->run->engine->mend(target(c)->session, i, err);
	return rc;
}

static int run_statements(struct copy *c, enum phase phase, struct err *err)
{
	const struct execute_job job = { c->run->engine, target(c)->session, c->run->watch,
					 target(c)->connections };
	return execute_phase(&job, &c->script, phase, err);
}

static int make_before(struct copy *c, struct err *err)
{
	int rc = c->run->engine->prepare(target(c)->session, err);
	if (rc == 0 && c->run->job.frozen)
		rc = resume_begin(&c->resume, err);
	if (rc || c->resume.count)
		return rc;
	rc = run_statements(c, PHASE_BEFORE, err);
	/* of what failed nobody would hear from the copy that goes on */
	if (rc == 0 && c->run->job.frozen && !c->run->report->failure_count)
		rc = c->run->engine->note(target(c)->session, MARK_TABLES, err);
	return rc;
}

/* What verification wants to know of the source's tables that come in meanwhile: it need not read them then. */
static int read_source(struct copy *c, struct err *err)
{
	const struct catalog *catalog = &source(c)->catalog;
	AUTO(fd_free_buffer) struct rows_pair *pairs = calloc(catalog->table_count + 1, sizeof *pairs);
	size_t count = 0;
	if (!pairs)
		return err_set(err, -ENOMEM, "verification");
	for (size_t i = 0; i < catalog->table_count; i++)
		if (catalog->tables[i].by_file)
			pairs[count++] = (struct rows_pair){
				.ends = { &catalog->tables[i] },
				.report = &c->run->report->tables[c->first_table + i],
			};
	const struct rows_job job = { .engine = c->run->engine,
				      .watch = c->run->watch,
				      .gate = c->run->gate,
				      .ends = { { source(c)->session, source(c)->connections } },
				      .pairs = pairs,
				      .count = count,
				      .mode = VERIFY_ROWS };
	return rows_read_source(&job, err);
}

struct importing {
	struct imports_job job;
	int rc;
	struct err err;
	pthread_t thread;
};

static void *run_imports(void *arg)
{
	struct importing *i = arg;
	i->rc = imports_run(&i->job, &i->err);
	return NULL;
}

/* Those that go as rows after all are read anew. */
static void forget_others(const struct copy *c)
{
	for (size_t i = 0; i < source(c)->catalog.table_count; i++) {
		struct table_report *r = &c->run->report->tables[c->first_table + i];
		if (!c->in[i]) {
			r->read = false;
			r->source = (struct rows_digest){ 0 };
		}
	}
}

static int import_files(struct copy *c, struct err *err)
{
	struct importing i = { .job = { .engine = c->run->engine,
					.target = target(c)->session,
					.watch = c->run->watch,
					.connections = target(c)->connections,
					.catalog = &source(c)->catalog,
					.tables = c->run->report->tables + c->first_table,
					.in = c->in } };
	if (!imports_any(&i.job))
		return 0;
	watch_phase(c->run->watch, "import");
	int rc = 0;
	/* of a source on another host that one reads them, beside us */
	if (c->run->options.verify != VERIFY_ROWS || c->run->job.arrive ||
	    thread_start(&i.thread, run_imports, &i) < 0) {
		run_imports(&i);
	} else {
		rc = read_source(c, err);
		pthread_join(i.thread, NULL);
		forget_others(c);
	}
	if (i.rc)
		*err = i.err;
	return i.rc ? i.rc : rc;
}

/* The source's host sends the rows of all others: a bit a table, those that are in. */
static int tell_imported(struct copy *c, struct err *err)
{
	size_t count = source(c)->catalog.table_count;
	AUTO(fd_free_buffer) uint8_t *bits = calloc(count / 8 + 1, 1);
	if (!bits)
		return err_set(err, -ENOMEM, "import");
	for (size_t i = 0; i < count; i++)
		bits[i / 8] |= (uint8_t)(c->in[i] << i % 8);
	watch_answer(c->run->watch, bits, count / 8 + 1);
	return 0;
}

static int import(struct copy *c, struct err *err)
{
	c->in = calloc(source(c)->catalog.table_count + 1, sizeof *c->in);
	if (!c->in)
		return err_set(err, -ENOMEM, "import");
	int rc = import_files(c, err);
	return rc || !comes_by_ferry(c) ? rc : tell_imported(c, err);
}

static int plan_copy(struct plan *out, const struct copy *c, struct err *err)
{
	const struct catalog *catalog = &source(c)->catalog;
	AUTO(fd_free_buffer) const struct table **tables = calloc(catalog->table_count + 1, sizeof *tables);
	if (!tables)
		return err_set(err, -ENOMEM, "plan");
	for (size_t i = 0; i < catalog->table_count; i++)
		tables[i] = c->in[i] ? NULL : &catalog->tables[i];
	const struct plan_job job = { .engine = c->run->engine,
				      .session = source(c)->session,
				      .tables = tables,
				      .count = catalog->table_count,
				      .connections = source(c)->connections };
	return plan_make(out, &job, err);
}

static int copy_rows(struct copy *c, struct err *err)
{
	struct plan plan;
	int rc = plan_copy(&plan, c, err);
	if (rc < 0)
		return rc;
	if (c->resume.count)
		rc = resume_plan(&c->resume, &plan, &source(c)->catalog, err);
	if (rc < 0) {
		plan_fini(&plan);
		return rc;
	}
	watch_phase(c->run->watch, "copy");
	const struct workers_job job = { .engine = c->run->engine,
					 .source = source(c)->session,
					 .target = target(c)->session,
					 .readers = source(c)->connections,
					 .writers = target(c)->connections,
					 .catalog = &source(c)->catalog,
					 .script = &c->script,
					 .plan = &plan,
					 .gate = c->run->gate,
					 .watch = c->run->watch,
					 .last = c->run->last,
					 .tables = c->run->report->tables + c->first_table,
					 .in = c->in };
	rc = (c->run->job.rows ? c->run->job.rows : workers_run)(&job, err);
	if (rc == 0)
		watch_tell(c->run->watch);
	plan_fini(&plan);
	return rc;
}

static int make_after(struct copy *c, struct err *err)
{
	int rc = mend_target(c, err);
	return rc ? rc : run_statements(c, PHASE_AFTER, err);
}

static int make_last(struct copy *c, struct err *err)
{
	int rc = mend_target(c, err);
	return rc ? rc : run_statements(c, PHASE_LAST, err);
}

/* The tables that are at both ends. */
static size_t pair_tables(const struct copy *c, struct rows_pair *pairs)
{
	const struct catalog *catalog = &source(c)->catalog;
	size_t count = 0;
	for (size_t i = 0; i < catalog->table_count; i++) {
		const struct table *a = &catalog->tables[i];
		struct table_report *r = &c->run->report->tables[c->first_table + i];
		/* a schema that is no database keeps its name: nothing renames it */
		const char *schema = c->run->engine->spans ? options_renamed(&c->run->options, a->schema)
							   : a->schema;
		const struct table *b = catalog_find_table(&target(c)->catalog, schema, a->name);
		if (a->rows_kind == ROWS_NONE)
			continue;
		if (b)
			pairs[count++] = (struct rows_pair){ .ends = { a, b }, .report = r };
		else if (r->verdict == VERDICT_NONE)
			r->verdict = VERDICT_MISSING;
	}
	return count;
}

static int verify_rows(struct copy *c, struct err *err)
{
	AUTO(fd_free_buffer)
	struct rows_pair *pairs = calloc(source(c)->catalog.table_count + 1, sizeof *pairs);
	if (!pairs)
		return err_set(err, -ENOMEM, "verification");
	watch_phase(c->run->watch, "verify");
	const struct rows_job job = { .engine = c->run->engine,
				      .watch = c->run->watch,
				      .gate = c->run->gate,
				      .ends = { { source(c)->session, source(c)->connections },
						{ target(c)->session, target(c)->connections } },
				      .pairs = pairs,
				      .count = pair_tables(c, pairs),
				      .mode = c->run->options.verify,
				      .last = c->run->last };
	return rows_compare(&job, err);
}

static int verify(struct copy *c, struct err *err)
{
	const struct options *o = &c->run->options;
	if (o->verify == VERIFY_NONE)
		return 0;
	int rc = mend_target(c, err);
	if (rc == 0)
		rc = run_catalog(c->run, 1, err);
	if (rc < 0)
		return rc;
	/* with --data-only what has the rows was there before: it is as it is */
	if (!o->data_only &&
	    compare_objects(c->run->report, &source(c)->catalog, &target(c)->catalog, c->run->watch) < 0)
		return err_set(err, -ENOMEM, "report");
	rc = verify_rows(c, err);
	if (rc == 0)
		c->run->report->verified = o->verify;
	return rc ? rc : c->run->engine->info(target(c)->session, &target(c)->info, err);
}

static const char schema[] = "schema"; /* the first step that writes */

/* What could not be copied is in the report; the copy is at its end all the same. */
static int finish(struct copy *c, struct err *err)
{
	int rc = mend_target(c, err);
	return rc || !c->run->engine->finish ? rc : c->run->engine->finish(target(c)->session, err);
}

static const struct {
	const char *phase;
	int (*run)(struct copy *c, struct err *err);
} steps[] = {
	{ "connect", open_both },	   { "files", meet },
	{ "snapshot", take_snapshot },	   { "read the catalog", read_catalog },
	{ schema, make_before },	   { "files", import },
	{ "rows and indexes", copy_rows }, { "constraints and code", make_after },
	{ "last things", make_last },	   { "verification", verify },
	{ "last things", finish },
};

static int copy_session(struct run *r, const struct strings *from, const struct strings *to, struct err *err)
{
	struct copy c = { .run = r, .from = from, .to = to, .resume = { .run = r } };
	int rc = 0;
	for (size_t i = 0; i < sizeof steps / sizeof *steps && rc == 0; i++) {
		run_phase(r, steps[i].phase);
		rc = steps[i].run(&c, err);
		if (rc == 0)
			rc = watch_stopped(r->watch, err);
	}
	script_fini(&c.script);
	resume_fini(&c.resume);
	free(c.in);
	return rc;
}

bool copy_touched(const struct report *report)
{
	for (size_t i = 0; i < report->phase_count; i++)
		if (strcmp(report->phases[i].phase, schema) == 0)
			return true;
	return false;
}

int copy_run(struct report *report, const struct run_job *job)
{
	return run_whole(report, job, copy_session);
}
