#include "dbdump/cli/work.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/archive/dump.h"
#include "dbdump/archive/files.h"
#include "dbdump/archive/flow.h"
#include "dbdump/copy.h"
#include "dbdump/outcome.h"
#include "dbdump/report_add.h"
#include "dbdump/verify.h"
#include "xfer/base/fd.h"

/* A file that holds less than all of its databases, and no more of them than were asked for, is none. */
static int dump(const struct work *w, const struct run_job *job, struct report *r)
{
	struct file *file = NULL;
	int rc = file_open(&file, job->uris[1]->shown, w->options->drop_existing, &r->error);
	if (rc < 0)
		return r->status = (int)outcome_of_error(rc);
	rc = dump_run(r, job, file, w->ends->archived);
	file_close(file);
	return rc;
}

/* What an archive lacks is not what a run of it failed to do, but a failure all the same. */
static void add_damages(const struct work *w, size_t end, struct report *r)
{
	const struct strings *d = w->ends->archives[end] ? archive_damages(w->ends->archives[end]) : NULL;
	for (size_t i = 0; d && i + 2 < d->count; i += 3) {
		struct err err;
		err_say(&err, -EBADMSG, "%s", d->at[i + 2]);
		const struct failure *f = report_failure(r, d->at[i], d->at[i + 1], &err);
		if (f && w->observer->failure)
			w->observer->failure(w->observer->ctx, f);
	}
	r->status = (int)outcome_of_report(r);
}

static void name_archive(char out[static 2 * FORMAT_ID + 1], const struct archive *a)
{
	for (size_t i = 0; i < FORMAT_ID; i++)
		snprintf(out + 2 * i, 3, "%02x", archive_id(a)[i]);
}

/* What was chosen at the dump holds for the load. */
static int load(const struct work *w, const struct run_job *asked, struct report *r)
{
	struct run_job job = *asked;
	struct options o = *w->options;
	const struct hello *h = archive_hello(w->ends->archives[0]);
	o.schema_only = h->schema_only;
	o.data_only = h->data_only;
	o.users = h->users;
	job.options = &o;
	job.sources = &h->sources;
	job.rows = archive_stream(w->ends->archives[0]) ? flow_run : NULL;
	char frozen[2 * FORMAT_ID + 1];
	if (!archive_stream(w->ends->archives[0])) {
		name_archive(frozen, w->ends->archives[0]);
		job.frozen = frozen;
	}
	job.arrive = w->observer->answer && w->ends->engine->ferry ? files_take : NULL;
	if (o.data_only && o.drop_existing)
		return r->status = (int)outcome_of_error(err_say(
			       &r->error, -EINVAL,
			       "%s was dumped with --data-only: it needs the tables that --drop-existing would drop",
			       archive_shown(w->ends->archives[0])));
	int status = copy_run(r, &job);
	if (r->error.code == 0)
		archive_end(w->ends->archives[0]);
	return status;
}

/* All that is defined in an archive has its databases' names in it. Where the other end's were to be called otherwise, what is looked
 * at there, and dropped, would be others than those that are loaded. */
static int check_names(const struct ends *e, const struct options *o, struct err *err)
{
	const struct strings *path = &e->at[1].databases, *own;
	AUTO(fd_free_buffer) char *name = NULL;
	if (!e->archives[0] || (!path->count && !o->renames.count))
		return 0;
	own = &archive_hello(e->archives[0])->databases;
	if (path->count && !(name = malloc(strlen(path->at[0]) + 1)))
		return err_set(err, -ENOMEM, "%s", e->at[1].shown);
	if (!o->renames.count && path->count == 1 && own->count == 1 &&
	    uri_pattern_is_name(path->at[0], name) && !strcmp(name, own->at[0]))
		return 0;
	return err_say(
		err, -EINVAL,
		"a database has the name that it has in the archive %s (%s%s): the path of %s is empty, or "
		"this name; dump --rename gives it another",
		archive_shown(e->archives[0]), own->at[0], own->count > 1 ? ", ..." : "", e->at[1].shown);
}

/* Rows are read again where ends differ, and by several threads: not of a pipe. */
static int check(enum args_command command, const struct ends *e, const struct options *o, struct err *err)
{
	for (size_t i = 0; command == ARGS_VERIFY && i < 2; i++)
		if (e->archives[i] && archive_stream(e->archives[i]))
			return err_say(err, -EINVAL,
				       "%s: verify reads an archive from a file, not from a pipe",
				       archive_shown(e->archives[i]));
	if (o->resume && archive_stream(e->archives[0]))
		return err_say(err, -EINVAL, "%s: --resume reads an archive from a file, not from a pipe",
			       archive_shown(e->archives[0]));
	return check_names(e, o, err);
}

int work_run(struct report *r, const struct work *w)
{
	struct run_job job = { .engine = w->ends->engine,
			       .uris = { &w->ends->at[0], &w->ends->at[1] },
			       .options = w->options,
			       .observer = w->observer };
	int status = check(w->command, w->ends, w->options, &r->error);
	if (status < 0)
		return r->status = (int)outcome_of_error(status);
	if (w->command == ARGS_DUMP)
		return dump(w, &job, r);
	/* what tables have that were there before is not ours to take away */
	job.again = w->command == ARGS_COPY && !w->options->data_only;
	if (w->command == ARGS_COPY)
		return copy_run(r, &job);
	if (w->command == ARGS_LOAD)
		status = load(w, &job, r);
	else
		status = verify_run(r, &job);
	for (size_t i = 0; i < 2; i++)
		add_damages(w, i, r);
	return status;
}
