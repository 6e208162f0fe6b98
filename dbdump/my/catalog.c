#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/columns.h"
#include "dbdump/my/ddl.h"
#include "dbdump/my/definition.h"
#include "dbdump/my/identity.h"
#include "dbdump/my/mark.h"
#include "dbdump/my/read_code.h"
#include "dbdump/my/session.h"
#include "dbdump/my/spaces.h"
#include "dbdump/my/sql.h"
#include "xfer/base/fd.h"

static enum rows_kind rows_of(const struct session *s, const char *table, const char *engine)
{
	if (!table_keeps_rows(engine)) {
		session_warn(
			s, "table %s: of engine %s, whose rows are elsewhere, only the definition is copied",
			table, engine);
		return ROWS_NONE;
	}
	if (s->job.options->schema_only)
		return ROWS_NONE;
	return !strcmp(engine, "InnoDB") ? ROWS_SNAPSHOT : ROWS_LIVE;
}

static int add_table(struct session *s, struct catalog *c, const char *schema, struct rows *r)
{
	struct table *t = catalog_add_table(c);
	struct my_table *own = t ? calloc(1, sizeof *own) : NULL;
	if (!own)
		return -ENOMEM;
	t->own = own;
	t->schema = strdup(schema);
	t->name = strdup(r->at[0]);
	own->target = strdup(session_target_name(s, schema));
	own->created = strdup(r->at[6]);
	own->versioned = !strcmp(r->at[1], "SYSTEM VERSIONED");
	own->history = own->versioned;
	own->innodb = !strcmp(r->at[2], "InnoDB");
	own->compressed = !strcmp(r->at[8], "Compressed");
	t->rows = strtoull(r->at[3], NULL, 10);
	t->data_bytes = strtoull(r->at[4], NULL, 10);
	t->index_bytes = strtoull(r->at[5], NULL, 10);
	t->rows_kind = rows_of(s, r->at[0], r->at[2]);
	return t->schema && t->name && own->target && own->created ? 0 : -ENOMEM;
}

/* *young_us: how long it takes until none of these tables is of the second in which it is looked at. */
static int read_tables(struct session *s, struct catalog *c, const char *schema, uint64_t *young_us,
		       struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(
		&s->control, &r, err,
		"SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS, DATA_LENGTH, INDEX_LENGTH, "
		"CREATE_TIME, GREATEST(0, 1020000 - TIMESTAMPDIFF(MICROSECOND, CREATE_TIME, NOW(6))), ROW_FORMAT "
		"FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q "
		"AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
		schema);
	while (!status && rows_next(&r)) {
		if (my_mark_is_table(r.at[0]))
			continue;
		if (!session_wants(s, schema, r.at[0])) {
			if (catalog_leave_out(c, schema, r.at[0]))
				status = err_set(err, -ENOMEM, "%s.%s", schema, r.at[0]);
			continue;
		}
		uint64_t young = strtoull(r.at[7], NULL, 10);
		*young_us = young > *young_us ? young : *young_us;
		if (add_table(s, c, schema, &r))
			status = err_set(err, -ENOMEM, "%s.%s", schema, r.at[0]);
	}
	return status;
}

/* The catalog is sorted. */
static struct table *find(struct catalog *c, const char *schema, const char *name)
{
	return catalog_find_table(c, schema, name);
}

/* Does the server compress these values, by themselves or with their table? */
static bool is_compressed(const struct table *t, const struct column_facts *f)
{
	static const char *const large[] = { "mediumtext", "mediumblob", "longtext", "longblob" };
	for (size_t i = 0; i < sizeof large / sizeof *large; i++)
		if (!strcmp(f->data_type, large[i]))
			return table_own(t)->compressed || strstr(f->type, "COMPRESSED");
	return false;
}

static int add_column(struct table *t, const struct column_facts *f)
{
	struct my_table *own = t->own;
	struct column *col = table_add_column(t);
	if (!col)
		return -ENOMEM;
	col->name = strdup(f->name);
	col->type = strdup(f->type);
	t->large_rows = t->large_rows || is_compressed(t, f);
	/* one more, empty, ends the list */
	struct my_column *grown = reallocarray(own->columns, t->column_count + 1, sizeof *grown);
	if (!col->name || !col->type || !grown)
		return -ENOMEM;
	own->columns = grown;
	memset(&grown[t->column_count - 1], 0, 2 * sizeof *grown);
	return column_describe(&grown[t->column_count - 1], f);
}

/* Numbers of transactions instead of times: nobody can write those. */
static void give_up_history(struct session *s, struct table *t)
{
	table_own(t)->history = false;
	session_warn(s, "table %s.%s: the history of a table with versions by transaction cannot be copied",
		     t->schema, t->name);
}

/* Where the table does not name the columns of its rows' life they are there all the same, unseen. */
static int add_hidden_columns(struct table *t)
{
	struct my_table *own = t->own;
	bool has_period = strstr(own->create, "PERIOD FOR SYSTEM_TIME") != NULL;
	if (!own->history || has_period)
		return 0;
	struct column_facts f = { .name = "row_end", .type = "timestamp(6)", .data_type = "timestamp" };
	int status = add_column(t, &f);
	f.name = "row_start";
	return status ? status : add_column(t, &f);
}

/* Columns come sorted by name, byte for byte. */
static int read_columns(struct session *s, struct catalog *c, const char *schema, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(
		&s->control, &r, err,
		"SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, CHARACTER_SET_NAME, EXTRA, "
		"GENERATION_EXPRESSION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %q",
		schema);
	while (!status && rows_next(&r)) {
		struct table *t = find(c, schema, r.at[0]);
		if (!t)
			continue;
		struct column_facts f = { .name = r.at[1],
					  .type = r.at[2],
					  .data_type = r.at[3],
					  .charset = r.at[4],
					  .extra = r.at[5],
					  .expression = r.at[6] };
		bool period = !strncmp(f.expression, "ROW ", 4);
		if (period && !strcmp(f.data_type, "bigint") && table_own(t)->history)
			give_up_history(s, t);
		if (column_is_copied(&f, table_own(t)->history) && add_column(t, &f))
			status = err_set(err, -ENOMEM, "%s.%s", schema, r.at[0]);
	}
	return status;
}

static int note_key_column(struct table *t, const char *column, const char *first)
{
	static const char *const integers[] = { "tinyint", "smallint", "mediumint", "int", "bigint" };
	struct my_table *own = t->own;
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_add(&b, t->key ? "%s, %i" : "%s%i", t->key ? t->key : "", column);
	free(t->key);
	t->key = sql_take(&b);
	own->has_primary = true;
	for (size_t i = 0; *first == '1' && i < t->column_count; i++) {
		if (strcmp(t->columns[i].name, column))
			continue;
		for (size_t k = 0; k < sizeof integers / sizeof *integers; k++)
			if (!strncmp(t->columns[i].type, integers[k], strlen(integers[k])))
				own->range_column = strdup(column);
		own->range_unsigned = strstr(t->columns[i].type, "unsigned") != NULL;
	}
	return t->key ? 0 : -ENOMEM;
}

static int read_keys(struct session *s, struct catalog *c, const char *schema, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(
		&s->control, &r, err,
		"SELECT TABLE_NAME, COLUMN_NAME, SEQ_IN_INDEX FROM information_schema.STATISTICS "
		"WHERE TABLE_SCHEMA = %q AND INDEX_NAME = 'PRIMARY' ORDER BY TABLE_NAME, SEQ_IN_INDEX",
		schema);
	while (!status && rows_next(&r)) {
		struct table *t = find(c, schema, r.at[0]);
		if (t && note_key_column(t, r.at[1], r.at[2]))
			status = err_set(err, -ENOMEM, "%s.%s", schema, r.at[0]);
	}
	return status;
}

static int read_create(struct session *s, struct table *t, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_define(&s->control, &r, err, "SHOW CREATE TABLE %i.%i", t->schema, t->name);
	if (status || !rows_next(&r)) {
		err_context(err, "table %s.%s", t->schema, t->name);
		return status ? status : err_say(err, -EIO, "table %s.%s is gone", t->schema, t->name);
	}
	AUTO(ddl_fini) struct ddl d = { 0 };
	table_own(t)->create = ddl_bare(r.at[1]);
	status = table_own(t)->create ? ddl_parse(&d, table_own(t)->create) : -ENOMEM;
	return status == -EINVAL ? err_say(err, -EIO, "table %s.%s: the server's definition of it is none",
					   t->schema, t->name)
	       : status		 ? err_set(err, status, "%s.%s", t->schema, t->name)
				 : 0;
}

static int by_column_name(const void *a, const void *b)
{
	const struct column *const *x = a, *const *y = b;
	return strcmp((*x)->name, (*y)->name);
}

/* Puts columns, and our own of them, in the order of their names. */
static int sort_columns(struct table *t)
{
	size_t n = t->column_count;
	struct my_table *own = t->own;
	AUTO(fd_free_buffer) const struct column **order = calloc(n + 1, sizeof(void *));
	AUTO(fd_free_buffer) struct column *columns = calloc(n + 1, sizeof *columns);
	struct my_column *mine = calloc(n + 1, sizeof *mine);
	if (!order || !columns || !mine) {
		free(mine);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		order[i] = &t->columns[i];
	qsort(order, n, sizeof *order, by_column_name);
	for (size_t i = 0; i < n; i++) {
		columns[i] = *order[i];
		mine[i] = own->columns[order[i] - t->columns];
	}
	if (n)
		memcpy(t->columns, columns, n * sizeof *columns);
	free(own->columns);
	own->columns = mine;
	return 0;
}

static int finish_tables(struct session *s, struct catalog *c, struct err *err)
{
	int status = 0;
	for (size_t i = 0; !status && i < c->table_count; i++) {
		struct table *t = &c->tables[i];
		status = read_create(s, t, err);
		t->by_file = !status && s->spaces && s->job.role == ROLE_SOURCE && spaces_take(s->spaces, t);
		if (!status && (add_hidden_columns(t) || sort_columns(t) || columns_complete(t)))
			status = err_set(err, -ENOMEM, "%s.%s", t->schema, t->name);
	}
	if (!status && s->job.role != ROLE_TARGET)
		identity_note_files(s, c);
	return status;
}

/* The time that tells a table from another one is in seconds: of one that was made in this very second the next alteration
 * may have the same. So that second is waited for, once. */
static int read_all_tables(struct session *s, struct catalog *c, struct err *err)
{
	const struct strings *dbs = s->job.databases;
	for (bool again = s->job.role != ROLE_TARGET;; again = false) {
		uint64_t young_us = 0;
		int status = 0;
		for (size_t i = 0; !status && i < dbs->count; i++)
			status = read_tables(s, c, dbs->at[i], &young_us, err);
		if (status || !young_us || !again)
			return status;
		young_us = young_us < 1020000 ? young_us : 1020000;
		status = conn_run(&s->control, err, "DO SLEEP(%U / 1000000)", young_us);
		if (status)
			return status;
		catalog_fini(c);
		c->free_own = table_own_free;
	}
}

int my_catalog(struct session *s, struct catalog *out, struct err *err)
{
	const struct strings *dbs = s->job.databases;
	struct catalog c = { .free_own = table_own_free };
	code_fini(&s->code);
	s->control.allowance = CATALOG_MOST;
	int status = read_all_tables(s, &c, err);
	catalog_sort(&c);
	if (!status)
		status = identity_complete(s, &c, err);
	for (size_t i = 0; !status && i < dbs->count; i++)
		status = read_columns(s, &c, dbs->at[i], err);
	for (size_t i = 0; !status && i < dbs->count; i++)
		status = read_keys(s, &c, dbs->at[i], err);
	if (!status)
		status = finish_tables(s, &c, err);
	if (!status)
		status = code_read(s, &c, err);
	if (!status)
		status = definitions_add(s, &c, err);
	if (!status && s->job.options->users && !s->job.options->data_only)
		status = accounts_read(s, err);
	if (!status && s->job.options->users && !s->job.options->data_only)
		status = accounts_define(s, &c, err);
	s->control.allowance = 0;
	catalog_sort(&c);
	if (status)
		catalog_fini(&c);
	else
		*out = c;
	return session_status(s, status, err);
}
