#include "dbdump/cli/cmd.h"

#include <string.h>

#include "dbdump/cli/far.h"
#include "dbdump/cli/output.h"
#include "dbdump/cli/work.h"
#include "dbdump/outcome.h"
#include "xfer/front/process.h"

volatile int cmd_quit;

static void run(const struct work *asked, struct output *out, const struct strings *operands,
		struct report *report, struct strings *words)
{
	const struct observer observer = output_observer(out, &cmd_quit);
	struct work w = *asked;
	w.observer = &observer;
	if (w.options->source_host || w.options->target_host)
		far_run(report, words, &w, operands);
	else
		work_run(report, &w);
}

int cmd_run(enum args_command command, const struct options *o, const struct strings *operands)
{
	AUTO(ends_fini) struct ends ends = { 0 };
	AUTO(output_closep) struct output *out = NULL;
	AUTO(strings_fini) struct strings words = { 0 };
	AUTO(report_fini) struct report report = { 0 };
	struct err err = { 0 };
	if (output_open(&out, o, args_command_name(command), &err) < 0) {
		process_complain("dbdump", err.text);
		return outcome_of_error(err.code);
	}
	if (command == ARGS_DUMP && !strcmp(operands->at[1], "-") && output_aside(out, &err) < 0) {
		process_complain("dbdump", err.text);
		return EXIT_USAGE;
	}
	int r = ends_parse(&ends, operands, command, &report.error);
	if (r < 0) {
		report.status = ends_status(r);
	} else {
		output_start(out, ends.at[0].shown, ends.at[1].shown);
		run(&(struct work){ command, o, &ends, NULL }, out, operands, &report, &words);
	}
	r = output_report(out, &report);
	/* a run whose report nobody got is none that went well */
	return r < 0 && report.status == EXIT_OK ? EXIT_FILE_IO : report.status;
}
