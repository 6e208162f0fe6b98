/* result.h - what a server answers to a question of ours, whole, in memory. One thread at a time.
 *
 * A server may be anybody's: it may answer with other columns than were asked for, with NULL where there is none, and without end.
 * So what is looked at is always a string, and there is a limit to all of it. */
#pragma once
#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>

#include "xfer/base/buf.h"

enum {
	ROWS_LEAST = 16,	 /* columns that may be looked at, however few the server says */
	RESULT_MOST = 256 << 20, /* bytes of an answer: a million columns of tables are half of it */
	CATALOG_MOST =
		1
		<< 30, /* of all answers that make a catalog: a third of a million tables of fifteen columns */
	DEFINITION_MOST =
		16 << 20, /* of one that defines a single object: a packet of a client, as servers have it */
};

struct rows {
	MYSQL_RES *res; /* the columns' names; NULL: nothing was asked */
	unsigned columns;
	char **at; /* the columns of this row; "" where there is NULL, or no such column */
	unsigned long *len;
	struct buf data; /* of each value its length and one, or 0 for NULL; the value; a NUL */
	size_t next;
};

/* Takes what the server answers to the query that it was sent. 0; -EMSGSIZE: it was too much, and the connection is of no use any
 * more; -EIO: as mysql_errno says. */
int rows_take(struct rows *out, MYSQL *db, size_t most);
/* Reads it and throws it away: for statements that return nothing, or should. As rows_take. */
int rows_pass(MYSQL *db);
bool rows_next(struct rows *r);
/* The next one is the first again. */
void rows_rewind(struct rows *r);
/* In this row there is no value. */
bool rows_null(const struct rows *r, unsigned column);
/* For AUTO(). */
void rows_fini(struct rows *r);
