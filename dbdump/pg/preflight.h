/* preflight.h - the parts of engine.preflight at PostgreSQL (look.h). $N in a query stands for the database's name at that end, $J for the
 * connections that a copy makes. The thread that began it alone uses what is here. */
#pragma once
#include "dbdump/look.h"
#include "dbdump/pg/session.h"

/* preflight_checks.c: what one query finds. */
extern const struct check pg_checks[];
extern const size_t pg_check_count;

/* preflight.c, engine.preflight */
int preflight_look(const struct preflight_job *job, struct err *err);
