#include "dbdump/pg/wide.h"

#include <stdlib.h>

#include "dbdump/gate.h"
#include "dbdump/pg/text.h"

/* Bytes that are looked at: of one table, and of all. */
enum { SAMPLE = 256 << 20, SAMPLES = 1 << 30 };

/* How long a row is as COPY has it. The length of other types than these three is known in its compressed form alone, of which
 * a sixteenth is rare. (Temporary tables are others', who may have them locked: their size would be waited for.) */
static const char lengths_sql[] =
	"SELECT c.oid, pg_catalog.pg_relation_size(c.oid), pg_catalog.string_agg(pg_catalog.format("
	"CASE a.atttypid WHEN 25 THEN 'coalesce(pg_catalog.octet_length(%1$I), 0)::bigint'"
	" WHEN 1043 THEN 'coalesce(pg_catalog.octet_length(%1$I), 0)::bigint'"
	" WHEN 17 THEN '2 * coalesce(pg_catalog.octet_length(%1$I), 0)::bigint'"
	" ELSE '16 * coalesce(pg_catalog.pg_column_size(%1$I), 0)::bigint' END, a.attname), ' + ')"
	" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
	" WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND c.reltoastrelid <> 0 AND pg_catalog.pg_relation_size(c.reltoastrelid) > 0"
	" AND a.attnum > 0 AND NOT a.attisdropped AND a.attlen = -1 AND pg_catalog.has_table_privilege(c.oid, 'SELECT')"
	" GROUP BY c.oid";

static bool has_large(struct session *s, const struct table *t, double part, const char *length)
{
	AUTO(buf_fini) struct buf sql;
	struct err passed_over = { 0 };
	char *found = NULL;
	text_init(&sql);
	text_format(&sql, "SET LOCAL lock_timeout = '100ms'; SELECT EXISTS (SELECT FROM ONLY %s",
		    ((const struct pg_table *)t->own)->quoted);
	if (part < 1)
		text_format(&sql, " TABLESAMPLE SYSTEM (%f)", 100 * part);
	text_add(&sql, " WHERE ");
	text_add(&sql, length);
	text_format(&sql, " >= %d)", GATE_LARGE);
	pg_value(&found, &s->watch, t->name, text_of(&sql), &passed_over);
	bool large = found && *found == 't';
	free(found);
	return large;
}

static struct table *find(struct catalog *c, unsigned long oid)
{
	for (size_t i = 0; i < c->table_count; i++)
		if (((struct pg_table *)c->tables[i].own)->oid == oid)
			return &c->tables[i];
	return NULL;
}

int wide_read(struct session *s, struct catalog *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	if (s->job.connections < 2) /* none is beside another */
		return 0;
	text_format(&sql, "SET LOCAL lock_timeout = '%us'; %s", s->job.options->lock_wait_s, lengths_sql);
	pthread_mutex_lock(&s->watch_lock);
	int r = conn_query(&rows, &s->watch, "tables", text_of(&sql), err);
	int count = r ? 0 : PQntuples(rows);
	double most = count * (double)SAMPLE > SAMPLES ? (double)SAMPLES / count : SAMPLE;
	for (int i = 0; i < count; i++) {
		struct table *t = find(out, strtoul(pg_cell(rows, i, 0), NULL, 10));
		if (t && t->rows_kind != ROWS_NONE)
			t->large_rows = has_large(s, t, most / strtod(pg_cell(rows, i, 1), NULL),
						  pg_cell(rows, i, 2));
	}
	pthread_mutex_unlock(&s->watch_lock);
	return r;
}
