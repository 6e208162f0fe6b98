#include "dbdump/my/definition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/columns.h"
#include "dbdump/my/ddl.h"
#include "dbdump/my/lex.h"
#include "dbdump/my/rewrite.h"
#include "dbdump/my/sql.h"
#include "dbdump/my/utf8.h"
#include "xfer/base/fd.h"

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static int add_object(struct catalog *c, const char *kind, const char *schema, const char *name,
		      char *definition)
{
	struct object *o = definition ? catalog_add_object(c) : NULL;
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_add(&b, *name ? "%s.%s" : "%s", schema, name);
	if (!o) {
		free(definition);
		return -ENOMEM;
	}
	o->kind = kind;
	o->name = sql_take(&b);
	o->definition = definition;
	return o->name ? 0 : -ENOMEM;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Columns in their order, everything else sorted: indexes that were made later are the same ones. */
static char *table_definition(struct session *s, const struct table *t)
{
	AUTO(ddl_fini) struct ddl d = { 0 };
	AUTO(buf_fini) struct buf renamed = { .limit = SQL_LIMIT };
	struct buf b = { .limit = SQL_LIMIT };
	struct rewrite how = { .options = s->job.options, .rename = s->job.role == ROLE_SOURCE };
	rewrite(&renamed, table_own(t)->create, &how);
	const char *create = sql_text(&renamed);
	if (!create || ddl_parse(&d, create))
		return NULL;
	size_t columns = 0;
	while (columns < d.items.count && d.kinds[columns] == DDL_COLUMN)
		columns++;
	qsort(d.items.at + columns, d.items.count - columns, sizeof *d.items.at, by_text);
	for (size_t i = 0; i < d.items.count; i++)
		sql_add(&b, "%s\n", d.items.at[i]);
	sql_add(&b, "%s", d.tail);
	return utf8_named(sql_take(&b), NULL);
}

char *definition_text(struct session *s, const struct code *code)
{
	struct buf b = { .limit = SQL_LIMIT };
	AUTO(buf_fini) struct buf event = { .limit = SQL_LIMIT };
	struct rewrite how = { .options = s->job.options,
			       .rename = s->job.role == ROLE_SOURCE,
			       .definer = true,
			       .sql_mode = code->sql_mode };
	const char *text = code->text;
	bool enabled;
	if (code->kind == CODE_EVENT) {
		rewrite_event(&event, text, code->sql_mode, &enabled);
		text = sql_text(&event);
	}
	if (text)
		rewrite(&b, text, &how);
	return text ? sql_take(&b) : NULL;
}

/* How a view that is not right names its columns, with the database or without, is an accident of its making. */
static void shorten(char *text)
{
	struct lexer l = lex_begin(text, strlen(text), NULL);
	char *to = text;
	for (struct token t = lex_next(&l); t.kind != TOKEN_END; t = lex_next(&l)) {
		struct lexer ahead = l;
		struct token dot = lex_next(&ahead), name = lex_next(&ahead), next = lex_next(&ahead);
		if (t.kind == TOKEN_NAME && token_is(&dot, ".") && name.kind == TOKEN_NAME &&
		    token_is(&next, "."))
			lex_next(&l);
		else
			to = (char *)memmove(to, t.p, t.len) + t.len;
	}
	*to = '\0';
}

static char *code_definition(struct session *s, const struct code *code)
{
	struct buf b = { .limit = SQL_LIMIT };
	AUTO(fd_free_buffer) char *text = definition_text(s, code);
	if (!text)
		return NULL;
	if (code->broken)
		shorten(text);
	sql_add(&b, "%s\n%s %s %s %s %s %s %s %s", text, or_empty(code->table), or_empty(code->order),
		or_empty(code->sql_mode), or_empty(code->charset), or_empty(code->collation),
		or_empty(code->db_collation), or_empty(code->time_zone),
		s->job.options->schema_only ? "" : or_empty(code->position));
	return utf8_named(sql_take(&b), code->sql_mode);
}

int definition_database(struct session *s, const char *name, struct rows *out, struct err *err)
{
	bool comments = s->control.mariadb && s->control.version >= 100500;
	return conn_select(
		&s->control, out, err,
		"SELECT DEFAULT_COLLATION_NAME, %s FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %q",
		comments ? "SCHEMA_COMMENT" : "''", name);
}

static int add_database(struct session *s, struct catalog *c, const char *name, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	struct buf b = { .limit = SQL_LIMIT };
	int status = definition_database(s, name, &r, err);
	if (status || !rows_next(&r))
		return status; /* at a target it may not be there */
	sql_add(&b, r.at[1][0] ? "%s %q" : "%s", r.at[0], r.at[1]);
	if (add_object(c, "database", session_target_name(s, name), "", utf8_named(sql_take(&b), NULL)))
		return err_set(err, -ENOMEM, "%s", name);
	return 0;
}

int definitions_add(struct session *s, struct catalog *c, struct err *err)
{
	int status = 0;
	bool all = !s->job.options->data_only;
	for (size_t i = 0; !status && all && i < s->job.databases->count; i++)
		status = add_database(s, c, s->job.databases->at[i], err);
	for (size_t i = 0; !status && all && i < c->table_count; i++)
		if (add_object(c, "table", table_own(&c->tables[i])->target, c->tables[i].name,
			       table_definition(s, &c->tables[i])))
			status = err_set(err, -ENOMEM, "table %s.%s: its definition", c->tables[i].schema,
					 c->tables[i].name);
	for (size_t i = 0; !status && i < s->code.count; i++) {
		const struct code *code = &s->code.at[i];
		if (add_object(c, code_kind_name(code->kind), session_target_name(s, code->schema),
			       code->name, code_definition(s, code)))
			status = err_set(err, -ENOMEM, "%s %s.%s", code_kind_name(code->kind), code->schema,
					 code->name);
	}
	return status;
}
