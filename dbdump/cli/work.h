/* work.h - what copy, verify, dump and load do, whoever is told of it: the user (cmd_run.c), or who ordered it from another host
 * (cmd_agent.c). */
#pragma once
#include "dbdump/cli/ends.h"
#include "dbdump/report.h"

struct work {
	enum args_command command;
	const struct options *options;
	struct ends *ends; /* as ends_parse left them */
	const struct observer *observer;
};

/* Fills report, which is all zeros; returns its status. */
int work_run(struct report *report, const struct work *w);
