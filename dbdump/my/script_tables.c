#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/columns.h"
#include "dbdump/my/ddl.h"
#include "dbdump/my/rewrite.h"
#include "dbdump/my/script.h"
#include "dbdump/my/sql.h"

/* An index costs less when it is made from all the rows at once; but an ALTER TABLE costs some milliseconds too. */
enum { DEFER_FROM_BYTES = 1 << 20 };

/* The table's statement with the new names of databases in it, taken apart. */
static int take_apart(struct session *s, const struct table *t, struct ddl *out)
{
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	struct rewrite how = { .options = s->job.options, .rename = true };
	rewrite(&b, table_own(t)->create, &how);
	const char *text = sql_text(&b);
	return text ? ddl_parse(out, text) : -ENOMEM;
}

/* May this table's indexes wait? Those of one whose rows are ordered by them, or that has a history, may
 * not; and a file is that of a table with all of its indexes. */
static bool may_defer(const struct session *s, const struct table *t)
{
	const struct my_table *own = table_own(t);
	return !t->by_file && own->innodb && own->has_primary && !own->versioned &&
	       !s->job.options->schema_only && t->data_bytes + t->index_bytes >= DEFER_FROM_BYTES;
}

/* What AUTO_INCREMENT counts must have an index from the beginning. */
static bool is_deferred(const struct ddl *d, size_t i, const char *counted)
{
	if (d->kinds[i] != DDL_UNIQUE && d->kinds[i] != DDL_KEY)
		return false;
	if (strstr(d->items.at[i], "USING HASH") || strstr(d->items.at[i], "WITHOUT OVERLAPS"))
		return false;
	return !*counted || !ddl_names(d->items.at[i], counted);
}

static int put_table(struct session *s, struct script *out, const struct table *t, size_t index)
{
	AUTO(ddl_fini) struct ddl d = { 0 };
	AUTO(buf_fini) struct buf create = { .limit = SQL_LIMIT }, later = { .limit = SQL_LIMIT };
	const char *db = table_own(t)->target, *between = "";
	char counted[256] = "";
	int status = take_apart(s, t, &d);
	if (status)
		return status;
	ddl_auto_increment(&d, counted, sizeof counted);
	sql_add(&create, "CREATE TABLE %i.%i (\n", db, t->name);
	for (size_t i = 0; i < d.items.count; i++) {
		if (may_defer(s, t) && is_deferred(&d, i, counted)) {
			sql_add(&later, "%s ADD %s", later.len ? "," : "", d.items.at[i]);
		} else if (d.kinds[i] != DDL_FOREIGN) {
			sql_add(&create, "%s  %s", between, d.items.at[i]);
			between = ",\n";
		}
	}
	sql_add(&create, "\n)%s", d.tail);
	struct statement *st = script_named(out, PHASE_BEFORE, "table", db, t->name);
	if (st)
		st->apart = true; /* foreign keys come later, sequences came before */
	status = st ? script_sql(st, "USE %i", db) : -ENOMEM;
	if (!status)
		status = sql_text(&create) ? statement_sql(st, sql_text(&create)) : -ENOMEM;
	if (status || !later.len)
		return status;
	st = script_named(out, PHASE_LOADED, "indexes of table", db, t->name);
	if (!st || !sql_text(&later))
		return -ENOMEM;
	st->table = index;
	return script_sql(st, "ALTER TABLE %i.%i%s", db, t->name, sql_text(&later));
}

int script_tables(struct session *s, const struct catalog *c, struct script *out, struct err *err)
{
	for (size_t i = 0; i < c->table_count; i++) {
		int status = put_table(s, out, &c->tables[i], i);
		if (status)
			return err_set(err, status, "table %s.%s: its definition", c->tables[i].schema,
				       c->tables[i].name);
	}
	return 0;
}

static int put_foreign_keys(struct session *s, struct script *out, const struct table *t)
{
	AUTO(ddl_fini) struct ddl d = { 0 };
	AUTO(buf_fini) struct buf alter = { .limit = SQL_LIMIT };
	const char *db = table_own(t)->target;
	int status = take_apart(s, t, &d);
	for (size_t i = 0; !status && i < d.items.count; i++)
		if (d.kinds[i] == DDL_FOREIGN)
			sql_add(&alter, "%s ADD %s", alter.len ? "," : "", d.items.at[i]);
	if (status || !alter.len)
		return status;
	struct statement *st = script_named(out, PHASE_AFTER, "foreign keys of table", db, t->name);
	if (!st || !sql_text(&alter))
		return -ENOMEM;
	/* (foreign_key_checks = 0: the rows are not looked at again, they are the source's) */
	status = script_sql(st, "USE %i", db);
	return status ? status : script_sql(st, "ALTER TABLE %i.%i%s", db, t->name, sql_text(&alter));
}

int script_foreign_keys(struct session *s, const struct catalog *c, struct script *out, struct err *err)
{
	for (size_t i = 0; i < c->table_count; i++)
		if (put_foreign_keys(s, out, &c->tables[i]))
			return err_set(err, -ENOMEM, "table %s.%s: its foreign keys", c->tables[i].schema,
				       c->tables[i].name);
	return 0;
}
