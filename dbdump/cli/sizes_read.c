#include "dbdump/cli/sizes_read.h"

#include <errno.h>

static int ask_session(struct sizes *out, const struct run_job *job, struct session *s, const char *database,
		       struct err *err)
{
	struct snapshot snapshot;
	struct catalog catalog = { 0 };
	int r = job->engine->snapshot(s, &snapshot, err);
	if (!r)
		r = job->engine->catalog(s, &catalog, err);
	if (!r && sizes_add(out, database, &catalog) < 0)
		r = err_set(err, -ENOMEM, "the sizes of %zu tables", catalog.table_count);
	catalog_fini(&catalog);
	return r;
}

/* databases: all that the session has; database: the one, for an engine whose sessions have no other. */
static int ask(struct sizes *out, const struct run_job *job, const struct strings *databases,
	       const char *database, struct err *err)
{
	struct session *s = NULL;
	/* one connection reads a moment of its own without any lock */
	const struct session_job session = {
		.uri = job->uris[0],
		.options = job->options,
		.databases = databases,
		.role = ROLE_COMPARE,
		.connections = 1,
		.warn = job->observer->warn,
		.ctx = job->observer->ctx,
	};
	if (*job->observer->quit)
		return err_say(err, -EINTR, "interrupted");
	int r = job->engine->open(&s, &session, err);
	if (!r)
		r = ask_session(out, job, s, database, err);
	job->engine->close(s);
	return r;
}

static int ask_all(struct sizes *out, const struct run_job *job, struct err *err)
{
	AUTO(strings_fini) struct strings names = { 0 };
	int r = job->engine->databases(&names, job->uris[0], job->options, err);
	for (size_t i = 0; !r && i < names.count; i++) {
		struct strings one = { &names.at[i], 1 };
		r = sizes_add_database(out, names.at[i]);
		if (!r && !job->engine->spans)
			r = ask(out, job, &one, names.at[i], err);
	}
	return r || !job->engine->spans ? r : ask(out, job, &names, NULL, err);
}

int sizes_read(struct sizes *out, const struct run_job *job, struct err *err)
{
	int r = ask_all(out, job, err);
	sizes_sort(out);
	return r;
}
