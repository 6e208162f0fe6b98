/* large.h - large objects: one table whose rows are their pages. pg_dump makes them, empty, with owners and grants. */
#pragma once
#include "dbdump/pg/session.h"

/* Adds the table, when there are any, and how many there are. */
int large_catalog(struct session *s, struct catalog *out, struct err *err);
/* Makes what the table is called for reading and writing. -ENOMEM. */
int large_name(struct table *t);
int large_write(struct session *s, unsigned conn, struct feed *feed, uint64_t *rows, struct err *err);
