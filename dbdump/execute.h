/* execute.h - one statement at the target, and what its failure means. */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/watch.h"

struct execute_job {
	const struct engine *engine;
	struct session *target;
	struct watch *watch;
};

/* On connection conn. What fails is a failure in the report, or a warning where the statement is optional; what ends a run stops
 * the watch. */
void execute_statement(const struct execute_job *job, unsigned conn, const struct statement *st);
