/* imports.h - tables whose rows come in otherwise than as rows (engine.import): all that there are, beside each other. */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/report.h"
#include "dbdump/watch.h"

struct imports_job {
	const struct engine *engine; /* that has import */
	struct session *target;
	struct watch *watch;
	unsigned connections;	       /* of the target: nobody else uses them meanwhile */
	const struct catalog *catalog; /* the source's */
	struct table_report *tables;   /* of each of its tables: how it came in, or that it failed */
	bool *in;		       /* of each: nothing is left to be done with its rows */
};

/* Is there any? */
bool imports_any(const struct imports_job *job);
/* 0, failures or not; or the error that the watch was stopped with. */
int imports_run(const struct imports_job *job, struct err *err);
