#include "dbdump/cli/cmd.h"

#include <errno.h>
#include <string.h>

#include "dbdump/cli/ends.h"
#include "dbdump/cli/findings_tell.h"
#include "dbdump/cli/meaning.h"
#include "dbdump/cli/output.h"
#include "dbdump/outcome.h"
#include "dbdump/preflight.h"
#include "xfer/front/process.h"

static const char *meaning(int status)
{
	return status == EXIT_REFUSED ? "a copy is certain to fail"
	       : status == EXIT_OK    ? "nothing is certain to fail"
				      : meaning_of(status);
}

/* Returns the exit status. Of what could not be looked at to the end, what was found is told too. */
static int tell(struct output *out, const struct findings *found, const struct err *err)
{
	int status = err->code ? (int)outcome_of_error(err->code) : (int)findings_status(found);
	if (err->code)
		output_error(out, err->text);
	struct line *l = err->code && !found->count ? NULL : output_line(out);
	if (l) {
		findings_text(l, found);
		output_end(out);
	}
	struct event *e = output_event(out);
	if (e) {
		event_begin(e, "report");
		event_text(e, "verb", "preflight");
		event_bool(e, "ok", status == EXIT_OK);
		event_i64(e, "exit", status);
		event_text(e, "meaning", meaning(status));
		event_string(e, "reason", err->text, strlen(err->text));
		findings_event(e, found);
		output_end_event(out);
	}
	return status || !output_failed(out) ? status : EXIT_FILE_IO;
}

int cmd_preflight(const struct options *o, const struct strings *operands)
{
	AUTO(output_closep) struct output *out = NULL;
	AUTO(ends_fini) struct ends ends = { 0 };
	AUTO(findings_fini) struct findings found = { 0 };
	struct err err = { 0 };
	if (output_open(&out, o, "preflight", &err) < 0) {
		process_complain("dbdump", err.text);
		return outcome_of_error(err.code);
	}
	if (ends_parse(&ends, operands, ARGS_PREFLIGHT, &err) == 0) {
		const bool both = operands->count > 1;
		const struct observer observer = { .quit = &cmd_quit };
		const struct run_job job = { .engine = ends.engine,
					     .uris = { &ends.at[0], both ? &ends.at[1] : NULL },
					     .options = o,
					     .observer = &observer };
		output_start(out, ends.at[0].shown, both ? ends.at[1].shown : NULL);
		preflight_run(&found, &job, &err);
	}
	return tell(out, &found, &err);
}
