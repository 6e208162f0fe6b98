#include "dbdump/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/again.h"
#include "dbdump/outcome.h"
#include "dbdump/report_add.h"
#include "xfer/base/clock.h"
#include "xfer/base/fd.h"

static int add(struct strings *s, const char *text)
{
	return strings_add(s, text, strlen(text));
}

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "run");
}

/* The one name that the destination's path may say. 1: it says one, in *name, which the caller frees. */
static int name_in_path(char **name, const struct strings *from, const struct uri *uri, struct err *err)
{
	const struct strings *patterns = &uri->databases;
	*name = NULL;
	if (!patterns->count)
		return 0;
	*name = malloc(strlen(patterns->at[0]) + 1);
	if (!*name)
		return no_memory(err);
	if (patterns->count == 1 && from->count == 1 && uri_pattern_is_name(patterns->at[0], *name))
		return 1;
	return err_say(
		err, -EINVAL,
		"%s: the second URI's path names one database when there is one to be copied or compared; "
		"otherwise it is empty, and --rename says which have another name",
		uri->shown);
}

int run_names(struct strings *to, struct strings *renames, const struct run_job *job,
	      const struct strings *from, struct err *err)
{
	AUTO(fd_free_buffer) char *name = NULL;
	int rc = name_in_path(&name, from, job->uris[1], err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < from->count; i++) {
		const char *called = rc ? name : options_renamed(job->options, from->at[i]);
		for (size_t k = 0; k < to->count; k++)
			if (strcmp(to->at[k], called) == 0)
				return err_say(err, -EINVAL,
					       "%s and %s would both be called %s at the destination",
					       from->at[k], from->at[i], called);
		if (add(to, called) < 0 || add(renames, from->at[i]) < 0 || add(renames, called) < 0)
			return no_memory(err);
	}
	return 0;
}

/* How each database is called at the destination, and the renames that say so. */
static int name_destinations(struct run *r, struct err *err)
{
	int rc = run_names(&r->to, &r->options.renames, &r->job, &r->from, err);
	for (size_t i = 0; i < r->from.count && rc == 0; i++)
		if (add(&r->report->databases, r->from.at[i]) < 0)
			return no_memory(err);
	return rc;
}

static int begin(struct run *r, struct report *report, const struct run_job *job, struct err *err)
{
	*r = (struct run){ .engine = job->engine,
			   .options = *job->options,
			   .report = report,
			   .job = *job,
			   .since = clock_now() };
	r->options.renames = (struct strings){ 0 };
	r->unrenamed = r->options;
	report->verified = VERIFY_NONE;
	int rc = watch_new(&r->watch, report, job->observer, job->options->deadline, err);
	if (rc < 0)
		return rc;
	run_phase(r, "connect");
	rc = job->engine->databases(&r->from, job->uris[0], job->options, err);
	if (rc < 0)
		return rc;
	if (!r->from.count)
		return err_say(err, -ENOENT, "%s: no such database", job->uris[0]->shown);
	return name_destinations(r, err);
}

void run_phase(struct run *r, const char *phase)
{
	uint64_t now = clock_now();
	if (r->phase) /* without memory for its line its time is lost, no more */
		report_phase(r->report, r->phase, (double)(now - r->phase_since) / (double)CLOCK_SECOND);
	r->phase = phase;
	r->phase_since = now;
}

int run_open(struct run *r, unsigned which, const struct session_job *job, struct err *err)
{
	struct end *e = &r->ends[which];
	struct session_job full = *job;
	full.connections = r->options.jobs;
	full.warn = watch_warn;
	full.ctx = r->watch;
	int rc = r->engine->open(&e->session, &full, err);
	if (rc < 0)
		return rc;
	e->connections = full.connections;
	watch_session(r->watch, which, r->engine, e->session);
	rc = r->engine->info(e->session, &e->info, err);
	if (rc == 0 && job->role == ROLE_TARGET)
		watch_connected(r->watch, false, &e->info, NULL);
	return rc;
}

int run_snapshot(struct run *r, unsigned which, struct err *err)
{
	struct end *e = &r->ends[which];
	int rc = r->engine->snapshot(e->session, &e->snapshot, err);
	if (rc < 0)
		return rc;
	CHECK(e->snapshot.connections >= 1);
	if (e->snapshot.connections < e->connections)
		e->connections = e->snapshot.connections;
	watch_connected(r->watch, which == 0, &e->info, &e->snapshot);
	if (report_moment(r->report, r->database, &e->snapshot) < 0)
		return no_memory(err);
	return 0;
}

int run_catalog(struct run *r, unsigned which, struct err *err)
{
	return r->engine->catalog(r->ends[which].session, &r->ends[which].catalog, err);
}

/* Views and the like are no tables of the catalog: "schema.name" is what they are called. */
static bool is_called(const struct run *r, const char *name, const char *pattern)
{
	const struct strings *renames = &r->options.renames;
	const char *own = strchr(name, '.');
	if (!own)
		return false;
	bool called = uri_pattern_matches(pattern, name) || uri_pattern_matches(pattern, own + 1);
	/* patterns mean the source's names */
	for (size_t i = 0; i + 1 < renames->count && !called; i += 2)
		if (strncmp(name, renames->at[i + 1], (size_t)(own - name)) == 0)
			called = options_pattern_matches(pattern, renames->at[i], own + 1);
	return called;
}

static bool matches(const struct run *r, const struct catalog *c, const char *pattern)
{
	bool found = false;
	for (size_t i = 0; i < c->table_count && !found; i++)
		found = options_pattern_matches(pattern, c->tables[i].schema, c->tables[i].name);
	for (size_t i = 0; i < c->object_count && !found; i++)
		found = is_called(r, c->objects[i].name, pattern);
	return found;
}

static bool leaves_out(const struct catalog *c, const char *pattern)
{
	for (size_t i = 0; i + 1 < c->left_out.count; i += 2)
		if (options_pattern_matches(pattern, c->left_out.at[i], c->left_out.at[i + 1]))
			return true;
	return false;
}

static void note_matches(struct run *r, const struct catalog *c)
{
	const struct strings *only = &r->options.only_tables, *but = &r->options.exclude_tables;
	for (size_t i = 0; i < only->count; i++)
		r->matched[i] = r->matched[i] || matches(r, c, only->at[i]);
	for (size_t i = 0; i < but->count; i++)
		r->matched[only->count + i] = r->matched[only->count + i] || leaves_out(c, but->at[i]);
}

static void warn_of_unmatched(struct run *r, const char *pattern)
{
	AUTO(fd_free_buffer) char *text = NULL;
	if (asprintf(&text, "--exclude-table=%s: %s has no such table", pattern, r->job.uris[0]->shown) < 0)
		text = NULL;
	if (text)
		watch_warn(r->watch, text);
}

int run_patterns(struct run *r, struct err *err)
{
	const struct strings *only = &r->options.only_tables, *but = &r->options.exclude_tables;
	if (!r->matched && !(r->matched = calloc(only->count + but->count + 1, sizeof *r->matched)))
		return no_memory(err);
	for (size_t i = 0; i < 2; i++)
		note_matches(r, &r->ends[i].catalog);
	if (!r->last || r->failed) /* of those that failed nobody knows what they have */
		return 0;
	for (size_t i = 0; i < only->count; i++)
		if (!r->matched[i]) {
			r->mistyped = true;
			return err_say(err, -ENOENT, "--only-table=%s: %s has no such table", only->at[i],
				       r->job.uris[0]->shown);
		}
	for (size_t i = 0; i < but->count; i++)
		if (!r->matched[only->count + i])
			warn_of_unmatched(r, but->at[i]);
	return 0;
}

int run_gate(struct run *r, struct err *err)
{
	const struct gate_job job = { .engine = r->engine,
				      .sessions = { r->ends[0].session, r->ends[1].session },
				      .options = &r->options,
				      .watch = r->watch };
	return gate_new(&r->gate, &job, err);
}

/* What the report says of a server: its version, and how large all of its databases are. */
static void add_info(struct server_info *to, const struct server_info *info)
{
	uint64_t bytes = to->disk_bytes + info->disk_bytes;
	*to = *info;
	to->disk_bytes = bytes;
}

void run_close(struct run *r)
{
	gate_free(r->gate);
	r->gate = NULL;
	add_info(&r->report->source, &r->ends[0].info);
	add_info(&r->report->target, &r->ends[1].info);
	for (unsigned i = 0; i < 2; i++) {
		struct end *e = &r->ends[i];
		watch_session(r->watch, i, r->engine, NULL);
		catalog_fini(&e->catalog);
		r->engine->close(e->session);
		*e = (struct end){ 0 };
	}
}

/* The next database may do better. */
static bool is_of_one(const struct run *r, int rc)
{
	switch (rc) {
	case -ENOENT:
	case -ENOTEMPTY:
	case -EPERM:
	case -ETIMEDOUT:
	case -EBADMSG:
	case -ECONNABORTED:
	case -EAGAIN:
	case -EIO:
		return r->from.count > 1 && !r->mistyped && !watch_stopped(r->watch, NULL);
	default:
		return false;
	}
}

/* Of the tables from first on, in which something went wrong. */
static void know_nothing(struct report *report, size_t first)
{
	for (size_t i = first; i < report->table_count; i++)
		if (report->tables[i].verdict == VERDICT_NONE)
			report->tables[i].verdict = VERDICT_UNKNOWN;
}

/* A step, and what is behind it. */
static int take(struct run *r, run_step *step, const struct strings *from, const struct strings *to,
		struct err *err)
{
	AUTO(again_fini) struct again again;
	size_t first = r->report->table_count;
	int rc = again_init(&again, r, err);
	if (rc < 0)
		return rc;
	do
		rc = step(r, from, to, err);
	while (rc < 0 && again_may(&again, err));
	run_close(r);
	if (rc < 0)
		know_nothing(r->report, first);
	return rc;
}

/* Once for all databases, or once for each where the engine does not span. One that fails for a reason of its own is a failure in
 * the report, and the others go on; when all do it is the run's error. */
static int each(struct run *r, run_step *step, struct err *err)
{
	int rc = 0;
	r->last = true;
	if (r->engine->spans)
		return take(r, step, &r->from, &r->to, err);
	for (size_t i = 0; i < r->from.count && rc == 0; i++) {
		/* borrowed: a list of one */
		const struct strings from = { &r->from.at[i], 1 }, to = { &r->to.at[i], 1 };
		r->database = r->from.at[i];
		r->last = i + 1 == r->from.count;
		rc = take(r, step, &from, &to, err);
		if (is_of_one(r, rc)) {
			watch_failure(r->watch, "database", r->database, err);
			/* where all fail the last one's reason is the run's */
			rc = ++r->failed == r->from.count ? rc : 0;
		}
	}
	return rc;
}

static void add_up(struct report *r)
{
	for (size_t i = 0; i < r->table_count; i++) {
		r->rows += r->tables[i].source.rows;
		r->bytes += r->tables[i].source.bytes;
	}
}

static int end(struct run *r, int rc, const struct err *err)
{
	struct report *report = r->report;
	struct err why = *err;
	/* what a thread met first says more than what came of it */
	if (rc < 0 && r->watch)
		watch_stopped(r->watch, &why);
	watch_free(r->watch);
	run_phase(r, NULL);
	if (rc < 0)
		report->error = why;
	add_up(report);
	if (rc < 0 || r->failed) /* whatever was proven of the others */
		report->verified = VERIFY_NONE;
	report->seconds = (double)(clock_now() - r->since) / (double)CLOCK_SECOND;
	report->status = (int)outcome_of_report(report);
	free(r->matched);
	strings_fini(&r->options.renames);
	strings_fini(&r->from);
	strings_fini(&r->to);
	return report->status;
}

int run_whole(struct report *report, const struct run_job *job, run_step *step)
{
	struct run r;
	struct err err = { 0 };
	int rc = begin(&r, report, job, &err);
	if (rc == 0)
		rc = each(&r, step, &err);
	return end(&r, rc, &err);
}
