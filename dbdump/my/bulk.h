/* bulk.h - rows into a table by one prepared INSERT that is executed for many rows at once (COM_STMT_BULK_EXECUTE, MariaDB from
 * 10.2 on): the server has no text to take apart, which is 40 % of its processor time in LOAD DATA (bench/NOTES.md).
 *
 * Values go as binary strings, and IGNORE makes warnings of errors, both as in insert.h. */
#pragma once
#include "dbdump/my/insert.h"

struct bulk_job {
	struct insert_job rows;
	/* Takes a row that is too large to be held here once more. NULL: it goes as the others, if the server's packets allow. */
	int (*large)(struct conn *c, const struct table *t, const uint8_t *line, size_t len, uint64_t *rows,
		     struct err *err);
};

/* Does the server, or what stands before it, understand that? */
bool bulk_is_understood(struct conn *c);
/* As insert_rows. */
int bulk_rows(const struct bulk_job *job, uint64_t *rows, bool *gave_up, struct err *err);
/* Takes the escapes out of the value of a line (row.h), where it stands. Returns its length then. Pure. */
size_t bulk_value(uint8_t *value, size_t n);
