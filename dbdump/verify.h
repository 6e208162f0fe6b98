/* verify.h - are the databases at two servers the same? All of `dbdump verify A B` but for words.
 *
 * Objects are compared by kind, name and definition, rows by content and column name (options->verify; VERIFY_NONE:
 * objects alone). Databases are matched by name, A's after --rename; tables that differ are narrowed to rows. */
#pragma once
#include "dbdump/run.h"

/* As run_whole. */
int verify_run(struct report *report, const struct run_job *job);
