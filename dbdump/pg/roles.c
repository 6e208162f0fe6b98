/* roles.c - database.h's roles: those that own, are granted or are set something here, and their groups and members. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/database.h"
#include "dbdump/pg/text.h"

#define THIS "(SELECT oid FROM pg_database WHERE datname = current_database())"

#define USED                                                                                                                       \
	"WITH RECURSIVE here(oid) AS (SELECT refobjid FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND (dbid = " THIS \
	" OR classid = 'pg_database'::regclass AND objid = " THIS                                                                  \
	") UNION SELECT datdba FROM pg_database WHERE oid = " THIS                                                                 \
	" UNION SELECT setrole FROM pg_db_role_setting WHERE setdatabase = " THIS                                                  \
	"), up(oid) AS (SELECT oid FROM here UNION"                                                                                \
	" SELECT m.roleid FROM up JOIN pg_auth_members m ON m.member = up.oid), down(oid) AS (SELECT oid FROM here UNION"          \
	" SELECT m.member FROM down JOIN pg_auth_members m ON m.roleid = down.oid), used AS (SELECT r.* FROM pg_roles r WHERE"     \
	" r.oid IN (SELECT oid FROM up UNION SELECT oid FROM down) AND r.oid <> 10 AND r.rolname !~ '^pg_') "

static int add(struct script *out, const char *name, struct buf *sql, bool optional)
{
	const char *text = text_of(sql);
	struct statement *st = text ? script_add(out, PHASE_BEFORE, "role", name) : NULL;
	if (!st)
		return -ENOMEM;
	st->optional = optional;
	return statement_sql(st, text);
}

static bool is_true(PGresult *rows, int row, int column)
{
	return *pg_cell(rows, row, column) == 't';
}

/* What would make a role the master of the whole server is for the destination's administrator to give. */
static int make_role(struct session *s, struct script *out, PGresult *rows, int row)
{
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	const char *name = pg_cell(rows, row, 0);
	text_add(&sql, "CREATE ROLE ");
	text_name(&sql, name);
	text_format(&sql, " %s %s%s%s CONNECTION LIMIT %s", is_true(rows, row, 1) ? "LOGIN" : "NOLOGIN",
		    is_true(rows, row, 2) ? "INHERIT" : "NOINHERIT", is_true(rows, row, 3) ? " CREATEDB" : "",
		    is_true(rows, row, 4) ? " CREATEROLE" : "", pg_cell(rows, row, 6));
	if (!PQgetisnull(rows, row, 7)) {
		text_add(&sql, " VALID UNTIL ");
		text_value(&sql, pg_cell(rows, row, 7));
	}
	if (!PQgetisnull(rows, row, 8)) {
		text_add(&sql, " PASSWORD ");
		text_value(&sql, pg_cell(rows, row, 8));
	}
	if (is_true(rows, row, 5))
		pg_warn(s,
			"role %s: made without SUPERUSER, REPLICATION or BYPASSRLS, which it has at the source",
			name);
	return add(out, name, &sql, false);
}

static int make_roles(struct session *s, struct script *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	char *readable = NULL;
	int r = pg_value(&readable, &s->control, "roles", "SELECT has_table_privilege('pg_authid', 'SELECT')",
			 err);
	if (r)
		return r;
	bool passwords = *readable == 't';
	free(readable);
	if (!passwords)
		pg_warn(s, "%s: passwords of roles cannot be read: those that are made have none",
			s->control.where);
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_format(
		&sql,
		USED
		"SELECT u.rolname, u.rolcanlogin, u.rolinherit, u.rolcreatedb, u.rolcreaterole, u.rolsuper OR"
		" u.rolreplication OR u.rolbypassrls, u.rolconnlimit, u.rolvaliduntil, %s FROM used u ORDER BY 1",
		passwords ? "(SELECT a.rolpassword FROM pg_authid a WHERE a.oid = u.oid)" : "NULL");
	r = conn_query(&rows, &s->control, "roles", text_of(&sql), err);
	for (int i = 0; !r && i < PQntuples(rows); i++)
		r = make_role(s, out, rows, i) ? err_set(err, -ENOMEM, "%s: roles", s->control.where) : 0;
	return r;
}

static int make_members(struct session *s, struct script *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	int r = conn_query(
		&rows, &s->control, "roles",
		USED
		"SELECT g.rolname, u.rolname, bool_or(m.admin_option) FROM used u JOIN pg_auth_members m ON m.member"
		" = u.oid JOIN pg_roles g ON g.oid = m.roleid GROUP BY 1, 2 ORDER BY 1, 2",
		err);
	for (int i = 0; !r && i < PQntuples(rows); i++) {
		const char *group = pg_cell(rows, i, 0), *member = pg_cell(rows, i, 1);
		if (!strncmp(group, "pg_", 3)) {
			pg_warn(s, "role %s: not made a member of %s, which it is at the source", member,
				group);
			continue;
		}
		text_start(&sql, "GRANT ");
		text_name(&sql, group);
		text_add(&sql, " TO ");
		text_name(&sql, member);
		text_add(&sql, is_true(rows, i, 2) ? " WITH ADMIN OPTION" : "");
		if (add(out, member, &sql, true))
			r = err_set(err, -ENOMEM, "%s: roles", s->control.where);
	}
	return r;
}

int roles_script(struct session *s, struct script *out, struct err *err)
{
	int r = make_roles(s, out, err);
	return r ? r : make_members(s, out, err);
}
