/* preflight.h - the parts of engine.preflight at PostgreSQL. The thread that began it alone uses what is here. */
#pragma once
#include "dbdump/checks.h"
#include "dbdump/pg/session.h"

/* Both ends while they are looked at: sessions that have a control connection and nothing else. */
struct look {
	const struct preflight_job *job;
	struct session at
		[2]; /* enum check_end; the target's is connected to the database, or where it is not there to another one */
	struct asker asker;
};

/* preflight_checks.c: what one query finds. */
extern const struct check pg_checks[];
extern const size_t pg_check_count;

/* preflight.c, engine.preflight */
int preflight_look(const struct preflight_job *job, struct err *err);
