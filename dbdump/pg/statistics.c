#include "dbdump/pg/statistics.h"

#include <errno.h>
#include <string.h>

#include "dbdump/pg/exclude.h"
#include "dbdump/pg/text.h"

/* Partitioned tables have statistics of their own when somebody asked for them; whoever analyzes those does it for the
 * partitions too. */
static const char others_sql[] =
	"SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	" WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)' AND (c.relkind = 'm'"
	" AND c.relispopulated OR c.relkind = 'p' AND NOT c.relispartition AND EXISTS (SELECT FROM pg_catalog.pg_stats s"
	" WHERE s.schemaname = n.nspname AND s.tablename = c.relname))"
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid"
	" AND d.deptype = 'e') ORDER BY 1, 2";

static const char views_sql[] =
	"WITH RECURSIVE deep(view, depth) AS (SELECT oid, 0 FROM pg_class WHERE relkind = 'm' UNION SELECT r.ev_class, g.depth + 1"
	" FROM deep g JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = g.view AND d.classid ="
	" 'pg_rewrite'::regclass JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> g.view WHERE g.depth < 100)"
	" SELECT n.nspname, c.relname FROM deep JOIN pg_class c ON c.oid = deep.view JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.relkind = 'm' AND c.relispopulated GROUP BY 1, 2 ORDER BY max(depth), 1, 2";

static int add(struct script *out, enum phase phase, const char *kind, const char *words,
	       const char *const name[2])
{
	AUTO(buf_fini) struct buf text;
	text_init(&text);
	text_format(&text, "%s.%s", name[0], name[1]);
	const char *shown = text_of(&text);
	struct statement *st = shown ? script_add(out, phase, kind, shown) : NULL;
	if (!st)
		return -ENOMEM;
	text_start(&text, words);
	text_dotted(&text, name[0], name[1]);
	const char *sql = text_of(&text);
	return sql ? statement_sql(st, sql) : -ENOMEM;
}

/* One statement for each row of a query. */
static int add_rows(struct session *s, struct script *out, const char *kind, const char *words,
		    const char *query, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	int r = conn_query(&rows, &s->control, kind, query, err);
	for (int i = 0; !r && i < PQntuples(rows); i++) {
		const char *name[] = { pg_cell(rows, i, 0), pg_cell(rows, i, 1) };
		if (!exclude_wants(s, name[0], name[1]))
			continue;
		if (add(out, PHASE_LAST, kind, words, name))
			r = err_set(err, -ENOMEM, "%s: %s", s->control.where, kind);
	}
	return r;
}

int statistics_tell_views(struct session *s, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	int r = conn_query(&rows, &s->control, "materialized views", views_sql, err);
	if (r)
		return r;
	unsigned count = 0;
	for (int i = 0; i < PQntuples(rows); i++)
		count += exclude_wants(s, pg_cell(rows, i, 0), pg_cell(rows, i, 1));
	if (count)
		pg_warn(s,
			"%s: materialized views, %u of them, are computed anew from the rows that are copied: one that"
			" was not refreshed since its tables changed has other rows at the destination; their"
			" definitions are compared, their rows are not",
			s->control.where, count);
	return 0;
}

int statistics_refresh(struct session *s, struct script *out, struct err *err)
{
	return add_rows(s, out, "materialized view", "REFRESH MATERIALIZED VIEW ", views_sql, err);
}

int statistics_script(struct session *s, const struct catalog *c, struct script *out, struct err *err)
{
	for (size_t i = 0; i < c->table_count; i++) {
		const struct table *t = &c->tables[i];
		const struct pg_table *own = t->own;
		if (t->rows_kind == ROWS_NONE || own->large_objects)
			continue;
		const char *name[] = { t->schema, t->name };
		if (add(out, own->analyzed_last ? PHASE_LAST : PHASE_LOADED, "statistics", "ANALYZE ", name))
			return err_set(err, -ENOMEM, "%s: statistics", s->control.where);
		out->statements[out->count - 1].table = i;
	}
	return add_rows(s, out, "statistics", "ANALYZE ", others_sql, err);
}
