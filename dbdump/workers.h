/* workers.h - the rows of all tables from one session into another, and what is made of a table once its rows are there.
 *
 * Pairs of threads: one reads a part at source connection i, one writes it at target connection i, a bounded queue between
 * them. The writer takes the next thing to do: statements of a table whose rows are all there come before further rows. What
 * fails at a table or statement is a failure in the report, and the rest goes on; what ends a run stops the watch, and then
 * all threads end. All threads are over when workers_run returns. */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/gate.h"
#include "dbdump/plan.h"
#include "dbdump/report.h"
#include "dbdump/watch.h"

/* Bytes between a reader and its writer: enough that the reader does not wait for each flush of the other. All queues together
 * have no more than the second. */
enum { WORKERS_QUEUE = 8 << 20, WORKERS_QUEUES = 128 << 20 };

struct workers_job {
	const struct engine *engine;
	struct session *source, *target;
	unsigned readers,
		writers; /* connections of the source that share the snapshot, and of the target; readers <= writers */
	const struct catalog *catalog; /* the source's */
	const struct script *script;   /* what of it is PHASE_LOADED, or of two tables */
	const struct plan *plan;       /* for all tables of the catalog, by their index */
	struct gate *gate;
	struct watch *watch;
	bool last; /* no other is run in this phase of the progress */
	struct table_report
		*tables; /* of each of the catalog's tables: read, source, taken, verdict are filled */
	const bool
		*in; /* of each: its rows did not come as rows, and are there or have failed; NULL: of none */
};

/* 0, failures or not; or the error that the watch was stopped with. */
int workers_run(const struct workers_job *job, struct err *err);
