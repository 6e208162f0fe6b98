/* copy.h - databases from one server straight into another: all of `dbdump copy` but for words.
 *
 * Opens both ends, takes the snapshot, makes the schema, copies the rows with what stands on them, then the rest of the
 * schema, and compares the two ends. An engine whose sessions do not span databases has all of it done for each. */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/options.h"
#include "dbdump/report.h"
#include "dbdump/uri.h"

struct copy_job {
	const struct engine *engine;
	const struct uri *source,
		*target; /* the target's path: empty, or one name, for a source of one database */
	const struct options *options;
	const struct observer *observer;
};

/* Fills report, which is all zeros, whatever happens. Returns report->status. From the thread that handles signals; all
 * others that are made have them blocked. */
int copy_run(struct report *report, const struct copy_job *job);
