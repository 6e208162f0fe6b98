#include "dbdump/pg/mark.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/mark.h"
#include "dbdump/pg/resume.h"
#include "dbdump/pg/text.h"
#include "xfer/base/fd.h"

static const char read_sql[] =
	"SELECT coalesce((SELECT pg_catalog.obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace"
	" WHERE nspname = '" MARK_NAME "'), '')";

int pg_mark_check(struct session *s, struct err *err)
{
	AUTO(fd_free_buffer) char *text = NULL;
	int r = pg_value(&text, &s->control, "look into it", read_sql, err);
	if (r || !*text || mark_is_replaced(text, s->job.options, session_replaces(s)))
		return r;
	uint64_t guard = 0;
	if (s->job.options->resume && s->job.frozen &&
	    mark_goes_on(text, s->job.options, s->job.frozen, &guard)) {
		s->guard = guard;
		return resume_check(s, text, err);
	}
	return mark_refuse(err, s->control.where, text, s->job.options);
}

int pg_mark_is_own(struct session *s, bool *own, struct err *err)
{
	AUTO(fd_free_buffer) char *text = NULL;
	int r = pg_value(&text, &s->control, "look into it", read_sql, err);
	*own = !r && *text && !strcmp(text, s->mark);
	return r;
}

int pg_mark_warn(struct session *s, struct err *err)
{
	AUTO(fd_free_buffer) char *text = NULL;
	int r = pg_value(&text, &s->control, "look into it", read_sql, err);
	if (!r && *text)
		pg_warn(s, "%s is not whole: it has what an interrupted copy left (%s)", s->control.where,
			text);
	return r;
}

int pg_mark_make(struct session *s, struct err *err)
{
	AUTO(buf_fini) struct buf sql;
	struct err why = { 0 };
	if (!s->job.origin)
		return 0;
	const struct mark_origin from = { s->job.origin, s->job.frozen, s->guard };
	mark_text(s->mark, s->job.options, &from);
	text_init(&sql);
	text_add(&sql, "DROP SCHEMA IF EXISTS " MARK_NAME " CASCADE; CREATE SCHEMA " MARK_NAME
		       "; COMMENT ON SCHEMA " MARK_NAME " IS ");
	text_value(&sql, s->mark);
	text_add(&sql, "; CREATE UNLOGGED TABLE " MARK_NAME ".parts (part bigint PRIMARY KEY);"
		       " INSERT INTO " MARK_NAME ".parts VALUES (0)");
	int r = pg_run(&s->control, "mark", text_of(&sql), &why);
	s->marked = !r;
	if (r != -EPERM) {
		if (r && err)
			*err = why;
		return r;
	}
	pg_warn(s,
		"%s; so nothing will tell that the database is not whole, should the copy be interrupted, and a"
		" lost connection ends it",
		why.text);
	return 0;
}

void pg_mark_part(struct buf *sql, const struct session *s, const struct feed *part)
{
	if (s->marked && part->part)
		text_format(sql, "INSERT INTO " MARK_NAME ".parts VALUES (%llu)",
			    (unsigned long long)part->part);
}

static int has_part(struct session *s, struct conn *c, uint64_t part, bool *has, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	(void)s;
	text_init(&sql);
	text_format(&sql, "SELECT FROM " MARK_NAME ".parts WHERE part = %llu", (unsigned long long)part);
	int r = conn_query(&rows, c, "mark", text_of(&sql), err);
	*has = !r && PQntuples(rows);
	return r;
}

int pg_mark_check_kept(struct session *s, struct conn *c, struct err *err)
{
	struct err why = { 0 };
	bool has = false;
	if (!s->marked)
		return err_say(
			err, -ESTALE,
			"%s: a connection was lost, and without a mark nobody knows what of its rows is there",
			c->where);
	int r = has_part(s, c, 0, &has, &why);
	if (has)
		return 0;
	if (r && !conn_failed_as(&why, "42P01") && !conn_failed_as(&why, "3F000")) {
		if (err)
			*err = why;
		return r;
	}
	return err_say(
		err, -ESTALE,
		"%s: the server crashed, and may have lost rows that it had said to be there: the copy has"
		" to start again",
		c->where);
}

int pg_mark_settle(struct session *s, unsigned conn, const struct table *t, const struct feed *part, bool *in,
		   struct err *err)
{
	(void)t;
	*in = false;
	return s->marked && part->part ? has_part(s, &s->conns[conn], part->part, in, err) : 0;
}

/* With it all that was committed before it is on the disk. */
int pg_mark_finish(struct session *s, struct err *err)
{
	return s->marked
		       ? pg_run(&s->control, "mark",
				"SET synchronous_commit = local; DROP SCHEMA IF EXISTS " MARK_NAME " CASCADE",
				err)
		       : 0;
}
