#include "dbdump/my/script.h"

#include <errno.h>
#include <string.h>

#include "dbdump/my/columns.h"
#include "dbdump/my/definition.h"
#include "dbdump/my/rewrite.h"
#include "dbdump/my/sql.h"
#include "xfer/base/fd.h"

struct statement *script_named(struct script *out, enum phase phase, const char *kind, const char *schema,
			       const char *name)
{
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_add(&b, *name ? "%s.%s" : "%s", schema, name);
	const char *text = sql_text(&b);
	return text ? script_add(out, phase, kind, text) : NULL;
}

int script_sql(struct statement *st, const char *fmt, ...)
{
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	va_list ap;
	va_start(ap, fmt);
	sql_vadd(&b, fmt, ap);
	va_end(ap);
	const char *text = sql_text(&b);
	return text ? statement_sql(st, text) : -ENOMEM;
}

int script_settings(struct statement *st, const struct code *code)
{
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	if (code->charset && code->collation)
		sql_add(&b, ", character_set_client = %q, collation_connection = %q", code->charset,
			code->collation);
	if (code->sql_mode)
		sql_add(&b, ", sql_mode = %q", code->sql_mode);
	if (code->time_zone)
		sql_add(&b, ", time_zone = %q", code->time_zone);
	const char *text = sql_text(&b);
	if (!text)
		return -ENOMEM;
	return b.len ? script_sql(st, "SET SESSION %s", text + 2) : 0;
}

/* The database's collation is that of parameters and variables which say nothing of their own. It may have been another one then. */
static int put_code(struct session *s, struct statement *st, const struct code *code, const char *now)
{
	const char *db = session_target_name(s, code->schema);
	AUTO(fd_free_buffer) char *text = definition_text(s, code);
	bool other = code->db_collation && strcmp(code->db_collation, now) != 0;
	int status = text ? 0 : -ENOMEM;
	if (!status && other)
		status = script_sql(st, "ALTER DATABASE %i COLLATE %s", db, code->db_collation);
	if (!status)
		status = script_settings(st, code);
	if (!status)
		status = script_sql(st, "USE %i", db);
	if (!status)
		status = statement_sql(st, text);
	if (!status && other)
		status = script_sql(st, "ALTER DATABASE %i COLLATE %s", db, now);
	return status;
}

/* An event that runs at the destination too, before anybody wants it to, would do its work twice. */
static int note_event(struct session *s, const struct code *code)
{
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	bool enabled;
	rewrite_event(&b, code->text, code->sql_mode, &enabled);
	if (enabled)
		session_warn(
			s,
			"event %s.%s is disabled at the destination; there, ALTER EVENT ... ENABLE switches it on",
			session_target_name(s, code->schema), code->name);
	return b.failed ? -ENOMEM : 0;
}

static void note_unsure(struct session *s, const struct code *code)
{
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	struct rewrite how = { .options = s->job.options, .rename = true, .sql_mode = code->sql_mode };
	if (rewrite(&b, code->text, &how))
		session_warn(
			s,
			"%s %s.%s has a name that may be that of a database which --rename gives another name, or of a table: it is left so",
			code_kind_name(code->kind), code->schema, code->name);
}

static int add_code(struct session *s, struct script *out, const struct code *code, const char *collation)
{
	bool data_only = s->job.options->data_only;
	enum phase phase = code->kind == CODE_SEQUENCE ? PHASE_BEFORE
			   : code->kind == CODE_EVENT  ? PHASE_LAST
						       : PHASE_AFTER;
	const char *db = session_target_name(s, code->schema), *kind = code_kind_name(code->kind);
	struct statement *st = data_only ? NULL : script_named(out, phase, kind, db, code->name);
	int status = st ? put_code(s, st, code, collation) : data_only ? 0 : -ENOMEM;
	if (!status && code->kind == CODE_SEQUENCE && !s->job.options->schema_only) {
		st = script_named(out, PHASE_LAST, kind, db, code->name);
		status = st ? script_sql(st, "SELECT SETVAL(%i.%i, %s)", db, code->name, code->position)
			    : -ENOMEM;
	}
	if (!status && code->kind == CODE_EVENT)
		status = note_event(s, code);
	note_unsure(s, code);
	return status;
}

int script_code(struct session *s, struct script *out, enum code_kind from, enum code_kind to,
		struct err *err)
{
	for (size_t i = 0; i < s->code.count; i++) {
		const struct code *code = &s->code.at[i];
		char collation[64];
		if (code->kind < from || code->kind > to)
			continue;
		int status = conn_value(
			&s->control, collation, sizeof collation, err,
			"SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %q",
			code->schema);
		if (status)
			return status;
		if (add_code(s, out, code, collation))
			return err_set(err, -ENOMEM, "%s %s.%s", code_kind_name(code->kind), code->schema,
				       code->name);
	}
	return 0;
}

static int script_databases(struct session *s, struct script *out, struct err *err)
{
	for (size_t i = 0; i < s->job.databases->count; i++) {
		const char *from = s->job.databases->at[i], *to = session_target_name(s, from);
		AUTO(rows_fini) struct rows r = { 0 };
		int status = definition_database(s, from, &r, err);
		if (!status && !rows_next(&r))
			status = err_say(err, -ENOENT, "%s: database %s is gone", s->job.uri->shown, from);
		if (status)
			return status;
		struct statement *st = script_named(out, PHASE_BEFORE, "database", to, "");
		if (!st || script_sql(st,
				      r.at[1][0] ? "ALTER DATABASE %i COLLATE %s COMMENT %q"
						 : "ALTER DATABASE %i COLLATE %s",
				      to, r.at[0], r.at[1]))
			return err_set(err, -ENOMEM, "database %s", from);
	}
	return 0;
}

int my_script(struct session *s, const struct catalog *c, struct script *out, struct err *err)
{
	struct script script = { 0 };
	int status = 0;
	if (s->job.options->data_only) {
		status = script_code(s, &script, CODE_SEQUENCE, CODE_SEQUENCE, err);
	} else {
		status = script_databases(s, &script, err);
		if (!status)
			status = script_code(s, &script, CODE_SEQUENCE, CODE_SEQUENCE, err);
		if (!status)
			status = script_tables(s, c, &script, err);
		if (!status)
			status = script_foreign_keys(s, c, &script, err);
		if (!status)
			status = script_accounts(s, &script, false, err);
		if (!status)
			status = script_code(s, &script, CODE_PACKAGE, CODE_PROCEDURE, err);
		if (!status)
			status = script_views(s, c, &script, err);
		if (!status)
			status = script_code(s, &script, CODE_TRIGGER, CODE_EVENT, err);
		if (!status)
			status = script_accounts(s, &script, true, err);
	}
	if (status)
		script_fini(&script);
	else
		*out = script;
	return session_status(s, status, err);
}
