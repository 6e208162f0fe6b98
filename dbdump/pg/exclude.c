#include "dbdump/pg/exclude.h"

#include <errno.h>
#include <string.h>

#include "dbdump/mark.h"
#include "dbdump/pg/text.h"

/* Relations with rows of their own, or that are made of such. */
static const char relations_sql[] =
	"SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', '" MARK_NAME
	"')"
	" AND n.nspname !~ '^pg_(toast|temp)' ORDER BY n.nspname, c.relname";

/* Views whose rule, directly or through another view, reads one of them. */
static const char views_sql[] =
	"WITH RECURSIVE gone(oid) AS (SELECT pg_catalog.unnest('{%s}'::oid[]) UNION SELECT r.ev_class FROM gone g JOIN"
	" pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = g.oid AND d.classid ="
	" 'pg_catalog.pg_rewrite'::regclass JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid)"
	" SELECT n.nspname, c.relname FROM gone JOIN pg_catalog.pg_class c USING (oid) JOIN pg_catalog.pg_namespace n"
	" ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') ORDER BY 1, 2";

/* Sequences that belong to one of them, and that no other table takes values from: pg_dump would make them all the same. */
static const char sequences_sql[] =
	"SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN"
	" pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'a' AND"
	" d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = ANY ('{%s}'::oid[]) WHERE c.relkind = 'S' AND NOT EXISTS"
	" (SELECT FROM pg_catalog.pg_depend u JOIN pg_catalog.pg_attrdef a ON u.classid = 'pg_catalog.pg_attrdef'::regclass AND"
	" a.oid = u.objid WHERE u.refclassid = 'pg_catalog.pg_class'::regclass AND u.refobjid = c.oid AND a.adrelid <>"
	" ALL ('{%s}'::oid[]))";

static int add(struct strings *out, const char *schema, const char *name)
{
	AUTO(buf_fini) struct buf text;
	text_init(&text);
	text_dotted(&text, schema, name);
	const char *quoted = text_of(&text);
	return quoted ? strings_add(out, quoted, strlen(quoted)) : -ENOMEM;
}

static int add_views(struct session *s, const char *oids, struct strings *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_format(&sql, views_sql, oids);
	int r = conn_query(&rows, &s->control, "views", text_of(&sql), err);
	for (int i = 0; !r && i < PQntuples(rows); i++) {
		pg_warn(s, "view %s.%s: left out, since it reads a table that is not copied",
			pg_cell(rows, i, 0), pg_cell(rows, i, 1));
		if (add(out, pg_cell(rows, i, 0), pg_cell(rows, i, 1)))
			r = err_set(err, -ENOMEM, "%s: views", s->control.where);
	}
	return r;
}

static int add_sequences(struct session *s, const char *oids, struct strings *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_format(&sql, sequences_sql, oids, oids);
	int r = conn_query(&rows, &s->control, "sequences", text_of(&sql), err);
	for (int i = 0; !r && i < PQntuples(rows); i++)
		if (add(out, pg_cell(rows, i, 0), pg_cell(rows, i, 1)))
			r = err_set(err, -ENOMEM, "%s: sequences", s->control.where);
	return r;
}

bool exclude_wants(const struct session *s, const char *schema, const char *name)
{
	AUTO(strings_fini) struct strings quoted = { 0 };
	if (!strcmp(schema, "pg_catalog") && !strcmp(name, "pg_largeobject"))
		return options_want_table(s->job.options, schema, name);
	if (!s->excluded.count)
		return true;
	if (add(&quoted, schema, name))
		return false;
	for (size_t i = 0; i < s->excluded.count; i++)
		if (!strcmp(s->excluded.at[i], quoted.at[0]))
			return false;
	return true;
}

int exclude_read(struct session *s, struct catalog *c, struct err *err)
{
	struct strings *out = &s->excluded;
	strings_cut(out, 0);
	if (!s->job.options->only_tables.count && !s->job.options->exclude_tables.count)
		return 0;
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf oids;
	text_init(&oids);
	int r = conn_query(&rows, &s->control, "tables", relations_sql, err);
	for (int i = 0; !r && i < PQntuples(rows); i++) {
		if (options_want_table(s->job.options, pg_cell(rows, i, 1), pg_cell(rows, i, 2)))
			continue;
		text_format(&oids, "%s%s", oids.len ? "," : "", pg_cell(rows, i, 0));
		if (add(out, pg_cell(rows, i, 1), pg_cell(rows, i, 2)) ||
		    catalog_leave_out(c, pg_cell(rows, i, 1), pg_cell(rows, i, 2)))
			r = err_set(err, -ENOMEM, "%s: tables", s->control.where);
	}
	const char *list = r || !out->count ? NULL : text_of(&oids);
	if (r || !list)
		return r;
	r = add_sequences(s, list, out, err);
	return r ? r : add_views(s, list, out, err);
}
