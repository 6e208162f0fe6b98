/* scan.h - reads or counts tables at one or both ends, with all connections beside each other.
 *
 * A task is a part of a table at one end. Each connection has a thread, which takes its end's tasks in order, so what is
 * to begin first stands first. A task that fails says so in itself; what ends a run stops the watch. Memory: what one read
 * appends, a connection; large rows one at a time (gate.h). */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/gate.h"
#include "dbdump/watch.h"

struct scan_task {
	unsigned end; /* 0 or 1 */
	size_t index; /* the caller's, of the table */
	const struct table *table;
	const char *where; /* borrowed; NULL: rows are only counted */
	uint64_t expected; /* bytes, for the progress */
	bool large;	   /* rows of GATE_LARGE are expected (gate.h) */
	int rc;		   /* what came of it */
	struct err err;
	struct rows_digest read; /* rows alone when they were counted */
};

struct scan_job {
	const struct engine *engine;
	struct watch *watch;
	struct gate *gate;
	struct scan_end {
		struct session *session;
		unsigned connections;
	} ends[2];
	struct scan_task *tasks;
	size_t count;
	bool last; /* no other is run in this phase of the progress */
	/* Each chunk of whole lines, from the task's thread, beside those of other tasks; NULL: they are digested into the
	 * task. 0 or -errno, which is the task's. */
	int (*lines)(void *ctx, const struct scan_task *task, const uint8_t *lines, size_t len);
	void (*over)(void *ctx, const struct scan_task *task); /* the task is, whatever came of it; NULL */
	void *ctx;
};

/* 0, whatever came of the tasks; or the error that the watch was stopped with. */
int scan_run(const struct scan_job *job, struct err *err);
