#include "dbdump/pg/objects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/exclude.h"
#include "dbdump/pg/splitter.h"
#include "dbdump/pg/text.h"

enum { ROLE_NAME = 2 * 64 + 3 };

/* Names as quote_ident wrote them, with spaces between. */
static int add_roles(struct object *o, const char *list)
{
	const char *end = list + strlen(list);
	char name[ROLE_NAME];
	int r = 0;
	for (; !r && splitter_name(&list, end, name, sizeof name); list += *list == ' ')
		r = strings_add(&o->roles, name, strlen(name));
	return r;
}

/* The column of roles; -1: there is none. */
static int roles_column(const PGresult *rows)
{
	int all = PQfnumber(rows, "roles");
	return all >= 0 ? all : PQfnumber(rows, "any_role");
}

static int add_needs(struct object *o, PGresult *rows, int row)
{
	int at = roles_column(rows), owned = PQfnumber(rows, "owned");
	o->any_role = PQfnumber(rows, "any_role") >= 0;
	o->owned = owned >= 0 ? strdup(pg_cell(rows, row, owned)) : NULL;
	if (owned >= 0 && !o->owned)
		return -ENOMEM;
	return at < 0 || PQgetisnull(rows, row, at) ? 0 : add_roles(o, pg_cell(rows, row, at));
}

static int add(struct catalog *out, const char *kind, PGresult *rows, int row)
{
	struct object *o = catalog_add_object(out);
	if (!o)
		return -ENOMEM;
	o->kind = kind;
	o->name = strdup(pg_cell(rows, row, 0));
	o->definition = strdup(pg_cell(rows, row, 1));
	return o->name && o->definition ? add_needs(o, rows, row) : -ENOMEM;
}

/* Pairs of schema and name behind the definition: what it belongs to, what it refers to. */
static bool is_wanted(struct session *s, PGresult *rows, int row)
{
	int roles = roles_column(rows), end = roles >= 0 ? roles : PQnfields(rows);
	for (int i = 2; i + 1 < end; i += 2)
		if (!PQgetisnull(rows, row, i) && !PQgetisnull(rows, row, i + 1) &&
		    !exclude_wants(s, pg_cell(rows, row, i), pg_cell(rows, row, i + 1)))
			return false;
	return true;
}

/* The query as this version knows it. */
static void for_version(struct buf *out, const char *sql, int major)
{
	text_start(out, "");
	for (const char *mark; (mark = strstr(sql, "{{"));) {
		char *words;
		long from = strtol(mark + 2, &words, 10),
		     to = *words == '-' ? strtol(words + 1, &words, 10) : 0;
		const char *end = strstr(words, "}}");
		CHECK(*words == ':' && end);
		buf_bytes(out, sql, (size_t)(mark - sql));
		if (major >= from && (!to || major <= to))
			buf_bytes(out, words + 1, (size_t)(end - words - 1));
		sql = end + 2;
	}
	text_add(out, sql);
}

static int read_kind(struct session *s, const struct objects_query *q, struct catalog *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	for_version(&sql, q->sql, s->major);
	int r = conn_query(&rows, &s->control, q->kind, text_of(&sql), err);
	for (int i = 0; !r && i < PQntuples(rows); i++)
		if (is_wanted(s, rows, i) && add(out, q->kind, rows, i))
			r = err_set(err, -ENOMEM, "%s: %s", s->control.where, q->kind);
	return r;
}

/* The first superuser's comes first, whatever it is called. */
static int read_roles(struct session *s, struct catalog *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	int r = conn_query(&rows, &s->control, "roles",
			   "SELECT rolname FROM pg_catalog.pg_roles ORDER BY oid <> 10, 1", err);
	for (int i = 0; !r && i < PQntuples(rows); i++)
		if (strings_add(&out->roles, pg_cell(rows, i, 0), strlen(pg_cell(rows, i, 0))))
			r = err_set(err, -ENOMEM, "%s: roles", s->control.where);
	return r;
}

int objects_read(struct session *s, struct catalog *out, struct err *err)
{
	const struct objects_query *const all[] = { objects_tables, objects_code, objects_rights };
	int r = read_roles(s, out, err);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (const struct objects_query *q = all[i]; !r && q->kind; q++)
			if (s->major >= q->since)
				r = read_kind(s, q, out, err);
	return r;
}
