#include "dbdump/archive/dump.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dbdump/archive/dump_impl.h"
#include "dbdump/archive/part.h"
#include "dbdump/archive/section.h"
#include "dbdump/outcome.h"
#include "dbdump/report_add.h"
#include "xfer/base/fd.h"

/* All of a dump; the second URI's archive. */
struct dump {
	struct file *file;
	const struct archived *archived;
	struct writer *writer; /* made by the first section */
	struct strings databases;
	bool *done; /* of each section */
};

static struct dump *dump_of(const struct run *r)
{
	return r->job.uris[1]->archive;
}

static struct end *source(const struct part_dump *d)
{
	return &d->run->ends[0];
}

static int open_source(struct part_dump *d, const struct strings *from, struct err *err)
{
	const struct session_job job = { .uri = d->run->job.uris[0],
					 .options = &d->run->options,
					 .databases = from,
					 .role = ROLE_SOURCE };
	int rc = run_open(d->run, 0, &job, err);
	if (rc == 0 && d->run->job.observer->go)
		rc = d->run->engine->mark(source(d)->session, d->mark, err);
	return rc ? rc : run_gate(d->run, err);
}

static int make_plan(struct part_dump *d, struct err *err)
{
	const struct catalog *c = &source(d)->catalog;
	AUTO(fd_free_buffer) const struct table **tables = calloc(c->table_count + 1, sizeof *tables);
	d->ranks = calloc(c->table_count + 1, sizeof *d->ranks);
	if (!tables || !d->ranks)
		return err_set(err, -ENOMEM, "plan");
	for (size_t i = 0; i < c->table_count; i++)
		tables[i] = &c->tables[i];
	const struct plan_job job = { .engine = d->run->engine,
				      .session = source(d)->session,
				      .tables = tables,
				      .count = c->table_count,
				      .connections = source(d)->connections };
	int rc = plan_make(&d->plan, &job, err);
	if (rc == 0)
		rc = dump_sort_parts(d, err);
	if (rc < 0)
		return rc;
	d->tasks = calloc(d->plan.count + 1, sizeof *d->tasks);
	d->read = calloc(d->plan.count + 1, sizeof *d->read);
	if (!d->tasks || !d->read)
		return err_set(err, -ENOMEM, "plan");
	for (size_t i = 0; i < d->plan.count; i++) {
		const struct part *p = &d->plan.parts[i];
		const struct table *t = &c->tables[p->table];
		d->tasks[i] = (struct scan_task){ .index = p->table,
						  .table = t,
						  .where = p->where,
						  .expected = t->data_bytes /
							      d->plan.wheres[p->table].where.count };
	}
	return 0;
}

static int read_catalog(struct part_dump *d, struct err *err)
{
	const struct catalog *c = &source(d)->catalog;
	run_phase(d->run, "read the catalog");
	int rc = run_catalog(d->run, 0, err);
	if (rc == 0)
		rc = run_patterns(d->run, err);
	if (rc == 0)
		rc = d->run->engine->script(source(d)->session, c, &d->script, err);
	d->first_table = d->run->report->table_count;
	for (size_t i = 0; i < c->table_count && rc == 0; i++)
		if (report_table(d->run->report, &c->tables[i]) < 0)
			rc = err_set(err, -ENOMEM, "report");
	return rc ? rc : make_plan(d, err);
}

static void fill_hello(struct hello *h, const struct dump *d, const struct run *r)
{
	const struct options *o = &r->options;
	snprintf(h->engine, sizeof h->engine, "%s", r->engine->name);
	snprintf(h->program, sizeof h->program, "%s", XFER_VERSION);
	h->taken = (uint64_t)time(NULL);
	h->one_section = r->engine->spans;
	h->schema_only = o->schema_only;
	h->data_only = o->data_only;
	h->users = o->users;
	h->databases = d->databases; /* borrowed, as those are */
	h->sources = r->from;
	h->only = o->only_tables;
	h->except = o->exclude_tables;
}

static int begin_archive(struct dump *d, const struct run *r, struct err *err)
{
	struct hello h = { 0 };
	for (size_t i = 0; i < r->to.count; i++)
		if (strings_add(&d->databases, r->to.at[i], strlen(r->to.at[i])))
			return err_set(err, -ENOMEM, "archive");
	d->done = calloc(r->to.count + 1, sizeof *d->done);
	if (!d->done)
		return err_set(err, -ENOMEM, "archive");
	fill_hello(&h, d, r);
	return writer_new(&d->writer, d->file, &h, err);
}

static int make_lanes(struct part_dump *d, unsigned count, struct err *err)
{
	return d->lanes || lanes_new(&d->lanes, count) == 0 ? 0 : err_set(err, -ENOMEM, "archive");
}

/* Tables' files come before all else. */
static int ship(struct part_dump *d, struct err *err)
{
	struct run *r = d->run;
	d->ferries = r->job.observer->go && ferry_wanted(r->engine, &r->options);
	if (!d->ferries)
		return 0;
	run_phase(r, "files");
	int rc = begin_archive(d->dump, r, err);
	if (rc == 0)
		rc = make_lanes(d, r->options.jobs, err);
	d->files.writer = d->dump->writer;
	d->files.lanes = d->lanes;
	d->files.watch = r->watch;
	return rc ? rc : files_ship(&d->files, r, source(d)->session, err);
}

static int take_snapshot(struct part_dump *d, struct err *err)
{
	run_phase(d->run, "snapshot");
	return run_snapshot(d->run, 0, err);
}

static int put_head(struct part_dump *d, struct err *err)
{
	const struct record r = { .type = RECORD_SECTION, .section = d->section };
	struct payload *p = lanes_take(d->lanes);
	int rc = writer_put_long(d->dump->writer, p, &r, d->head.data, d->head.len, err);
	lanes_give(d->lanes, p);
	return rc;
}

static int begin_section(struct part_dump *d, struct err *err)
{
	const struct section_source s = { .databases = d->to,
					  .info = &source(d)->info,
					  .snapshot = &source(d)->snapshot,
					  .mark = d->mark,
					  .catalog = &source(d)->catalog,
					  .script = &d->script,
					  .plan = &d->plan,
					  .options = &d->run->options,
					  .spans = d->run->engine->spans,
					  .archived = d->dump->archived };
	int rc = d->dump->writer ? 0 : begin_archive(d->dump, d->run, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; !d->run->engine->spans && i < d->dump->databases.count; i++)
		if (!strcmp(d->dump->databases.at[i], d->to->at[0]))
			d->section = (uint32_t)i;
	section_pack(&d->head, d->ranks, &s);
	if (d->head.failed)
		return err_set(err, -ENOMEM, "definitions in an archive, of %d bytes at most", SECTION_MOST);
	rc = make_lanes(d, source(d)->connections, err);
	if (rc == 0 && d->ferries)
		rc = d->run->engine->ferry->shipped(source(d)->session, &source(d)->catalog, err);
	return rc ? rc : put_head(d, err);
}

/* Rows. */

static struct record record_of(const struct part_dump *d, const struct scan_task *task, enum record_type type)
{
	return (struct record){ .type = type,
				.section = d->section,
				.table = d->ranks[task->index],
				.part = (uint32_t)(task - d->tasks) };
}

/* As many whole lines as fit into one record, or the one that does not; *rows of them. */
static size_t record_length(const uint8_t *lines, size_t len, uint32_t *rows)
{
	size_t at = 0;
	for (*rows = 0; at < len; ++*rows) {
		size_t n = line_length(lines + at, len - at);
		if (at && at + n > RECORD_MOST)
			break;
		at += n;
	}
	return at;
}

static int put_lines(void *ctx, const struct scan_task *task, const uint8_t *lines, size_t len)
{
	struct part_dump *d = ctx;
	struct record r = record_of(d, task, RECORD_ROWS);
	struct err err = { 0 };
	int rc = 0;
	rows_digest_lines(&d->read[task - d->tasks], lines, len);
	if (dump_is_file(d, task))
		return 0;
	struct payload *p = lanes_take(d->lanes);
	for (size_t n; len && rc == 0; lines += n, len -= n) {
		n = record_length(lines, len, &r.rows);
		rc = n > RECORD_MOST ? writer_put_long(d->dump->writer, p, &r, lines, n, &err)
				     : writer_put(d->dump->writer, p, &r, lines, n, &err);
	}
	lanes_give(d->lanes, p);
	return rc ? watch_stop(d->run->watch, &err) : 0;
}

void dump_end_part(struct part_dump *d, const struct scan_task *task)
{
	const struct record r = record_of(d, task, RECORD_PART);
	struct part_over over = { .digest = d->read[task - d->tasks] };
	struct err err = { 0 };
	struct buf b;
	if (task->rc < 0 && outcome_ends_run(task->rc))
		return;
	if (task->rc < 0)
		snprintf(over.error, sizeof over.error, "%s", task->err.text);
	buf_init(&b, RECORD_MOST);
	part_over_pack(&b, &over);
	struct payload *p = lanes_take(d->lanes);
	if (b.failed)
		err_set(&err, -ENOMEM, "archive");
	else
		writer_put(d->dump->writer, p, &r, b.data, b.len, &err);
	lanes_give(d->lanes, p);
	buf_fini(&b);
	if (err.code)
		watch_stop(d->run->watch, &err);
}

/* Of one that goes as its file that is said when it is known to be in. */
static void end_part(void *ctx, const struct scan_task *task)
{
	if (!dump_is_file(ctx, task))
		dump_end_part(ctx, task);
}

static void note_failure(struct part_dump *d, struct table_report *t, const struct err *err)
{
	AUTO(fd_free_buffer) char *name = NULL;
	if (t->verdict == VERDICT_FAILED)
		return;
	t->verdict = VERDICT_FAILED;
	if (asprintf(&name, "%s.%s", t->schema, t->name) < 0)
		name = NULL;
	watch_failure(d->run->watch, "rows", name ? name : t->name, err);
}

static void note_tables(struct part_dump *d)
{
	struct table_report *tables = d->run->report->tables + d->first_table;
	for (size_t i = 0; i < d->plan.count; i++) {
		struct table_report *t = &tables[d->tasks[i].index];
		rows_digest_merge(&t->source, &d->read[i]);
		t->read = true;
		if (d->tasks[i].rc < 0)
			note_failure(d, t, &d->tasks[i].err);
	}
}

int dump_scan(struct part_dump *d, size_t first, size_t count, struct err *err)
{
	const struct scan_job job = { .engine = d->run->engine,
				      .watch = d->run->watch,
				      .gate = d->run->gate,
				      .ends = { { source(d)->session, source(d)->connections } },
				      .tasks = d->tasks + first,
				      .count = count,
				      .last = d->run->last,
				      .lines = put_lines,
				      .over = end_part,
				      .ctx = d };
	return scan_run(&job, err);
}

/* What verification wants to know of tables that went as their files is read while these come in. */
static int dump_rows(struct part_dump *d, struct err *err)
{
	run_phase(d->run, "rows");
	watch_phase(d->run->watch, "dump");
	bool all = d->files.verify == VERIFY_ROWS;
	int rc = dump_scan(d, 0, all ? d->plan.count : d->rows_parts, err);
	if (rc == 0)
		rc = dump_file_tables(d, err);
	if (rc < 0)
		return rc;
	watch_tell(d->run->watch);
	note_tables(d);
	return 0;
}

/* What is to be loaded at the same time is not read before it is known that it can be. */
static int await_go(struct part_dump *d, struct err *err)
{
	AUTO(buf_fini) struct buf said;
	buf_init(&said, 1);
	return files_await(d->run, &said, err);
}

/* The section's end. */

static int put_over(struct dump *d, uint32_t section, const struct strings *failed, struct err *err)
{
	const struct record r = { .type = RECORD_OVER, .section = section };
	struct payload p = { 0 };
	struct buf b;
	buf_init(&b, SIZE_MAX / 4);
	failed_pack(&b, failed);
	int rc = b.failed || payload_init(&p) < 0 ? err_set(err, -ENOMEM, "archive") : 0;
	if (rc == 0)
		rc = writer_put_long(d->writer, &p, &r, b.data, b.len, err);
	payload_fini(&p);
	buf_fini(&b);
	return rc;
}

static int add_failure(struct strings *failed, const struct failure *f)
{
	const char *const words[] = { f->kind, f->name, f->text };
	for (size_t i = 0; i < 3; i++)
		if (strings_add(failed, words[i], strlen(words[i])))
			return -ENOMEM;
	return 0;
}

static int end_section(struct part_dump *d, struct err *err)
{
	AUTO(strings_fini) struct strings failed = { 0 };
	const struct report *r = d->run->report;
	int rc = put_head(d, err);
	for (size_t i = d->first_failure; i < r->failure_count && rc == 0; i++)
		if (add_failure(&failed, &r->failures[i]))
			rc = err_set(err, -ENOMEM, "archive");
	if (rc == 0)
		rc = put_over(d->dump, d->section, &failed, err);
	d->dump->done[d->section] = rc == 0;
	return rc;
}

static int take_steps(struct part_dump *d, const struct strings *from, struct err *err)
{
	static int (*const steps[])(struct part_dump * d, struct err * err) = {
		ship, take_snapshot, read_catalog, begin_section, await_go, dump_rows, end_section
	};
	run_phase(d->run, "connect");
	int rc = open_source(d, from, err);
	for (size_t i = 0; i < sizeof steps / sizeof *steps && rc == 0; i++) {
		rc = steps[i](d, err);
		if (rc == 0)
			rc = watch_stopped(d->run->watch, err);
	}
	return rc;
}

static int dump_session(struct run *r, const struct strings *from, const struct strings *to, struct err *err)
{
	struct part_dump d = {
		.run = r, .dump = dump_of(r), .to = to, .first_failure = r->report->failure_count
	};
	buf_init(&d.head, SECTION_MOST);
	int rc = take_steps(&d, from, err);
	lanes_free(d.lanes);
	files_fini(&d.files);
	script_fini(&d.script);
	plan_fini(&d.plan);
	buf_fini(&d.head);
	free(d.ranks);
	free(d.tasks);
	free(d.read);
	return rc;
}

/* Databases that could not be read at all are said in the archive too. */
static int end_archive(struct dump *d, const struct report *r, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; i < d->databases.count && rc == 0; i++) {
		AUTO(strings_fini) struct strings failed = { 0 };
		if (d->done[i])
			continue;
		for (size_t k = 0; k < r->failure_count; k++)
			if (!strcmp(r->failures[k].name, r->databases.at[i]) &&
			    add_failure(&failed, &r->failures[k]))
				return err_set(err, -ENOMEM, "archive");
		if (failed.count)
			rc = put_over(d, (uint32_t)i, &failed, err);
	}
	if (rc == 0)
		rc = writer_end(d->writer, err);
	return rc ? rc : file_commit(d->file, err);
}

int dump_run(struct report *report, const struct run_job *job, struct file *file,
	     const struct archived *archived)
{
	struct dump d = { .file = file, .archived = archived };
	struct uri to = *job->uris[1];
	struct run_job own = *job;
	struct err err = { 0 };
	to.archive = &d;
	own.uris[1] = &to;
	int status = run_whole(report, &own, dump_session);
	if (report->error.code == 0 && d.writer && end_archive(&d, report, &err) < 0) {
		report->error = err;
		status = report->status = (int)outcome_of_error(err.code);
	}
	if (d.writer) {
		report->target.disk_bytes = writer_bytes(d.writer);
		snprintf(report->target.version, sizeof report->target.version, "archive, version %d",
			 FORMAT_VERSION);
	}
	writer_free(d.writer);
	strings_fini(&d.databases);
	free(d.done);
	return status;
}
