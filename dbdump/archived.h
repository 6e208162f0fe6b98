/* archived.h - what an engine must be able to do besides engine.h, so that what it read can be kept in an archive, loaded from there
 * without its source, and written as SQL that the engine's own client takes.
 *
 * All of it is pure: no connection. What unpack takes comes from a file: it may be anything. */
#pragma once
#include "dbdump/engine.h"

struct archived {
	/* What write and row_name have to know of a table besides what the catalog says: table.own. */
	void (*pack)(const struct table *t, struct buf *out);
	/* Makes table.own from that; columns are there already. -EBADMSG: it is none. -ENOMEM. What is half made is freed by free_own. */
	int (*unpack)(struct table *t, struct reader *in);
	void (*free_own)(void *own);

	/* SQL, appended; out->failed tells of no memory. First of all: for a client that is in this database; NULL: it is made, or named
	 * where it is used. */
	void (*sql_begin)(struct buf *out, const char *database);
	void (*sql_statement)(struct buf *out, const struct statement *st);
	/* Whole lines of a table; what it begins and ends with stands around all of those that come in one go. */
	void (*sql_rows_begin)(struct buf *out, const struct table *t);
	void (*sql_rows)(struct buf *out, const struct table *t, const uint8_t *lines, size_t len);
	void (*sql_rows_end)(struct buf *out, const struct table *t);
};

/* dbdump/my/archived_my.c, dbdump/pg/archived_pg.c. */
extern const struct archived archived_mariadb, archived_postgresql;
