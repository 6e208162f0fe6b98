/* script.h - what makes a source's database anew: pg_dump's statements, each in the phase where it belongs, and what pg_dump
 * leaves to others: the database, its settings, sequences' values, statistics. */
#pragma once
#include "dbdump/pg/session.h"

int script_make(struct session *s, const struct catalog *c, struct script *out, struct err *err);
