#include "dbdump/cli/cmd.h"

#include "dbdump/cli/ends.h"
#include "dbdump/cli/output.h"
#include "dbdump/copy.h"
#include "dbdump/outcome.h"
#include "dbdump/verify.h"
#include "xfer/front/process.h"

volatile int cmd_quit;

static void tell_progress(void *ctx, const struct progress *p)
{
	output_progress(ctx, p);
}

static void tell_warning(void *ctx, const char *text)
{
	output_warning(ctx, text);
}

static void tell_failure(void *ctx, const struct failure *f)
{
	output_failure(ctx, f);
}

static void tell_connected(void *ctx, bool source, const struct server_info *info, const struct snapshot *s)
{
	output_connected(ctx, source, info, s);
}

static int run(enum args_command command, const struct options *o, const struct ends *e, struct output *out,
	       struct report *r)
{
	const struct observer observer = {
		.progress = tell_progress,
		.warn = tell_warning,
		.failure = tell_failure,
		.connected = tell_connected,
		.ctx = out,
		.quit = &cmd_quit,
	};
	const struct run_job job = { e->engine, { &e->at[0], &e->at[1] }, o, &observer };
	return command == ARGS_VERIFY ? verify_run(r, &job) : copy_run(r, &job);
}

int cmd_run(enum args_command command, const struct options *o, const struct strings *operands)
{
	AUTO(output_closep) struct output *out = NULL;
	AUTO(ends_fini) struct ends ends = { 0 };
	AUTO(report_fini) struct report report = { 0 };
	struct err err = { 0 };
	if (output_open(&out, o, args_command_name(command), &err) < 0) {
		process_complain("dbdump", err.text);
		return outcome_of_error(err.code);
	}
	int r = ends_parse(&ends, operands, &report.error);
	if (r < 0) {
		report.status = outcome_of_error(r);
	} else {
		output_start(out, ends.at[0].shown, ends.at[1].shown);
		run(command, o, &ends, out, &report);
	}
	r = output_report(out, &report);
	/* a run whose report nobody got is none that went well */
	return r < 0 && report.status == EXIT_OK ? EXIT_FILE_IO : report.status;
}
