/* insert.h - rows into a table by INSERT, for servers that neither take many rows at once (bulk.h) nor allow LOAD DATA LOCAL.
 *
 * Lines and strings of SQL have the same escapes: a value goes in as the bytes that its line has, as a binary string, which is
 * how LOAD DATA takes it too. IGNORE, as there, makes warnings of what would be errors, and taken.h errors of them. */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/my/conn.h"

struct insert_job {
	struct conn *conn;
	const struct table *table;
	struct feed *feed;
	size_t packet; /* the server's max_allowed_packet */
};

/* All that the feed has; the caller's transaction is around it. *gave_up: the error is the feed's. */
int insert_rows(const struct insert_job *job, uint64_t *rows, bool *gave_up, struct err *err);
/* Appends the row in this line as a list of values in parentheses. Pure. */
void insert_values(struct buf *sql, const struct table *t, const uint8_t *line, size_t len);
