/* verify.h - are the databases at two servers the same? All of `dbdump verify A B` but for words.
 *
 * Objects are compared by kind, name and definition, rows by content and column name (options->verify; VERIFY_NONE:
 * objects alone). Databases are matched by name, A's after --rename; tables that differ are narrowed to rows. */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/options.h"
#include "dbdump/report.h"
#include "dbdump/uri.h"

struct verify_job {
	const struct engine *engine;
	const struct uri *a, *b; /* b's path: empty: the names of a's databases; or one name, for one of a */
	const struct options *options;
	const struct observer *observer;
};

/* Fills report, which is all zeros, whatever happens. Returns report->status. Threads: as copy_run. */
int verify_run(struct report *report, const struct verify_job *job);
