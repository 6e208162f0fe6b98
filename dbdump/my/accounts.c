#include "dbdump/my/accounts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/lex.h"
#include "dbdump/my/privileges.h"
#include "dbdump/my/session.h"
#include "dbdump/my/sql.h"

void accounts_fini(struct accounts *a)
{
	for (size_t i = 0; i < a->count; i++) {
		free(a->at[i].name);
		free(a->at[i].create);
		strings_fini(&a->at[i].lines);
		strings_fini(&a->at[i].grants);
		strings_fini(&a->at[i].late);
		strings_fini(&a->at[i].roles);
	}
	free(a->at);
	*a = (struct accounts){ 0 };
}

static int read_lines(struct session *s, struct account *a, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(&s->control, &r, err, "SHOW GRANTS FOR %s", a->name);
	while (!status && rows_next(&r))
		if (strings_add(&a->lines, r.at[0], r.len[0]))
			status = err_set(err, -ENOMEM, "%s", s->job.uri->shown);
	return status;
}

/* "CREATE USER ..." as the server says it, so that one who is there already stays as it is. */
static int read_create(struct session *s, struct account *a, struct err *err)
{
	static const char begin[] = "CREATE USER ";
	AUTO(rows_fini) struct rows r = { 0 };
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	int status = a->role ? 0 : conn_select(&s->control, &r, err, "SHOW CREATE USER %s", a->name);
	if (status)
		return status;
	if (a->role)
		sql_add(&b, "CREATE ROLE IF NOT EXISTS %s", a->name);
	else if (rows_next(&r) && !strncmp(r.at[0], begin, sizeof begin - 1))
		sql_add(&b, "CREATE USER IF NOT EXISTS %s", r.at[0] + sizeof begin - 1);
	a->create = sql_take(&b);
	return a->create ? 0 : err_set(err, -ENOMEM, "%s", s->job.uri->shown);
}

static int add_account(struct session *s, const struct rows *r, struct err *err)
{
	struct accounts *all = &s->accounts;
	struct account *grown = reallocarray(all->at, all->count + 1, sizeof *grown);
	if (!grown)
		return err_set(err, -ENOMEM, "%s", s->job.uri->shown);
	all->at = grown;
	struct account *a = &grown[all->count++];
	*a = (struct account){ .role = !strcmp(r->at[2], "Y") };
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_add(&b, a->role ? "%i" : "%i@%i", r->at[0], r->at[1]);
	a->name = sql_take(&b);
	if (!a->name)
		return err_set(err, -ENOMEM, "%s", s->job.uri->shown);
	int status = read_create(s, a, err);
	return status ? status : read_lines(s, a, err);
}

/* What a line of SHOW GRANTS is about. */
struct grant {
	bool has_scope, is_global, on_routine, is_default_role;
	struct token database; /* as it stands in the line */
	char pattern[256];
	bool on_object;
	char object[256];
	char role[256]; /* granted, or the default */
};

static struct grant look(const char *line)
{
	struct grant g = { 0 };
	struct lexer l = lex_begin(line, strlen(line), NULL);
	struct token t = lex_solid(&l);
	g.is_default_role = token_is(&t, "SET");
	while (t.kind != TOKEN_END && !token_is(&t, "ON") && t.kind != TOKEN_NAME && !token_is(&t, "("))
		t = lex_solid(&l);
	if (t.kind == TOKEN_NAME && token_name(&t, g.role, sizeof g.role))
		return g;
	while (t.kind != TOKEN_END && !token_is(&t, "ON")) /* lists of columns */
		t = lex_solid(&l);
	t = lex_solid(&l);
	for (; t.kind == TOKEN_WORD; t = lex_solid(&l)) /* PROCEDURE, PACKAGE BODY */
		g.on_routine = true;
	g.database = t;
	g.is_global = token_is(&t, "*");
	g.has_scope = t.kind == TOKEN_NAME && token_name(&t, g.pattern, sizeof g.pattern);
	t = lex_solid(&l);
	t = lex_solid(&l);
	g.on_object = t.kind == TOKEN_NAME && token_name(&t, g.object, sizeof g.object);
	return g;
}

/* The session's database that a grant is on; NULL: none. Grants on what is in a database have its name, others a pattern. */
static const char *database_of(const struct session *s, const struct grant *g)
{
	for (size_t i = 0; g->has_scope && i < s->job.databases->count; i++) {
		const char *name = s->job.databases->at[i];
		if (g->on_object ? !strcmp(g->pattern, name) : privileges_like(g->pattern, name))
			return name;
	}
	return NULL;
}

static bool is_view(const struct session *s, const char *schema, const char *name)
{
	for (size_t i = 0; i < s->code.count; i++)
		if (s->code.at[i].kind == CODE_VIEW && !strcmp(s->code.at[i].schema, schema) &&
		    !strcmp(s->code.at[i].name, name))
			return true;
	return false;
}

/* A pattern that means the server's own database, too: who has that, has the server. */
static bool is_of_all(const struct grant *g)
{
	return !g->on_object && privileges_like(g->pattern, "mysql");
}

/* The line with the database's new name. A pattern stays one where it is more than the name, but for one that is_of_all. */
static void put_line(struct buf *b, const struct session *s, const char *line, const struct grant *g,
		     const char *db)
{
	AUTO(buf_fini) struct buf escaped = { .limit = SQL_LIMIT };
	const char *name = session_target_name(s, db);
	bool named = strcmp(name, db) != 0 || is_of_all(g);
	for (const char *p = name; *p; p++)
		sql_add(&escaped, !g->on_object && (*p == '_' || *p == '%') ? "\\%s" : "%s",
			(char[2]){ *p, '\0' });
	const char *put = sql_text(&escaped);
	buf_bytes(b, line, (size_t)(g->database.p - line));
	if (named && put)
		sql_add(b, "%i", put);
	else
		buf_bytes(b, g->database.p, g->database.len);
	sql_add(b, "%s", g->database.p + g->database.len);
}

static int keep_of(struct session *s, struct account *a, const char *line, const struct grant *g,
		   const char *db)
{
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	put_line(&b, s, line, g, db);
	bool late = g->on_routine || (g->on_object && is_view(s, db, g->object));
	a->wanted = true;
	return sql_text(&b) ? strings_add(late ? &a->late : &a->grants, sql_text(&b), b.len) : -ENOMEM;
}

static int keep_line(struct session *s, struct account *a, const char *line)
{
	struct grant g = look(line);
	bool each = g.has_scope && is_of_all(&g);
	const char *db = each ? NULL : database_of(s, &g);
	int status = db ? keep_of(s, a, line, &g, db) : 0;
	for (size_t i = 0; each && !status && i < s->job.databases->count; i++)
		if (privileges_like(g.pattern, s->job.databases->at[i]))
			status = keep_of(s, a, line, &g, s->job.databases->at[i]);
	return status;
}

/* Who made something that is copied is needed for it to work. */
static bool is_definer(const struct session *s, const struct account *a)
{
	for (size_t i = 0; i < s->code.count; i++) {
		const char *at = strstr(s->code.at[i].text, a->name);
		if (at && at > s->code.at[i].text && at[-1] == '=')
			return true;
	}
	return false;
}

static struct account *find_role(struct session *s, const char *role)
{
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_add(&b, "%i", role);
	const char *name = sql_text(&b);
	for (size_t i = 0; name && i < s->accounts.count; i++)
		if (s->accounts.at[i].role && !strcmp(s->accounts.at[i].name, name))
			return &s->accounts.at[i];
	return NULL;
}

/* The role that the account's line number k is about, where that is one that we know; NULL. */
static struct account *role_of(struct session *s, const struct account *a, size_t k)
{
	struct grant g = look(a->lines.at[k]);
	return g.role[0] ? find_role(s, g.role) : NULL;
}

/* Whoever has a role with privileges on a database has these: until there are no more. */
static void take_members(struct session *s)
{
	bool more = true;
	while (more) {
		more = false;
		for (size_t i = 0; i < s->accounts.count; i++) {
			struct account *a = &s->accounts.at[i];
			for (size_t k = 0; !a->wanted && k < a->lines.count; k++) {
				const struct account *role = role_of(s, a, k);
				a->wanted = role && role->wanted;
				more = more || a->wanted;
			}
		}
	}
}

/* Roles of those that are wanted are wanted: until there are no more. Then their grants are taken along. */
static int take_roles(struct session *s)
{
	bool more = true;
	int status = 0;
	while (more) {
		more = false;
		for (size_t i = 0; i < s->accounts.count; i++) {
			struct account *a = &s->accounts.at[i];
			for (size_t k = 0; a->wanted && k < a->lines.count; k++) {
				struct account *role = role_of(s, a, k);
				more = more || (role && !role->wanted);
				if (role)
					role->wanted = true;
			}
		}
	}
	for (size_t i = 0; !status && i < s->accounts.count; i++) {
		struct account *a = &s->accounts.at[i];
		for (size_t k = 0; !status && a->wanted && k < a->lines.count; k++)
			if (look(a->lines.at[k]).role[0])
				status = strings_add(&a->roles, a->lines.at[k], strlen(a->lines.at[k]));
	}
	return status;
}

static void tell_of_global(const struct session *s, const struct account *a)
{
	for (size_t i = 0; i < a->lines.count; i++)
		if (look(a->lines.at[i]).is_global && strncmp(a->lines.at[i], "GRANT USAGE ON ", 15) != 0)
			session_warn(
				s,
				"account %s: what it may do to the whole server is not granted at the destination",
				a->name);
}

int accounts_read(struct session *s, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	accounts_fini(&s->accounts);
	if (!s->control.mariadb)
		return err_say(err, -EPROTONOSUPPORT,
			       "%s: --users: MySQL's accounts are not known to this version",
			       s->job.uri->shown);
	int status = conn_select(
		&s->control, &r, err,
		"SELECT User, Host, is_role FROM mysql.user WHERE User NOT IN ('root', 'mariadb.sys', 'mysql', "
		"'PUBLIC', '') ORDER BY 3 DESC, 1, 2");
	while (!status && rows_next(&r))
		status = add_account(s, &r, err);
	for (size_t i = 0; !status && i < s->accounts.count; i++) {
		struct account *a = &s->accounts.at[i];
		for (size_t k = 0; !status && k < a->lines.count; k++)
			status = keep_line(s, a, a->lines.at[k]);
	}
	take_members(s);
	for (size_t i = 0; i < s->accounts.count; i++)
		s->accounts.at[i].wanted = s->accounts.at[i].wanted || is_definer(s, &s->accounts.at[i]);
	if (!status)
		status = take_roles(s);
	for (size_t i = 0; !status && s->job.role == ROLE_SOURCE && i < s->accounts.count; i++)
		if (s->accounts.at[i].wanted)
			tell_of_global(s, &s->accounts.at[i]);
	return status == -ENOMEM ? err_set(err, status, "%s", s->job.uri->shown) : status;
}
