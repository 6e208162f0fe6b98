#include "dbdump/cli/rehearsal.h"

#include <math.h>
#include <string.h>

#include "dbdump/cli/findings_tell.h"
#include "dbdump/cli/meaning.h"
#include "dbdump/cli/report_event.h"
#include "xfer/base/figure.h"

/* Gigabytes; of less, what does not depend on the size takes most of the time. */
static const double SMALL = 0.01;

void rehearsal_fini(struct rehearsal *r)
{
	findings_fini(&r->found);
	sizes_fini(&r->sizes);
	report_fini(&r->report);
}

/* All that was to be copied was: of less than that the seconds are not those of a gigabyte. */
static bool is_whole(const struct report *r, const struct totals *t)
{
	const uint64_t *by = t->by_verdict;
	for (size_t i = 0; i < r->failure_count; i++)
		if (strcmp(r->failures[i].kind, "database") == 0)
			return false;
	return !r->error.code && !by[VERDICT_FAILED] && !by[VERDICT_UNKNOWN] && !by[VERDICT_MISSING];
}

static double verification_s(const struct report *r)
{
	for (size_t i = 0; i < r->phase_count; i++)
		if (strcmp(r->phases[i].phase, "verification") == 0)
			return r->phases[i].seconds;
	return 0;
}

static void text(struct event *e, const char *key, const char *s)
{
	event_string(e, key, s, strlen(s));
}

static void ends(struct event *e, const struct rehearsal *r)
{
	const struct server_info *servers[] = { &r->report.source, &r->report.target };
	static const char *const keys[] = { "source", "target" };
	for (size_t i = 0; i < 2; i++) {
		event_open(e, keys[i]);
		text(e, "uri", r->ends->at[i].shown);
		text(e, "version", servers[i]->version);
		event_close(e);
	}
}

/* What makes the seconds of one rehearsal others than those of another. */
static void options(struct event *e, const struct options *o)
{
	static const char *const modes[] = {
		[VERIFY_ROWS] = "rows", [VERIFY_COUNTS] = "counts", [VERIFY_NONE] = "none"
	};
	event_open(e, "options");
	event_u64(e, "jobs", o->jobs);
	event_text(e, "verify", modes[o->verify]);
	event_bool(e, "users", o->users);
	event_bool(e, "schema_only", o->schema_only);
	event_bool(e, "data_only", o->data_only);
	event_bool(e, "analyze", !o->no_analyze);
	event_bool(e, "some_tables", o->only_tables.count || o->exclude_tables.count);
	event_u64(e, "bwlimit", o->bwlimit);
	event_u64(e, "max_load", o->max_load);
	event_text(e, "toast_compression", o->toast);
	event_close(e);
}

/* As divided by of: 1, or gigabytes; NAN, which is null, where nothing can be said. */
static void seconds(struct event *e, const char *key, const struct rehearsal *r, double of)
{
	event_open(e, key);
	event_double(e, "preflight", r->preflight_s / of);
	report_event_phases(e, &r->report, of);
	event_double(e, "copy", (r->report.seconds - verification_s(&r->report)) / of);
	event_close(e);
}

void rehearsal_event(struct event *e, const struct rehearsal *r, const struct totals *t)
{
	double gigabytes = sizes_gigabytes(&r->sizes);
	bool rated = is_whole(&r->report, t) && gigabytes > 0;
	event_begin(e, "rehearsal");
	event_i64(e, "format", REHEARSAL_FORMAT);
	event_text(e, "dbdump", XFER_VERSION);
	event_bool(e, "ok", r->report.status == EXIT_OK);
	event_i64(e, "exit", r->report.status);
	event_text(e, "meaning", meaning_of(r->report.status));
	text(e, "reason", r->report.error.code ? r->report.error.text : "");
	event_text(e, "engine", r->ends->engine ? r->ends->engine->name : NULL);
	ends(e, r);
	options(e, r->options);
	sizes_event_found(e, &r->sizes);
	seconds(e, "seconds", r, 1);
	seconds(e, "seconds_per_gb", r, rated ? gigabytes : NAN);
	event_open(e, "preflight");
	findings_event(e, &r->found);
	event_close(e);
	event_open(e, "report");
	report_event_members(e, "rehearse", &r->report, t);
	event_close(e);
}

void rehearsal_text(struct line *to, const struct rehearsal *r, const struct totals *t)
{
	double gigabytes = sizes_gigabytes(&r->sizes), verification = verification_s(&r->report);
	const char *size = figure_bytes(r->sizes.total.data_bytes + r->sizes.total.index_bytes, true).text;
	if (!is_whole(&r->report, t))
		return;
	line_add(to, "  rate      ");
	if (gigabytes < SMALL)
		line_add(to, "none to rely on, since it is %s on disk\n", size);
	else
		line_add(to, "%s a GB to copy, %s to verify it; %s on disk at the source\n",
			 figure_seconds((r->report.seconds - verification) / gigabytes).text,
			 figure_seconds(verification / gigabytes).text, size);
}
