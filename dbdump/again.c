#include "dbdump/again.h"

#include <errno.h>
#include <stdio.h>

#include "xfer/base/fd.h"

int again_init(struct again *a, struct run *r, struct err *err)
{
	*a = (struct again){ .run = r, .retry = { .watch = r->watch } };
	return report_place(&a->place, r->report) ? err_set(err, -ENOMEM, "report") : 0;
}

void again_fini(struct again *a)
{
	report_place_fini(&a->place);
}

static bool is_lost(int code)
{
	return code == -ECONNRESET || code == -ESTALE || code == -ECONNREFUSED || code == -ECONNABORTED;
}

/* What works at the servers ends; the destination's session stays, to be undone. */
static void end_work(struct run *r)
{
	gate_free(r->gate);
	r->gate = NULL;
	watch_session(r->watch, 0, r->engine, NULL);
	watch_session(r->watch, 1, r->engine, NULL);
	r->engine->close(r->ends[0].session);
	r->ends[0].session = NULL;
	watch_again(r->watch);
}

static void tell(struct again *a, const struct err *why)
{
	AUTO(fd_free_buffer) char *text = NULL;
	a->count++;
	if (asprintf(&text, "the snapshot was lost, and the copy started again (%u of %u): %s", a->count,
		     (unsigned)AGAIN_MOST, why->text) < 0)
		text = NULL;
	watch_warn(a->run->watch, text ? text : why->text);
}

static bool undo(struct again *a)
{
	struct run *r = a->run;
	struct err err = { 0 };
	int rc = 0;
	a->retry.count = 0;
	do
		rc = r->ends[1].session ? r->engine->undo(r->ends[1].session, &err) : 0;
	while (rc < 0 && is_lost(rc) && retry_pause(&a->retry, "what the copy made is taken away", &err));
	if (rc < 0)
		watch_warn(r->watch, err.text);
	a->retry.count = 0;
	return rc == 0;
}

bool again_may(struct again *a, const struct err *err)
{
	struct run *r = a->run;
	struct err why = *err;
	bool had = r->report->moment_count > a->place.moments; /* a snapshot */
	watch_stopped(r->watch, &why);
	if (!r->job.again || !r->engine->undo || !is_lost(why.code) || (!had && !a->count) ||
	    (had && a->count == AGAIN_MOST))
		return false;
	run_phase(r, "start again");
	end_work(r);
	if (had && !undo(a))
		return false;
	if (had)
		tell(a, &why);
	else if (!retry_pause(&a->retry, "the copy starts again", &why))
		return false;
	run_close(r);
	report_return(r->report, &a->place);
	return true;
}
