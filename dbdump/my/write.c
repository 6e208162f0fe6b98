#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/bulk.h"
#include "dbdump/my/columns.h"
#include "dbdump/my/mark.h"
#include "dbdump/my/session.h"
#include "dbdump/my/sql.h"
#include "dbdump/my/taken.h"

/* What LOAD DATA LOCAL reads instead of a file: whatever name the server asks for, it gets the rows and nothing else. */
struct source {
	struct feed *feed;
	const uint8_t *at;
	size_t left;
	bool failed;
	struct err err;
};

static int source_init(void **handle, const char *name, void *ctx)
{
	(void)name;
	*handle = ctx;
	return 0;
}

static int source_read(void *handle, char *to, unsigned room)
{
	struct source *src = handle;
	if (!src->left) {
		int status = src->feed->next(src->feed, &src->at, &src->left, &src->err);
		src->failed = status < 0;
		if (status <= 0)
			return status;
	}
	unsigned n = src->left < room ? (unsigned)src->left : room;
	memcpy(to, src->at, n);
	src->at += n;
	src->left -= n;
	return (int)n;
}

static void source_end(void *handle)
{
	(void)handle;
}

static int source_error(void *handle, char *text, unsigned room)
{
	struct source *src = handle;
	snprintf(text, room, "%s", src->err.text);
	return src->err.code < 0 ? -src->err.code : EIO;
}

/* The expression with the variable of this column for @v. */
static void add_expression(struct buf *b, const char *expression, size_t column)
{
	for (const char *v; (v = strstr(expression, "@v")) != NULL; expression = v + 2) {
		buf_bytes(b, expression, (size_t)(v - expression));
		sql_add(b, "@dbdump_%u", (unsigned)column);
	}
	sql_add(b, "%s", expression);
}

static void add_statement(struct buf *b, const struct table *t)
{
	struct my_table *own = table_own(t);
	const char *between = "";
	sql_add(b,
		"LOAD DATA LOCAL INFILE 'dbdump' INTO TABLE %i.%i CHARACTER SET binary "
		"FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' (",
		own->target, t->name);
	for (size_t i = 0; i < t->column_count; i++) {
		sql_add(b, i ? ", " : "");
		if (own->columns[i].write)
			sql_add(b, "@dbdump_%u", (unsigned)i);
		else
			sql_add(b, "%i", t->columns[i].name);
	}
	sql_add(b, ")");
	for (size_t i = 0; i < t->column_count; i++) {
		if (!own->columns[i].write)
			continue;
		sql_add(b, *between ? ", %i = " : " SET %i = ", t->columns[i].name);
		add_expression(b, own->columns[i].write, i);
		between = ", ";
	}
}

static int load(struct conn *c, const struct table *t, struct source *src, uint64_t *rows, struct err *err)
{
	AUTO(buf_fini) struct buf sql = { .limit = SQL_LIMIT };
	add_statement(&sql, t);
	if (sql.failed)
		return err_set(err, -ENOMEM, "%s", c->shown);
	mysql_set_local_infile_handler(c->db, source_init, source_read, source_end, source_error, src);
	int failed = mysql_real_query(c->db, (const char *)sql.data, sql.len);
	conn_refuse_files(c);
	if (src->failed) {
		if (err)
			*err = src->err;
		return src->err.code;
	}
	if (failed)
		return conn_error(c, err);
	*rows = mysql_affected_rows(c->db);
	return taken_check(c, err);
}

/* A feed of one line. */
struct line_feed {
	struct feed feed;
	const uint8_t *line; /* NULL: it was taken */
	size_t len;
};

static int line_next(struct feed *f, const uint8_t **lines, size_t *len, struct err *err)
{
	struct line_feed *one = (struct line_feed *)f;
	(void)err;
	*lines = one->line;
	*len = one->len;
	one->line = NULL;
	return *lines != NULL;
}

static int load_line(struct conn *c, const struct table *t, const uint8_t *line, size_t len, uint64_t *rows,
		     struct err *err)
{
	struct line_feed one = { .feed = { .next = line_next }, .line = line, .len = len };
	struct source src = { .feed = &one.feed };
	uint64_t loaded = 0;
	int status = load(c, t, &src, &loaded, err);
	*rows += loaded;
	return status;
}

static int put_rows(struct session *s, struct conn *c, const struct table *t, struct source *src,
		    uint64_t *rows, struct err *err)
{
	const struct bulk_job job = {
		.rows = { .conn = c, .table = t, .feed = src->feed, .packet = s->packet },
		.large = s->files ? load_line : NULL,
	};
	switch (s->way) {
	case WAY_BULK:
		return bulk_rows(&job, rows, &src->failed, err);
	case WAY_INSERT:
		return insert_rows(&job.rows, rows, &src->failed, err);
	case WAY_FILE:
		break;
	}
	return load(c, t, src, rows, err);
}

/* Whatever is said of a table: only these are written to. */
static int check_ours(const struct session *s, const struct table *t, struct err *err)
{
	const char *target = table_own(t)->target;
	for (size_t i = 0; i < s->job.databases->count; i++)
		if (!strcmp(s->job.databases->at[i], target))
			return 0;
	return err_say(err, -EPERM, "table %s.%s: the database is none of those that are loaded", target,
		       t->name);
}

/* Nothing of a part that failed may stay. */
static void undo(struct conn *c, const struct table *t, const struct feed *part)
{
	if (!conn_run(c, NULL, "ROLLBACK"))
		my_mark_clear(c, t, part->where, NULL);
}

int my_write(struct session *s, unsigned conn, const struct table *t, struct feed *feed, uint64_t *rows,
	     struct err *err)
{
	struct conn *c = &s->links[conn].conn;
	struct source src = { .feed = feed };
	*rows = 0;
	int status = check_ours(s, t, err);
	if (status)
		return status;
	s->links[conn].renewed = false;
	status = taken_begin(c, err);
	if (!status)
		status = conn_run(c, err, "START TRANSACTION");
	if (!status) {
		status = put_rows(s, c, t, &src, rows, err);
		if (!status)
			status = my_mark_part(s, c, t, feed->part, err);
		if (!status)
			status = conn_run(c, err, "COMMIT");
		if (status)
			undo(c, t, feed);
		else
			my_mark_note(s, conn, t, feed->part);
	}
	if (status && !src.failed)
		err_context(err, "table %s.%s", table_own(t)->target, t->name);
	return session_status(s, status, err);
}
