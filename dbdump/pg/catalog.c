#include "dbdump/pg/catalog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/mark.h"
#include "dbdump/pg/exclude.h"
#include "dbdump/pg/large.h"
#include "dbdump/pg/objects.h"
#include "dbdump/pg/sequences.h"
#include "dbdump/pg/snapshot.h"
#include "dbdump/pg/text.h"
#include "dbdump/pg/wide.h"
#include "xfer/base/fd.h"

void catalog_free_own(void *own)
{
	struct pg_table *t = own;
	if (!t)
		return;
	free(t->quoted);
	free(t->columns);
	free(t->signature);
	free(t->condition);
	free(t->key);
	free(t);
}

/* A member of an extension comes with it; of its configuration tables the rows that it says are the user's are ours. */
static const char tables_sql[] =
	"SELECT c.oid, n.nspname, c.relname, c.reltuples::bigint, pg_catalog.pg_table_size(c.oid),"
	" pg_catalog.pg_indexes_size(c.oid), pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint,"
	" " SIGNATURE_SQL
	", x.condition, EXISTS (SELECT FROM pg_catalog.pg_statistic_ext e WHERE e.stxrelid = c.oid)"
	" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	" LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'"
	" LEFT JOIN (SELECT e.oid, f.config, f.condition FROM pg_catalog.pg_extension e,"
	" ROWS FROM (pg_catalog.unnest(e.extconfig), pg_catalog.unnest(e.extcondition)) f(config, condition)) x"
	" ON x.oid = d.refobjid AND x.config = c.oid"
	" WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', '" MARK_NAME
	"')"
	" AND n.nspname !~ '^pg_(toast|temp)' AND (d.objid IS NULL OR x.config IS NOT NULL) ORDER BY c.oid";

static const char columns_sql[] =
	"SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a"
	" JOIN pg_catalog.pg_class c ON c.oid = a.attrelid WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped%s"
	" ORDER BY a.attrelid, a.attname::text COLLATE \"C\"";

/* The columns of one unique index over columns that are never null, of each table that has one: the primary key first. */
static const char keys_sql[] =
	"SELECT i.indrelid, a.attname FROM (SELECT DISTINCT ON (indrelid) indrelid, indkey, indnkeyatts FROM pg_catalog.pg_index x"
	" WHERE indisunique AND indisvalid AND indpred IS NULL AND indexprs IS NULL AND NOT EXISTS (SELECT FROM"
	" pg_catalog.pg_attribute n WHERE n.attrelid = indrelid AND n.attnum = ANY (indkey) AND NOT n.attnotnull)"
	" ORDER BY indrelid, indisprimary DESC, indexrelid) i, LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k(n, nth)"
	" JOIN pg_catalog.pg_attribute a ON a.attnum = k.n WHERE a.attrelid = i.indrelid AND k.nth <= i.indnkeyatts"
	" ORDER BY i.indrelid, k.nth";

static char *value_of(PGresult *rows, int row, int column)
{
	return PQgetisnull(rows, row, column) ? NULL : pg_cell(rows, row, column);
}

static uint64_t number_of(PGresult *rows, int row, int column)
{
	const char *text = value_of(rows, row, column);
	return text && *text != '-' ? strtoull(text, NULL, 10) : 0;
}

static int add_table(struct session *s, struct catalog *out, PGresult *rows, int row)
{
	struct table *t = catalog_add_table(out);
	struct pg_table *own = calloc(1, sizeof *own);
	if (!t || !own) {
		free(own);
		return -ENOMEM;
	}
	t->own = own;
	t->rows_kind = s->job.options->schema_only ? ROWS_NONE : ROWS_SNAPSHOT;
	t->rows = number_of(rows, row, 3);
	t->data_bytes = number_of(rows, row, 4);
	t->index_bytes = number_of(rows, row, 5);
	own->oid = (unsigned)number_of(rows, row, 0);
	own->pages = number_of(rows, row, 6);
	own->analyzed_last = *pg_cell(rows, row, 9) == 't';
	t->schema = strdup(pg_cell(rows, row, 1));
	t->name = strdup(pg_cell(rows, row, 2));
	own->signature = strdup(pg_cell(rows, row, 7));
	const char *condition = value_of(rows, row, 8);
	own->condition = condition && *condition ? strdup(condition) : NULL;
	bool whole = t->schema && t->name && own->signature && (!condition || !*condition || own->condition);
	return whole ? 0 : -ENOMEM;
}

static int read_tables(struct session *s, struct catalog *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	int r = conn_query(&rows, &s->control, "tables", tables_sql, err);
	for (int i = 0; !r && i < PQntuples(rows); i++)
		if (options_want_table(s->job.options, pg_cell(rows, i, 1), pg_cell(rows, i, 2)))
			r = add_table(s, out, rows, i);
	return r == -ENOMEM ? err_set(err, r, "%s: tables", s->control.where) : r;
}

/* Both lists are sorted by oid: the table that comes next and has this one, or NULL. */
static struct table *seek(struct catalog *c, size_t *at, uint64_t oid)
{
	while (*at < c->table_count && ((struct pg_table *)c->tables[*at].own)->oid < oid)
		++*at;
	if (*at == c->table_count || ((struct pg_table *)c->tables[*at].own)->oid != oid)
		return NULL;
	return &c->tables[*at];
}

static int read_columns(struct session *s, struct catalog *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	char sql[sizeof columns_sql + 64];
	snprintf(sql, sizeof sql, columns_sql, s->major >= 12 ? " AND a.attgenerated = ''" : "");
	int r = conn_query(&rows, &s->control, "columns", sql, err);
	if (r)
		return r;
	size_t at = 0;
	for (int i = 0; i < PQntuples(rows); i++) {
		struct table *t = seek(out, &at, number_of(rows, i, 0));
		if (!t)
			continue;
		struct column *c = table_add_column(t);
		if (c) {
			c->name = strdup(pg_cell(rows, i, 1));
			c->type = strdup(pg_cell(rows, i, 2));
		}
		if (!c || !c->name || !c->type)
			return err_set(err, -ENOMEM, "%s: columns", s->control.where);
	}
	return 0;
}

static int add_key(struct table *t, const char *column)
{
	struct pg_table *own = t->own;
	size_t at = 0;
	while (at < t->column_count && strcmp(t->columns[at].name, column) != 0)
		at++;
	if (at == t->column_count)
		return 0; /* a generated one: the others have to do */
	size_t *grown = reallocarray(own->key, own->key_count + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	own->key = grown;
	own->key[own->key_count++] = at;

	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_add(&sql, t->key ? t->key : "");
	text_add(&sql, t->key ? ", " : "");
	text_name(&sql, column);
	free(t->key);
	t->key = text_copy(&sql);
	return t->key ? 0 : -ENOMEM;
}

static int read_keys(struct session *s, struct catalog *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	int r = conn_query(&rows, &s->control, "keys", keys_sql, err);
	size_t at = 0;
	for (int i = 0; !r && i < PQntuples(rows); i++) {
		struct table *t = seek(out, &at, number_of(rows, i, 0));
		r = t && add_key(t, pg_cell(rows, i, 1)) ? err_set(err, -ENOMEM, "%s: keys", s->control.where)
							 : 0;
	}
	return r;
}

int catalog_name(struct table *t)
{
	struct pg_table *own = t->own;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_dotted(&sql, t->schema, t->name);
	own->quoted = text_copy(&sql);
	text_start(&sql, t->column_count ? "(" : "");
	for (size_t i = 0; i < t->column_count; i++) {
		text_add(&sql, i ? ", " : "");
		text_name(&sql, t->columns[i].name);
	}
	text_add(&sql, t->column_count ? ")" : "");
	own->columns = text_copy(&sql);
	return own->quoted && own->columns ? 0 : -ENOMEM;
}

static int read_all(struct session *s, struct catalog *out, struct err *err)
{
	int r = read_tables(s, out, err);
	if (!r)
		r = read_columns(s, out, err);
	if (!r)
		r = read_keys(s, out, err);
	for (size_t i = 0; !r && i < out->table_count; i++)
		if (catalog_name(&out->tables[i]))
			r = err_set(err, -ENOMEM, "%s: columns", s->control.where);
	if (!r)
		r = wide_read(s, out, err);
	if (!r)
		r = large_catalog(s, out, err);
	if (!r)
		r = objects_read(s, out, err);
	if (!r)
		r = sequences_read(s, out, err);
	return r;
}

/* What a table holds and what a view is made of is not told while somebody has it locked. */
static int bound_waits(struct session *s, struct err *err)
{
	char sql[64];
	snprintf(sql, sizeof sql, "SET LOCAL lock_timeout = '%us'", s->job.options->lock_wait_s);
	return pg_run(&s->control, "settings", sql, err);
}

/* Which it was, the server does not say. */
static void name_locked(struct session *s, struct err *err)
{
	static const char sql[] =
		"SELECT pg_catalog.string_agg(DISTINCT relation::pg_catalog.regclass::text, ', ') FROM pg_catalog.pg_locks"
		" WHERE locktype = 'relation' AND granted AND mode = 'AccessExclusiveLock' AND relation >= 16384 AND database ="
		" (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";
	AUTO(fd_free_buffer) char *names = NULL;
	struct err passed_over = { 0 };
	pthread_mutex_lock(&s->watch_lock);
	int r = pg_value(&names, &s->watch, "locks", sql, &passed_over);
	pthread_mutex_unlock(&s->watch_lock);
	if (!r && *names)
		err_context(err, "somebody else has locked %.200s", names);
}

int catalog_read(struct session *s, struct catalog *out, struct err *err)
{
	*out = (struct catalog){ .free_own = catalog_free_own };
	int r = snapshot_enter(s, &s->control, err);
	if (r)
		return r;
	r = bound_waits(s, err);
	if (!r)
		r = exclude_read(s, out, err);
	if (!r)
		r = read_all(s, out, err);
	if (r == -ETIMEDOUT)
		name_locked(s, err);
	int left = snapshot_leave(s, &s->control, r ? NULL : err);
	r = r ? r : left;
	if (r)
		catalog_fini(out);
	else
		catalog_sort(out);
	return r;
}
