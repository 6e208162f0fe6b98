/* execute.h - statements at the target, and what their failure means. */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/watch.h"

struct execute_job {
	const struct engine *engine;
	struct session *target;
	struct watch *watch;
	unsigned connections; /* for execute_phase */
};

/* On connection conn. What fails is a failure in the report, or a warning where the statement is optional; what ends a run stops
 * the watch. */
void execute_statement(const struct execute_job *job, unsigned conn, const struct statement *st);
/* Those of one phase but for those of two tables, which workers.h runs: in their order, on connection 0; on all connections where
 * they may be run apart. Nobody else uses these meanwhile. Returns why the watch stopped, or why
 * the database could not be made that all of it would be in, or 0. */
int execute_phase(const struct execute_job *job, const struct script *s, enum phase phase, struct err *err);
