#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/columns.h"
#include "dbdump/my/identity.h"
#include "dbdump/my/row.h"
#include "dbdump/my/session.h"
#include "dbdump/my/sql.h"

enum { READ_BYTES = 256 << 10, ER_TABLE_DEFINITION_CHANGED = 1412 };

static int failed(struct session *s, struct link *l, const struct table *t, struct err *err)
{
	int status = conn_error(&l->conn, err);
	if (conn_errno(&l->conn) == ER_TABLE_DEFINITION_CHANGED)
		err_say(err, status, "%s: its definition was changed while the copy ran", s->job.uri->shown);
	err_context(err, "table %s.%s", t->schema, t->name);
	return session_status(s, status, err);
}

static void add_source(struct buf *b, const struct session *s, const struct table *t, const char *where)
{
	struct my_table *own = table_own(t);
	sql_add(b, " FROM %i.%i", session_schema(s, t), t->name);
	if (own->history)
		sql_add(b, " FOR SYSTEM_TIME ALL");
	/* in the order of the rows on disk, even where another index has all columns */
	if (own->innodb && own->has_primary)
		sql_add(b, " FORCE INDEX (PRIMARY)");
	if (where[0])
		sql_add(b, " WHERE %s", where);
}

/* Values come as they are stored, whatever their character set. A savepoint, so that going back to it frees the lock on
 * the table's definition: somebody's ALTER TABLE would wait for us otherwise, and everybody behind it. */
static int begin(struct link *l, struct err *err)
{
	int status = conn_run(&l->conn, err, "SET character_set_results = NULL");
	if (!status && l->in_snapshot) {
		status = conn_run(&l->conn, err, "SAVEPOINT dbdump");
		l->saved = !status;
	}
	return status;
}

int my_read_begin(struct session *s, unsigned conn, const struct table *t, const char *where, struct err *err)
{
	struct link *l = &s->links[conn];
	AUTO(buf_fini) struct buf sql = { .limit = SQL_LIMIT };
	int status = begin(l, err);
	if (!status && l->saved)
		status = identity_check(s, l, t, err);
	if (status && conn_errno(&l->conn))
		return failed(s, l, t, err);
	if (status) {
		err_context(err, "table %s.%s", t->schema, t->name);
		return session_status(s, status, err);
	}
	sql_add(&sql, "SELECT SQL_NO_CACHE ");
	for (size_t i = 0; i < t->column_count; i++)
		sql_add(&sql, "%s%s", i ? ", " : "", table_own(t)->columns[i].read);
	add_source(&sql, s, t, where);
	if (sql.failed)
		return err_set(err, -ENOMEM, "table %s.%s", t->schema, t->name);
	l->reading = t;
	if (mysql_real_query(l->conn.db, (const char *)sql.data, sql.len) ||
	    !(l->res = mysql_use_result(l->conn.db)))
		return failed(s, l, t, err);
	/* (a row is looked at by the columns that were asked for) */
	if (mysql_num_fields(l->res) != t->column_count)
		return err_say(err, -EIO, "table %s.%s: %s: the server answers with other columns", t->schema,
			       t->name, s->job.uri->shown);
	return 0;
}

int my_read(struct session *s, unsigned conn, struct buf *lines, struct err *err)
{
	struct link *l = &s->links[conn];
	MYSQL_ROW row;
	size_t before = lines->len;
	if (!l->res)
		return 0;
	while ((row = mysql_fetch_row(l->res)) != NULL) {
		row_line(lines, row, mysql_fetch_lengths(l->res), l->reading->column_count);
		if (lines->failed)
			return err_set(err, -ENOMEM, "table %s.%s", l->reading->schema, l->reading->name);
		if (lines->len >= READ_BYTES)
			return 1;
	}
	if (mysql_errno(l->conn.db))
		return failed(s, l, l->reading, err);
	mysql_free_result(l->res);
	l->res = NULL;
	return lines->len > before;
}

int my_read_end(struct session *s, unsigned conn, struct err *err)
{
	struct link *l = &s->links[conn];
	int status = 0;
	if (l->res && !mysql_eof(l->res) && !mysql_errno(l->conn.db))
		my_stop_link(s, l); /* or all of its rows would have to be read */
	mysql_free_result(l->res);
	l->res = NULL;
	l->reading = NULL;
	if (l->saved)
		status = conn_run(&l->conn, err, "ROLLBACK TO SAVEPOINT dbdump");
	l->saved = false;
	return session_status(s, status, err);
}

int my_count(struct session *s, unsigned conn, const struct table *t, uint64_t *rows, struct err *err)
{
	struct link *l = &s->links[conn];
	AUTO(buf_fini) struct buf from = { .limit = SQL_LIMIT };
	char text[32];
	int status = begin(l, err);
	add_source(&from, s, t, "");
	const char *source = sql_text(&from);
	if (!source)
		return err_set(err, -ENOMEM, "table %s.%s", t->schema, t->name);
	if (!status && l->saved)
		status = identity_check(s, l, t, err);
	if (!status)
		status = conn_value(&l->conn, text, sizeof text, err, "SELECT COUNT(*)%s", source);
	if (!status)
		*rows = strtoull(text, NULL, 10);
	if (status)
		err_context(err, "table %s.%s", t->schema, t->name);
	int ended = my_read_end(s, conn, status ? NULL : err);
	return session_status(s, status ? status : ended, err);
}
