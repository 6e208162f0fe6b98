#include "dbdump/pg/read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/catalog.h"
#include "dbdump/pg/floats.h"
#include "dbdump/pg/snapshot.h"
#include "dbdump/pg/text.h"
#include "dbdump/sockets.h"

enum { ENOUGH = 256 * 1024, LEAST_PAGES = 64 };

/* Of rows that are abandoned, so many bytes are waited for: then the connection is. */
enum { ABANDON_MOST = 256 << 20 };

/* Without TID range scans each part would read the whole table. Parts are of pages: those that came after the snapshot hold
 * nothing of it, so the last part may be open-ended. */
int read_split(struct session *s, const struct table *t, uint64_t bytes, struct parts *out, struct err *err)
{
	const struct pg_table *own = t->own;
	uint64_t parts = bytes ? t->data_bytes / bytes + 1 : 1;
	if (parts > own->pages / LEAST_PAGES)
		parts = own->pages / LEAST_PAGES;
	if (s->major < 14 || own->condition || own->large_objects || parts < 2)
		return strings_add(&out->where, "", 0) ? err_set(err, -ENOMEM, "%s: parts", own->quoted) : 0;
	for (uint64_t i = 0; i < parts; i++) {
		char where[128];
		unsigned long long from = own->pages * i / parts, to = own->pages * (i + 1) / parts;
		if (i == 0)
			snprintf(where, sizeof where, "ctid < '(%llu,0)'", to);
		else if (i == parts - 1)
			snprintf(where, sizeof where, "ctid >= '(%llu,0)'", from);
		else
			snprintf(where, sizeof where, "ctid >= '(%llu,0)' AND ctid < '(%llu,0)'", from, to);
		if (strings_add(&out->where, where, strlen(where)))
			return err_set(err, -ENOMEM, "%s: parts", own->quoted);
	}
	return 0;
}

/* Nobody can alter the table now that it is locked: what the watch connection sees is what it stays. */
static int check_unchanged(struct session *s, const struct pg_table *own, struct err *err)
{
	char *now = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_format(&sql,
		    "SELECT coalesce((SELECT " SIGNATURE_SQL
		    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
		    " ON n.oid = c.relnamespace WHERE c.oid = %u), '')",
		    own->oid);
	pthread_mutex_lock(&s->watch_lock);
	int r = pg_value(&now, &s->watch, own->quoted, text_of(&sql), err);
	pthread_mutex_unlock(&s->watch_lock);
	if (!r && strcmp(now, own->signature) != 0)
		r = err_say(err, -EIO,
			    "%s: %s was %s since the snapshot: its rows of then can no longer be had",
			    s->control.where, own->quoted,
			    *now ? "altered, truncated or rewritten" : "dropped");
	free(now);
	return r;
}

static int lock(struct session *s, struct conn *c, const struct pg_table *own, struct err *err)
{
	if (own->large_objects)
		return 0;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_format(&sql, "SET LOCAL lock_timeout = '%us'; LOCK TABLE ONLY %s IN ACCESS SHARE MODE",
		    s->job.options->lock_wait_s, own->quoted);
	int r = pg_run(c, own->quoted, text_of(&sql), err);
	if (r && (conn_failed_as(err, "42P01") || conn_failed_as(err, "3F000")))
		return err_say(err, -EIO, "%s: %s was dropped or renamed since the snapshot", c->where,
			       own->quoted);
	if (r == -EPERM)
		err_context(err, "SELECT is needed");
	return r || !s->snapshot ? r : check_unchanged(s, own, err);
}

/* Begins what needs the table to stay: 0, or an error and nothing is held. */
static int enter(struct session *s, unsigned conn, const struct table *t, struct err *err)
{
	struct conn *c = &s->conns[conn];
	int r = snapshot_enter(s, c, err);
	if (r)
		return r;
	r = lock(s, c, t->own, err);
	if (r)
		snapshot_leave(s, c, NULL);
	else
		s->readers[conn] = (struct reader_state){ .entered = true };
	return r;
}

/* Only what is stored has a ctid: a view that stands where the table stood is never run. */
static void copy_out(struct buf *sql, const struct table *t, const char *where)
{
	const struct pg_table *own = t->own;
	text_start(sql, "COPY ");
	if (own->large_objects) {
		text_add(
			sql,
			"(SELECT data, loid, pageno FROM pg_catalog.pg_largeobject ORDER BY loid, pageno) TO STDOUT");
	} else if (!*where && !own->condition) {
		text_format(sql, "%s %s TO STDOUT", own->quoted, own->columns);
	} else {
		text_add(sql, "(SELECT ");
		for (size_t i = 0; i < t->column_count; i++) {
			text_add(sql, i ? ", " : "");
			text_name(sql, t->columns[i].name);
		}
		text_format(sql, " FROM ONLY %s %s%s%s) TO STDOUT", own->quoted,
			    own->condition ? own->condition : "WHERE ctid IS NOT NULL", *where ? " AND " : "",
			    where);
	}
}

int read_begin(struct session *s, unsigned conn, const struct table *t, const char *where, struct err *err)
{
	struct conn *c = &s->conns[conn];
	const struct pg_table *own = t->own;
	int r = enter(s, conn, t, err);
	if (r)
		return r;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	copy_out(&sql, t, where);
	const char *text = text_of(&sql);
	PGresult *rows = text ? conn_exec(c, text, false) : NULL;
	if (PQresultStatus(rows) != PGRES_COPY_OUT) {
		r = text ? conn_fail(c, rows, own->quoted, err) : err_set(err, -ENOMEM, "%s", own->quoted);
		read_end(s, conn, NULL);
		return r;
	}
	/* whatever it says, it is passed on as lines of these columns */
	bool fits = (size_t)PQnfields(rows) == t->column_count && !PQbinaryTuples(rows);
	PQclear(rows);
	s->readers[conn].copying = true;
	if (!fits) {
		read_end(s, conn, NULL);
		return err_say(err, -EIO,
			       "%s: %s: the server sends rows of other columns than were asked for", c->where,
			       own->quoted);
	}
	s->readers[conn].rewritten = s->major < 12 && floats_in(t) ? t : NULL;
	return 0;
}

/* What the server says when rows have ended. */
static int ended(struct session *s, unsigned conn, struct err *err)
{
	struct conn *c = &s->conns[conn];
	s->readers[conn].copying = false;
	int r = 0;
	for (PGresult *rows; (rows = conn_next(c));) {
		/* there was no memory for a row, and libpq says so for ever */
		if (PQresultStatus(rows) == PGRES_COPY_OUT)
			return conn_fail(c, rows, "rows", err);
		if (!r && PQresultStatus(rows) != PGRES_COMMAND_OK)
			r = conn_fail(c, rows, "rows", err);
		else
			PQclear(rows);
	}
	return r;
}

/* It is one, and none that ends what rows are written with. */
static bool is_line(const char *line, size_t n)
{
	return n && memchr(line, '\n', n) == line + n - 1 && (n != 3 || memcmp(line, "\\.", 2) != 0);
}

int read_rows(struct session *s, unsigned conn, struct buf *lines, struct err *err)
{
	struct conn *c = &s->conns[conn];
	size_t before = lines->len;
	if (!s->readers[conn].copying)
		return 0;
	while (lines->len - before < ENOUGH) {
		char *line = NULL;
		int n = conn_line(c, &line);
		if (n < 0) {
			int r = ended(s, conn, err);
			return r ? r : lines->len > before;
		}
		bool whole = is_line(line, (size_t)n);
		if (!whole)
			;
		else if (s->readers[conn].rewritten)
			floats_line(lines, s->readers[conn].rewritten, line, (size_t)n);
		else
			buf_bytes(lines, line, (size_t)n);
		PQfreemem(line);
		if (!whole)
			return err_say(err, -EIO, "%s: a row of %d bytes that is no line", c->where, n);
		if (lines->failed)
			return err_set(err, -ENOMEM, "%s: a row of %d bytes", c->where, n);
		if (atomic_load(&s->stop))
			return err_say(err, -EINTR, "%s: ended as asked", c->where);
	}
	return 1;
}

/* Rows that nobody wants any more: the server is told, and what it had sent is passed over. */
static void abandon(struct session *s, unsigned conn)
{
	struct conn *c = &s->conns[conn];
	char *line = NULL;
	size_t bytes = 0;
	cancel_await(c->cancel, &s->stop);
	for (int n; (n = conn_line(c, &line)) > 0;) {
		PQfreemem(line);
		if (bytes <= ABANDON_MOST && (bytes += (size_t)n) > ABANDON_MOST)
			sockets_end(PQsocket(c->pg));
	}
	ended(s, conn, NULL);
}

int read_end(struct session *s, unsigned conn, struct err *err)
{
	if (!s->readers[conn].entered)
		return 0;
	if (s->readers[conn].copying)
		abandon(s, conn);
	s->readers[conn].entered = false;
	return snapshot_leave(s, &s->conns[conn], err);
}

int read_count(struct session *s, unsigned conn, const struct table *t, uint64_t *rows, struct err *err)
{
	const struct pg_table *own = t->own;
	int r = enter(s, conn, t, err);
	if (r)
		return r;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_format(&sql, "SELECT count(*) FROM ONLY %s %s", own->quoted,
		    own->condition ? own->condition : "WHERE ctid IS NOT NULL");
	char *count = NULL;
	r = pg_value(&count, &s->conns[conn], own->quoted, text_of(&sql), err);
	*rows = count ? strtoull(count, NULL, 10) : 0;
	free(count);
	int left = read_end(s, conn, r ? NULL : err);
	return r ? r : left;
}
