/* catalog.h - the tables of a database and their columns; what else there is, is objects.h. */
#pragma once
#include "dbdump/pg/session.h"

int catalog_read(struct session *s, struct catalog *out, struct err *err);
/* Makes what a table and its columns are called in what is run. -ENOMEM. */
int catalog_name(struct table *t);
/* What tells whether a table is still the one that it was: identity, storage and columns, as one value. For the tables of
 * which condition, on c (pg_class), is true; in a transaction as of its snapshot. */
#define SIGNATURE_SQL                                                                                                     \
	"pg_catalog.concat_ws(':', c.oid, c.relkind, c.relfilenode, n.nspname, c.relname, (SELECT pg_catalog.string_agg(" \
	"pg_catalog.concat_ws(' ', a.attnum, a.attname, a.atttypid, a.atttypmod), ',' ORDER BY a.attnum) FROM"            \
	" pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))"
/* catalog.free_own */
void catalog_free_own(void *own);
