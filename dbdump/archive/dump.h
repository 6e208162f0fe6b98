/* dump.h - databases into an archive: as a copy reads them, but that what it reads is kept. */
#pragma once
#include "dbdump/file.h"
#include "dbdump/archived.h"
#include "dbdump/run.h"

/* From the first URI of the job; the second one says how the archive is called, and its archive is none. The file is committed if the
 * run ends with 0, or with what failed in it named (EXIT_PARTIAL). Fills report; returns its status. */
int dump_run(struct report *report, const struct run_job *job, struct file *file,
	     const struct archived *archived);
