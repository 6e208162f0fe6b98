#include "dbdump/cli/cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "dbdump/cli/ends.h"
#include "dbdump/cli/findings_tell.h"
#include "dbdump/cli/output.h"
#include "dbdump/cli/rehearsal.h"
#include "dbdump/cli/sizes_read.h"
#include "dbdump/copy.h"
#include "dbdump/file.h"
#include "dbdump/outcome.h"
#include "dbdump/preflight.h"
#include "xfer/base/clock.h"
#include "xfer/front/process.h"

enum { ROOM = 64 << 10 }; /* for the file, which has a few findings as a rule */

struct stage {
	struct rehearsal *rehearsal;
	struct output *out;
	const struct run_job *job;
};

/* What was found is told at once: who reads it may not want to wait for the copy. */
static void tell_findings(const struct stage *s)
{
	struct line *l = output_line(s->out);
	if (!l)
		return;
	findings_text(l, &s->rehearsal->found);
	line_add(l, "\n");
	output_end(s->out);
}

static int look(const struct stage *s, struct err *err)
{
	struct rehearsal *r = s->rehearsal;
	uint64_t since = clock_now();
	int rc = preflight_run(&r->found, s->job, err);
	r->preflight_s = (double)(clock_now() - since) / (double)CLOCK_SECOND;
	if (rc == 0 || r->found.count)
		tell_findings(s);
	if (rc == 0 && s->job->options->strict && findings_status(&r->found) != EXIT_OK)
		rc = err_say(err, -ENOTEMPTY, "nothing was copied: %" PRIu64 " certain to fail, and --strict",
			     findings_count(&r->found, SEVERITY_CERTAIN));
	return rc;
}

/* Whatever keeps the sizes from being read will be met by the copy, too, which ends in its own words. */
static int measure(const struct stage *s, struct err *err)
{
	/* its warnings are the copy's */
	const struct observer silent = { .quit = s->job->observer->quit };
	struct run_job job = *s->job;
	struct err why = { 0 };
	job.observer = &silent;
	int rc = sizes_read(&s->rehearsal->sizes, &job, &why);
	if (rc == -EINTR)
		return *err = why, rc;
	if (rc < 0) {
		sizes_fini(&s->rehearsal->sizes);
		err_context(&why, "how large it is is not known");
		output_warning(s->out, why.text);
	}
	return 0;
}

/* Another try may end otherwise, whatever preflight has found. */
static bool is_of_the_moment(int status)
{
	return status == EXIT_CONNECTION || status == EXIT_FILE_IO || status == EXIT_INTERRUPTED ||
	       status == EXIT_DEADLINE;
}

static void rehearse(const struct stage *s)
{
	struct report *report = &s->rehearsal->report;
	struct err err = { 0 };
	int rc = look(s, &err);
	if (rc == 0)
		rc = measure(s, &err);
	if (rc == 0) {
		copy_run(report, s->job);
	} else {
		report->error = err;
		report->status = (int)outcome_of_error(rc);
	}
	bool expected = findings_status(&s->rehearsal->found) != EXIT_OK;
	if (expected && !copy_touched(report) && !is_of_the_moment(report->status))
		report->status = EXIT_REFUSED;
}

/* One line, which is there whole or not at all. */
static int store(struct file *file, const struct rehearsal *r, const struct totals *t, struct err *err)
{
	struct event e;
	event_init(&e, -1);
	e.line.hold = SIZE_MAX;
	rehearsal_event(&e, r, t);
	int rc = event_end(&e);
	if (rc < 0)
		err_set(err, rc, "%s", r->options->output);
	else
		rc = file_write(file, e.line.text.data, e.line.text.len, err);
	event_fini(&e);
	return rc ? rc : file_commit(file, err);
}

/* Seen to before the copy, which may take hours: that what was measured can be kept. */
static int make_place(struct file **file, const struct options *o, struct report *report)
{
	int rc = o->output ? file_open(file, o->output, true, &report->error) : 0;
	if (rc == 0 && *file)
		rc = file_reserve(*file, ROOM, &report->error);
	if (rc == 0)
		return 0;
	file_closep(file); /* not the place for words on a run that is none */
	report->status = rc == -EINVAL ? EXIT_USAGE : EXIT_FILE_IO;
	return rc;
}

static void tell_programs(struct output *out, const struct rehearsal *r, const struct totals *t)
{
	struct event *e = output_event(out);
	if (!e || !r->ends->engine)
		return;
	rehearsal_event(e, r, t);
	output_end_event(out);
}

static void keep(struct file *file, struct output *out, struct rehearsal *r, const struct totals *t)
{
	struct err err = { 0 };
	int rc = store(file, r, t, &err);
	if (rc == 0)
		return;
	if (r->report.status != EXIT_OK) {
		output_error(out, err.text);
	} else {
		r->report.error = err; /* which output_report tells */
		r->report.status = EXIT_FILE_IO;
	}
}

static void tell_people(struct output *out, const struct rehearsal *r, const struct totals *t)
{
	struct line *l = r->report.error.code ? NULL : output_line(out);
	if (!l)
		return;
	rehearsal_text(l, r, t);
	output_end(out);
}

static int tell(struct output *out, struct rehearsal *r, struct file *file)
{
	struct totals t;
	int rc = totals_of(&t, &r->report);
	if (rc < 0)
		return EXIT_FILE_IO;
	tell_programs(out, r, &t);
	if (file)
		keep(file, out, r, &t);
	rc = output_report(out, &r->report);
	tell_people(out, r, &t);
	return (rc < 0 || output_failed(out)) && r->report.status == EXIT_OK ? EXIT_FILE_IO
									     : r->report.status;
}

int cmd_rehearse(const struct options *o, const struct strings *operands)
{
	AUTO(ends_fini) struct ends ends = { 0 };
	AUTO(output_closep) struct output *out = NULL;
	AUTO(file_closep) struct file *file = NULL;
	AUTO(rehearsal_fini) struct rehearsal r = { .options = o, .ends = &ends };
	struct err err = { 0 };
	if (output_open(&out, o, "rehearse", &err) < 0) {
		process_complain("dbdump", err.text);
		return outcome_of_error(err.code);
	}
	int rc = ends_parse(&ends, operands, ARGS_REHEARSE, &r.report.error);
	if (rc < 0) {
		r.report.status = ends_status(rc);
	} else if (make_place(&file, o, &r.report) == 0) {
		const struct observer observer = output_observer(out, &cmd_quit);
		const struct run_job job = { .engine = ends.engine,
					     .uris = { &ends.at[0], &ends.at[1] },
					     .options = o,
					     .observer = &observer };
		output_start(out, ends.at[0].shown, ends.at[1].shown);
		rehearse(&(struct stage){ &r, out, &job });
	}
	return tell(out, &r, file);
}
