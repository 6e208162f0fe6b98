/* read.h - the rows of a table, as COPY writes them; with its lock held from the first to the last, and the certainty that it
 * is still the table of the snapshot. */
#pragma once
#include "dbdump/pg/session.h"

struct reader_state {
	bool entered, copying; /* locks are held; rows are on their way */
	const struct table
		*rewritten; /* whose lines an old version writes in its own way; NULL: as they are */
};

int read_split(struct session *s, const struct table *t, uint64_t bytes, struct parts *out, struct err *err);
int read_begin(struct session *s, unsigned conn, const struct table *t, const char *where, struct err *err);
int read_rows(struct session *s, unsigned conn, struct buf *lines, struct err *err);
int read_end(struct session *s, unsigned conn, struct err *err);
int read_count(struct session *s, unsigned conn, const struct table *t, uint64_t *rows, struct err *err);
char *read_row_name(const struct table *t, const uint8_t *line, size_t len, char *out, size_t cap);
