/* script.h - what makes a source's database anew: pg_dump's statements, each in the phase where it belongs, and what pg_dump
 * leaves to others: the database, its settings, sequences' values, statistics. */
#pragma once
#include "dbdump/pg/session.h"

int script_make(struct session *s, const struct catalog *c, struct script *out, struct err *err);

/* What the options leave out: relations, and views that stand on them, as pg_dump takes names. The latter are warned of. */
int script_excluded(struct session *s, struct strings *out, struct err *err);
