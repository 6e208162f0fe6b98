#include "dbdump/execute.h"

#include <stdio.h>

#include "dbdump/outcome.h"
#include "xfer/base/fd.h"

static void warn(struct watch *w, const struct statement *st, const struct err *err)
{
	AUTO(fd_free_buffer) char *text = NULL;
	if (asprintf(&text, "%s %s: %s", st->kind, st->name, err->text) < 0)
		text = NULL;
	watch_warn(w, text ? text : err->text);
}

void execute_statement(const struct execute_job *job, unsigned conn, const struct statement *st)
{
	struct err err = { 0 };
	if (job->engine->execute(job->target, conn, st, &err) == 0)
		return;
	if (outcome_ends_run(err.code))
		watch_stop(job->watch, &err);
	else if (st->optional)
		warn(job->watch, st, &err);
	else
		watch_failure(job->watch, st->kind, st->name, &err);
}
