#include "dbdump/pg/database.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/text.h"

#define THIS "(SELECT oid FROM pg_database WHERE datname = current_database())"

static int add(struct script *out, enum phase phase, const char *kind, const char *name, struct buf *sql)
{
	const char *text = text_of(sql);
	struct statement *st = text ? script_add(out, phase, kind, name) : NULL;
	return st ? statement_sql(st, text) : -ENOMEM;
}

static const char *new_name(struct session *s)
{
	return options_renamed(s->job.options, s->database);
}

static void add_choice(struct buf *sql, const char *key, PGresult *rows, int column)
{
	if (PQgetisnull(rows, 0, column) || !*pg_cell(rows, 0, column))
		return;
	text_format(sql, " %s = ", key);
	text_value(sql, pg_cell(rows, 0, column));
}

int database_create_sql(char **out, struct conn *c, const char *name, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	int major = conn_major(c);
	text_add(&sql, "SELECT pg_encoding_to_char(encoding), datcollate, datctype, ");
	text_add(
		&sql,
		major < 15 ? "'', '', ''"
		: major < 17
			? "CASE datlocprovider WHEN 'i' THEN 'icu' END, daticulocale, ''"
			: "CASE datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END, CASE datlocprovider"
			  " WHEN 'i' THEN datlocale END, CASE datlocprovider WHEN 'b' THEN datlocale END");
	text_add(&sql, " FROM pg_database WHERE datname = current_database()");
	int r = conn_query(&rows, c, "database", text_of(&sql), err);
	if (r)
		return r;
	text_start(&sql, "CREATE DATABASE ");
	text_name(&sql, name);
	text_add(&sql, " TEMPLATE = template0");
	static const char *const keys[] = { "ENCODING",	       "LC_COLLATE", "LC_CTYPE",
					    "LOCALE_PROVIDER", "ICU_LOCALE", "BUILTIN_LOCALE" };
	for (int i = 0; i < 6; i++)
		add_choice(&sql, keys[i], rows, i);
	*out = text_copy(&sql);
	return *out ? 0 : err_set(err, -ENOMEM, "%s: database", c->where);
}

/* A new database has the schema public; the source may have dropped it. */
static int drop_public(struct session *s, struct script *out, struct err *err)
{
	char *there = NULL;
	int r = pg_value(&there, &s->control, "schema",
			 "SELECT count(*) FROM pg_namespace WHERE nspname = 'public'", err);
	if (!r && *there == '0') {
		AUTO(buf_fini) struct buf sql;
		text_init(&sql);
		text_add(&sql, "DROP SCHEMA IF EXISTS public");
		if (add(out, PHASE_BEFORE, "schema", "public", &sql))
			r = err_set(err, -ENOMEM, "%s: schema", s->control.where);
	}
	free(there);
	return r;
}

int database_script_first(struct session *s, struct script *out, struct err *err)
{
	char *sql = NULL;
	int r = database_create_sql(&sql, &s->control, new_name(s), err);
	struct statement *st = r ? NULL : script_add(out, PHASE_BEFORE, "database", new_name(s));
	if (!r && (!st || statement_sql(st, sql)))
		r = err_set(err, -ENOMEM, "%s: database", s->control.where);
	free(sql);
	return r ? r : drop_public(s, out, err);
}

/* Lists that PostgreSQL keeps quoted already. */
static bool is_list(const char *setting)
{
	static const char *const lists[] = { "local_preload_libraries",	  "search_path",
					     "session_preload_libraries", "shared_preload_libraries",
					     "temp_tablespaces",	  "unix_socket_directories" };
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (!strcasecmp(lists[i], setting))
			return true;
	return false;
}

static void add_set(struct buf *sql, const char *setting, const char *value)
{
	text_add(sql, " SET ");
	text_name(sql, setting);
	text_add(sql, " TO ");
	if (is_list(setting) && *value)
		text_add(sql, value);
	else
		text_value(sql, value);
}

static int settings(struct session *s, struct script *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	int r = conn_query(
		&rows, &s->control, "database settings",
		"SELECT r.rolname, split_part(c, '=', 1), substr(c, position('=' in c) + 1) FROM pg_db_role_setting d"
		" LEFT JOIN pg_roles r ON r.oid = d.setrole, unnest(d.setconfig) c WHERE d.setdatabase = " THIS
		" ORDER BY r.rolname NULLS FIRST, 2",
		err);
	for (int i = 0; !r && i < PQntuples(rows); i++) {
		text_start(&sql, "ALTER ");
		if (!PQgetisnull(rows, i, 0)) {
			text_add(&sql, "ROLE ");
			text_name(&sql, pg_cell(rows, i, 0));
			text_add(&sql, " IN ");
		}
		text_add(&sql, "DATABASE ");
		text_name(&sql, new_name(s));
		add_set(&sql, pg_cell(rows, i, 1), pg_cell(rows, i, 2));
		if (add(out, PHASE_LAST, "database setting", pg_cell(rows, i, 1), &sql))
			return err_set(err, -ENOMEM, "%s: database settings", s->control.where);
		out->statements[out->count - 1].optional = true;
	}
	return r;
}

static int grants(struct session *s, struct script *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	int r = conn_query(
		&rows, &s->control, "grants",
		"SELECT CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type,"
		" a.is_grantable FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = current_database()",
		err);
	if (!r && PQntuples(rows)) {
		text_add(&sql, "REVOKE ALL ON DATABASE ");
		text_name(&sql, new_name(s));
		text_add(&sql, " FROM PUBLIC");
		if (add(out, PHASE_LAST, "grant", new_name(s), &sql))
			r = -ENOMEM;
	}
	for (int i = 0; !r && i < PQntuples(rows); i++) {
		text_start(&sql, "");
		text_format(&sql, "GRANT %s ON DATABASE ", pg_cell(rows, i, 1));
		text_name(&sql, new_name(s));
		text_add(&sql, " TO ");
		if (*pg_cell(rows, i, 0))
			text_name(&sql, pg_cell(rows, i, 0));
		else
			text_add(&sql, "PUBLIC");
		text_add(&sql, *pg_cell(rows, i, 2) == 't' ? " WITH GRANT OPTION" : "");
		r = add(out, PHASE_LAST, "grant", new_name(s), &sql);
	}
	return r == -ENOMEM ? err_set(err, r, "%s: grants", s->control.where) : r;
}

/* Owner, connection limit, comment. */
static int rest(struct session *s, struct script *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	int r = conn_query(
		&rows, &s->control, "database",
		"SELECT CASE datdba WHEN 10 THEN NULL ELSE pg_get_userbyid(datdba) END, nullif(datconnlimit, -1),"
		" shobj_description(oid, 'pg_database'), dattablespace <> 1663 OR EXISTS (SELECT FROM pg_class WHERE"
		" reltablespace NOT IN (0, 1664)) FROM pg_database WHERE datname = current_database()",
		err);
	if (r)
		return r;
	static const struct {
		const char *kind, *begins, *then;
	} what[] = { { "owner", "ALTER DATABASE ", " OWNER TO " },
		     { "database setting", "ALTER DATABASE ", " CONNECTION LIMIT " },
		     { "comment", "COMMENT ON DATABASE ", " IS " } };
	for (int i = 0; i < 3; i++) {
		if (PQgetisnull(rows, 0, i))
			continue;
		text_start(&sql, what[i].begins);
		text_name(&sql, new_name(s));
		text_add(&sql, what[i].then);
		if (i == 0)
			text_name(&sql, pg_cell(rows, 0, i));
		else if (i == 1)
			text_add(&sql, pg_cell(rows, 0, i));
		else
			text_value(&sql, pg_cell(rows, 0, i));
		if (add(out, PHASE_LAST, what[i].kind, new_name(s), &sql))
			return err_set(err, -ENOMEM, "%s: database", s->control.where);
		out->statements[out->count - 1].optional = i > 0;
	}
	if (*pg_cell(rows, 0, 3) == 't')
		pg_warn(s, "%s: tablespaces are not copied: everything goes to the destination's default",
			s->control.where);
	return 0;
}

int database_script_last(struct session *s, struct script *out, struct err *err)
{
	int r = settings(s, out, err);
	if (!r)
		r = grants(s, out, err);
	return r ? r : rest(s, out, err);
}
