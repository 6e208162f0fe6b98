#include "dbdump/pg/large.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/mark.h"
#include "dbdump/pg/text.h"

enum { PAGE = 2048, AT_ONCE = 1 << 20 };

static const char count_sql[] =
	"SELECT count(*), pg_catalog.pg_table_size('pg_catalog.pg_largeobject'),"
	" pg_catalog.pg_indexes_size('pg_catalog.pg_largeobject'), (SELECT reltuples::bigint FROM"
	" pg_catalog.pg_class WHERE oid = 'pg_catalog.pg_largeobject'::regclass)"
	" FROM pg_catalog.pg_largeobject_metadata";

static const struct {
	const char *name, *type;
} columns[] = { { "data", "bytea" }, { "loid", "oid" }, { "pageno", "integer" } };

static int add_columns(struct table *t)
{
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		struct column *c = table_add_column(t);
		if (!c)
			return -ENOMEM;
		c->name = strdup(columns[i].name);
		c->type = strdup(columns[i].type);
		if (!c->name || !c->type)
			return -ENOMEM;
	}
	return 0;
}

int large_name(struct table *t)
{
	struct pg_table *own = t->own;
	own->quoted = strdup("pg_catalog.pg_largeobject");
	own->columns = strdup("");
	return own->quoted && own->columns ? 0 : -ENOMEM;
}

static int add_table(struct session *s, struct catalog *out, PGresult *rows)
{
	struct table *t = catalog_add_table(out);
	struct pg_table *own = calloc(1, sizeof *own);
	if (!t || !own) {
		free(own);
		return -ENOMEM;
	}
	t->own = own;
	t->rows_kind = s->job.options->schema_only ? ROWS_NONE : ROWS_SNAPSHOT;
	t->schema = strdup("pg_catalog");
	t->name = strdup("pg_largeobject");
	t->key = strdup("loid, pageno");
	t->data_bytes = strtoull(pg_cell(rows, 0, 1), NULL, 10);
	t->index_bytes = strtoull(pg_cell(rows, 0, 2), NULL, 10);
	t->rows = *pg_cell(rows, 0, 3) == '-' ? 0 : strtoull(pg_cell(rows, 0, 3), NULL, 10);
	own->large_objects = true;
	own->key = calloc(2, sizeof *own->key);
	if (!t->schema || !t->name || !t->key || large_name(t) || !own->key)
		return -ENOMEM;
	own->key[0] = 1;
	own->key[1] = 2;
	own->key_count = 2;
	return add_columns(t);
}

static int add_object(struct catalog *out, const char *count)
{
	struct object *o = catalog_add_object(out);
	if (!o)
		return -ENOMEM;
	o->kind = "large objects";
	o->name = strdup("count");
	o->definition = strdup(count);
	return o->name && o->definition ? 0 : -ENOMEM;
}

int large_catalog(struct session *s, struct catalog *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	if (!options_want_table(s->job.options, "pg_catalog", "pg_largeobject"))
		return catalog_leave_out(out, "pg_catalog", "pg_largeobject")
			       ? err_set(err, -ENOMEM, "%s: large objects", s->control.where)
			       : 0;
	int r = conn_query(&rows, &s->control, "large objects", count_sql, err);
	if (r || !strcmp(pg_cell(rows, 0, 0), "0"))
		return r;
	r = add_table(s, out, rows);
	if (!r)
		r = add_object(out, pg_cell(rows, 0, 0));
	return r ? err_set(err, r, "%s: large objects", s->control.where) : 0;
}

/* Pages that follow one another in one object, until they are worth sending. */
struct run {
	struct conn *c;
	uint32_t object;
	uint64_t offset;
	struct buf bytes;
};

static int put(struct run *run, struct err *err)
{
	if (!run->bytes.len)
		return 0;
	uint32_t object = htonl(run->object);
	uint64_t offset = htobe64(run->offset);
	const char *values[] = { (const char *)&object, (const char *)&offset,
				 (const char *)run->bytes.data };
	const int lengths[] = { sizeof object, sizeof offset, (int)run->bytes.len }, binary[] = { 1, 1, 1 };
	const Oid types[] = { 26, 20, 17 }; /* oid, bigint, bytea */
	PGresult *r = PQsendQueryParams(run->c->pg, "SELECT pg_catalog.lo_put($1, $2, $3)", 3, types, values,
					lengths, binary, 0)
			      ? conn_answer(run->c)
			      : NULL;
	run->bytes.len = 0;
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		return conn_fail(run->c, r, "large object", err);
	PQclear(r);
	return 0;
}

static int nibble(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "\\x0a0b" with the backslash doubled, as COPY has bytea. */
static bool unhex(struct buf *out, const uint8_t *at, const uint8_t *end)
{
	if (end - at < 3 || memcmp(at, "\\\\x", 3) != 0 || (end - at) % 2 == 0)
		return false;
	for (at += 3; at < end; at += 2) {
		int high = nibble(at[0]), low = nibble(at[1]);
		if (high < 0 || low < 0)
			return false;
		buf_u8(out, (uint8_t)(high << 4 | low));
	}
	return !out->failed;
}

static int take_line(struct run *run, const uint8_t *line, const uint8_t *end, struct err *err)
{
	const uint8_t *tab = memchr(line, '\t', (size_t)(end - line));
	unsigned object, page;
	char numbers[64];
	snprintf(numbers, sizeof numbers, "%.*s", tab ? (int)(end - tab - 1) : 0,
		 tab ? (const char *)tab + 1 : "");
	if (!tab || sscanf(numbers, "%u\t%u", &object, &page) != 2)
		return err_say(err, -EBADMSG, "%s: large objects: a page that is none", run->c->where);
	uint64_t offset = (uint64_t)page * PAGE;
	if (object != run->object || offset != run->offset + run->bytes.len || run->bytes.len >= AT_ONCE) {
		int r = put(run, err);
		if (r)
			return r;
		run->object = object;
		run->offset = offset;
	}
	if (!unhex(&run->bytes, line, tab))
		return err_say(err, -EBADMSG, "%s: large object %u: a page that is none", run->c->where,
			       object);
	return 0;
}

static int take_lines(struct run *run, struct feed *feed, uint64_t *rows, struct err *err)
{
	const uint8_t *lines;
	size_t len;
	int more;
	while ((more = feed->next(feed, &lines, &len, err)) > 0) {
		const uint8_t *all = lines + len;
		for (const uint8_t *end; lines < all; lines = end + 1) {
			end = memchr(lines, '\n', (size_t)(all - lines));
			int r = end ? take_line(run, lines, end, err) : -EBADMSG;
			if (r)
				return r;
			++*rows;
		}
	}
	return more ? more : put(run, err);
}

static int commit(struct session *s, struct conn *c, const struct feed *part, struct err *err)
{
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	pg_mark_part(&sql, s, part);
	text_add(&sql, "; COMMIT");
	int r = pg_run(c, "large objects", text_of(&sql), err);
	if (r)
		PQclear(conn_exec(c, "ROLLBACK", false));
	return r;
}

int large_write(struct session *s, unsigned conn, struct feed *feed, uint64_t *rows, struct err *err)
{
	struct run run = { .c = &s->conns[conn] };
	*rows = 0;
	int r = pg_run(run.c, "large objects", "BEGIN", err);
	if (r)
		return r;
	buf_init(&run.bytes, AT_ONCE + PAGE);
	r = take_lines(&run, feed, rows, err);
	buf_fini(&run.bytes);
	if (!r)
		return commit(s, run.c, feed, err);
	PQclear(conn_exec(run.c, "ROLLBACK", false));
	return r;
}
