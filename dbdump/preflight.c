#include "dbdump/preflight.h"

#include <errno.h>
#include <string.h>

static int look(struct findings *found, const struct run_job *job, const struct strings names[2],
		struct err *err)
{
	const struct engine *engine = job->engine;
	size_t each = engine->spans ? names[0].count : 1;
	int r = 0;
	for (size_t i = 0; !r && i < names[0].count; i += each) {
		/* borrowed: all, or a list of one */
		const struct strings from = { &names[0].at[i], each };
		const struct strings to = { job->uris[1] ? &names[1].at[i] : NULL, job->uris[1] ? each : 0 };
		const struct preflight_job one = { .uris = { job->uris[0], job->uris[1] },
						   .options = job->options,
						   .databases = { &from, &to },
						   .found = found,
						   .quit = job->observer->quit };
		r = engine->preflight(&one, err);
	}
	return r;
}

/* A source that is too old even to be asked for its databases. */
static int too_old(struct findings *found, struct err *err)
{
	const struct finding_text text = { "source server", err->text,
					   "upgrade it first, or copy with its own tools" };
	if (findings_add(found, SEVERITY_CERTAIN, "version", text))
		return err_set(err, -ENOMEM, "preflight");
	*err = (struct err){ 0 };
	return 0;
}

static int look_at_all(struct findings *found, const struct run_job *job, struct strings names[2],
		       struct strings *renames, struct err *err)
{
	int r = job->engine->databases(&names[0], job->uris[0], job->options, err);
	if (r == -EPROTONOSUPPORT)
		return too_old(found, err);
	if (!r && !names[0].count)
		r = err_say(err, -ENOENT, "%s: no such database", job->uris[0]->shown);
	if (!r && job->uris[1])
		r = run_names(&names[1], renames, job, &names[0], err);
	if (r)
		return r;
	struct options options = *job->options;
	options.renames = *renames;
	struct run_job renamed = *job;
	renamed.options = &options;
	return look(found, &renamed, names, err);
}

int preflight_run(struct findings *found, const struct run_job *job, struct err *err)
{
	struct strings names[2] = { 0 }, renames = { 0 };
	int r = look_at_all(found, job, names, &renames, err);
	if (findings_sort(found) && !r)
		r = err_set(err, -ENOMEM, "preflight");
	strings_fini(&names[0]);
	strings_fini(&names[1]);
	strings_fini(&renames);
	return r;
}
