#include "dbdump/my/roles.h"

#include <errno.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <string.h>

#include "dbdump/catalog.h"
#include "dbdump/my/conn.h"
#include "dbdump/my/lex.h"

void roles_fini(struct roles *r)
{
	strings_fini(&r->made);
	strings_fini(&r->granted);
}

static bool has(const struct strings *s, const char *text)
{
	for (size_t i = 0; i < s->count; i++)
		if (!strcmp(s->at[i], text))
			return true;
	return false;
}

/* CREATE ROLE IF NOT EXISTS `role`. */
static bool made_role(const char *sql, char role[ROLE_NAME])
{
	struct lexer l = lex_begin(sql, strlen(sql), NULL);
	struct token t = lex_solid(&l);
	while (t.kind == TOKEN_WORD)
		t = lex_solid(&l);
	return t.kind == TOKEN_NAME && token_name(&t, role, ROLE_NAME);
}

/* GRANT `role` TO account [WITH ADMIN OPTION]: the role, and where the account stands. */
static bool granted_role(const char *sql, char role[ROLE_NAME], struct token *account)
{
	struct lexer l = lex_begin(sql, strlen(sql), NULL);
	struct token t = lex_solid(&l);
	if (!token_is(&t, "GRANT"))
		return false;
	t = lex_solid(&l);
	if (t.kind != TOKEN_NAME || !token_name(&t, role, ROLE_NAME))
		return false;
	lex_solid(&l); /* TO */
	*account = lex_solid(&l);
	t = lex_solid(&l);
	if (token_is(&t, "@")) {
		t = lex_solid(&l);
		account->len = (size_t)(t.p + t.len - account->p);
	}
	return true;
}

/* A line that every account has. */
static bool is_nothing(const char *line)
{
	static const char usage[] = "GRANT USAGE ON *.* TO ", option[] = " WITH GRANT OPTION";
	size_t n = strlen(line), tail = sizeof option - 1;
	return !strncmp(line, usage, sizeof usage - 1) && (n < tail || strcmp(line + n - tail, option) != 0);
}

static int account_has(struct conn *c, const char *line, const struct token *account, bool *it,
		       struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	AUTO(buf_fini) struct buf name = { .limit = ROLE_NAME * 8 };
	buf_bytes(&name, account->p, account->len);
	buf_u8(&name, 0);
	*it = false;
	int status = name.failed ? err_set(err, -ENOMEM, "%s", c->shown)
				 : conn_select(c, &r, err, "SHOW GRANTS FOR %s", (const char *)name.data);
	while (!status && rows_next(&r))
		*it = *it || !strcmp(r.at[0], line);
	if (status && conn_errno(c) == ER_NONEXISTING_GRANT)
		status = 0; /* there is no such account yet */
	return status;
}

int roles_more(struct conn *c, const char *line, const struct strings *granted, char role[ROLE_NAME],
	       char more[ROLE_MORE], struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	struct token account;
	bool anyway = false;
	role[0] = more[0] = '\0';
	if (!granted_role(line, role, &account)) {
		role[0] = '\0';
		return 0;
	}
	int status = conn_select(c, &r, err, "SHOW GRANTS FOR %i", role);
	if (status && conn_errno(c) == ER_NONEXISTING_GRANT)
		return 0;
	while (!status && !more[0] && rows_next(&r))
		if (!is_nothing(r.at[0]) && !has(granted, r.at[0]))
			snprintf(more, ROLE_MORE, "%s", r.at[0]);
	if (!status && more[0])
		status = account_has(c, line, &account, &anyway, err);
	if (anyway)
		more[0] = '\0';
	return status;
}

/* Is it there already? What is not known is: an account that may not look grants nothing. */
static int look_for(struct roles *r, struct conn *c, const char *role, struct err *err)
{
	AUTO(rows_fini) struct rows rows = { 0 };
	int status = conn_select(c, &rows, NULL, "SHOW GRANTS FOR %i", role);
	if (status && conn_errno(c) == ER_NONEXISTING_GRANT && strings_add(&r->made, role, strlen(role)))
		return err_set(err, -ENOMEM, "role %s", role);
	return status == -ECONNRESET ? conn_error(c, err) : 0;
}

static int check_grant(struct roles *r, struct conn *c, const char *sql, struct err *err)
{
	char role[ROLE_NAME], more[ROLE_MORE];
	struct token account;
	if (!granted_role(sql, role, &account) || has(&r->made, role))
		return 0;
	int status = roles_more(c, sql, &r->granted, role, more, err);
	if (status)
		err_context(err, "whether role %s may do more there than at the source is not known", role);
	else if (more[0])
		status = err_say(
			err, -EPERM,
			"role %s is at the destination already and may do more there than this copy grants it (%s): it is granted to nobody who does not have it",
			role, more);
	return status;
}

int roles_check(struct roles *r, struct conn *c, const struct statement *st, struct err *err)
{
	char role[ROLE_NAME];
	int status = 0;
	for (size_t i = 0; !status && i < st->sql.count; i++) {
		if (!strcmp(st->kind, "role") && made_role(st->sql.at[i], role))
			status = look_for(r, c, role, err);
		else if (!strcmp(st->kind, "grant"))
			status = check_grant(r, c, st->sql.at[i], err);
	}
	return status;
}

int roles_note(struct roles *r, const struct statement *st, struct err *err)
{
	for (size_t i = 0; !strcmp(st->kind, "grant") && i < st->sql.count; i++)
		if (strings_add(&r->granted, st->sql.at[i], strlen(st->sql.at[i])))
			return err_set(err, -ENOMEM, "grant %s", st->name);
	return 0;
}
