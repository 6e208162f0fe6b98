#include "dbdump/my/privileges.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dbdump/my/lex.h"

enum privilege {
	MAY_SELECT = 1,
	MAY_SHOW_VIEW = 2,
	MAY_TRIGGER = 4,
	MAY_EVENT = 8,
	MAY_INSERT = 16,
	MAY_CREATE = 32,
	MAY_ALTER = 64,
	MAY_DROP = 128,
	MAY_SEE_ROUTINES = 256,
	MAY_ALL = 511,
};

static const struct {
	const char *name;
	unsigned bit;
} privileges[] = {
	{ "ALL PRIVILEGES", MAY_ALL },
	{ "SELECT", MAY_SELECT },
	{ "SHOW VIEW", MAY_SHOW_VIEW },
	{ "TRIGGER", MAY_TRIGGER },
	{ "EVENT", MAY_EVENT },
	{ "INSERT", MAY_INSERT },
	{ "CREATE", MAY_CREATE },
	{ "ALTER", MAY_ALTER },
	{ "DROP", MAY_DROP },
	{ "EXECUTE", MAY_SEE_ROUTINES },
	{ "ALTER ROUTINE", MAY_SEE_ROUTINES },
	{ "CREATE ROUTINE", MAY_SEE_ROUTINES },
	{ "SHOW CREATE ROUTINE", MAY_SEE_ROUTINES },
	{ "SHOW_ROUTINE", MAY_SEE_ROUTINES },
};

static unsigned bit_of(const char *name)
{
	for (size_t i = 0; i < sizeof privileges / sizeof *privileges; i++)
		if (!strcmp(privileges[i].name, name))
			return privileges[i].bit;
	return 0;
}

/* A grant's database is a pattern of LIKE. */
bool privileges_like(const char *pattern, const char *name)
{
	for (; *pattern && *pattern != '%'; pattern++, name++) {
		bool escaped = *pattern == '\\' && pattern[1];
		pattern += escaped;
		if (!*name || ((escaped || *pattern != '_') && *pattern != *name))
			return false;
	}
	if (!*pattern)
		return !*name;
	for (;; name++) {
		if (privileges_like(pattern + 1, name))
			return true;
		if (!*name)
			return false;
	}
}

/* The words up to the next comma or ON, "SHOW VIEW"; a list of columns in parentheses makes it less than the privilege. */
static struct token read_privilege(struct lexer *l, char *out, size_t cap, bool *whole)
{
	struct token t = lex_solid(l);
	size_t n = 0;
	*whole = true;
	out[0] = '\0';
	for (; t.kind == TOKEN_WORD && !token_is(&t, "ON") && n < cap; t = lex_solid(l))
		n += (size_t)snprintf(out + n, cap - n, "%s%.*s", n ? " " : "", (int)t.len, t.p);
	if (token_is(&t, "(")) {
		*whole = false;
		while (t.kind != TOKEN_END && !token_is(&t, ")"))
			t = lex_solid(l);
		t = lex_solid(l);
	}
	return t;
}

/* Of a line of SHOW GRANTS: what it allows in this database. */
static unsigned granted(const char *line, const char *database)
{
	struct lexer l = lex_begin(line, strlen(line), NULL);
	struct token t = lex_solid(&l);
	char word[64], scope[256];
	unsigned bits = 0;
	bool whole;
	if (!token_is(&t, "GRANT"))
		return 0;
	do {
		t = read_privilege(&l, word, sizeof word, &whole);
		bits |= whole ? bit_of(word) : 0;
	} while (token_is(&t, ","));
	t = lex_solid(&l);
	if (t.kind == TOKEN_NAME &&
	    !(token_name(&t, scope, sizeof scope) && privileges_like(scope, database)))
		return 0;
	if (t.kind != TOKEN_NAME && !token_is(&t, "*"))
		return 0;
	t = lex_solid(&l); /* "." */
	t = lex_solid(&l);
	return token_is(&t, "*") ? bits : 0;
}

static unsigned needed(const struct session *s)
{
	const struct options *o = s->job.options;
	if (s->job.role == ROLE_TARGET)
		return MAY_SELECT | MAY_INSERT | (o->data_only ? 0 : MAY_CREATE | MAY_ALTER | MAY_DROP);
	return MAY_SELECT | (o->data_only ? 0 : MAY_SHOW_VIEW | MAY_TRIGGER | MAY_EVENT) |
	       (o->data_only || session_is_partial(s) ? 0 : MAY_SEE_ROUTINES);
}

/* Whoever has none of a routine's privileges is not shown that it is there: without a word it would be left out. */
static int check_routines(struct session *s, const char *database, struct err *err)
{
	char one[8];
	if (!conn_value(&s->control, one, sizeof one, NULL, "SELECT 1 FROM mysql.%s LIMIT 0",
			s->control.mariadb ? "proc" : "user"))
		return 0;
	return err_say(
		err, -EPERM,
		"%s: the procedures and functions of database %s may not be seen: SELECT on mysql.proc is "
		"missing (SHOW CREATE ROUTINE from MariaDB 11.3 on)",
		s->job.uri->shown, database);
}

int privileges_check(struct session *s, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(&s->control, &r, err, "SHOW GRANTS");
	for (size_t i = 0; !status && i < s->job.databases->count; i++) {
		unsigned missing = needed(s);
		mysql_data_seek(r.res, 0);
		while (rows_next(&r))
			missing &= ~granted(r.at[0], s->job.databases->at[i]);
		for (size_t k = 1; k < sizeof privileges / sizeof *privileges; k++)
			if (missing & ~MAY_SEE_ROUTINES & privileges[k].bit)
				return err_say(err, -EPERM, "%s: the privilege %s on database %s is missing",
					       s->job.uri->shown, privileges[k].name,
					       s->job.databases->at[i]);
		if (missing)
			status = check_routines(s, s->job.databases->at[i], err);
	}
	return status;
}
