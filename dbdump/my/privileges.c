#include "dbdump/my/privileges.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dbdump/my/lex.h"

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
	{ "CREATE ROUTINE", MAY_SEE_ROUTINES | MAY_CREATE_ROUTINE },
	{ "SHOW CREATE ROUTINE", MAY_SEE_ROUTINES },
	{ "SHOW_ROUTINE", MAY_SEE_ROUTINES },
	{ "CREATE VIEW", MAY_CREATE_VIEW },
	{ "LOCK TABLES", MAY_LOCK_TABLES },
	{ "RELOAD", MAY_RELOAD },
	{ "SUPER", MAY_SUPER },
	{ "SET USER", MAY_SET_USER },
	{ "SET_USER_ID", MAY_SET_USER }, /* MySQL's, and its later one */
	{ "SET_ANY_DEFINER", MAY_SET_USER },
	{ "BINLOG ADMIN", MAY_LOG },
	{ "BINLOG_ADMIN", MAY_LOG },
	{ "READ_ONLY ADMIN", MAY_WRITE_ALWAYS },
	{ "CREATE USER", MAY_CREATE_USER },
	{ "REPLICATION SLAVE", MAY_FOLLOW },
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
	if (t.kind == TOKEN_NAME) {
		if (!token_name(&t, scope, sizeof scope) || !privileges_like(scope, database))
			return 0;
		bits &= MAY_RELOAD - 1; /* ALL PRIVILEGES ON a database are not those on the server */
	}
	if (t.kind != TOKEN_NAME && !token_is(&t, "*"))
		return 0;
	t = lex_solid(&l); /* "." */
	t = lex_solid(&l);
	return token_is(&t, "*") ? bits : 0;
}

unsigned privileges_needed(const struct session *s)
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

const char *privileges_name(enum privilege bit)
{
	for (size_t i = 1; i < sizeof privileges / sizeof *privileges; i++)
		if (privileges[i].bit == bit)
			return privileges[i].name;
	return bit & MAY_CREATE_ROUTINE ? "CREATE ROUTINE" : "EXECUTE";
}

int privileges_of(struct session *s, const char *database, unsigned *out, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(&s->control, &r, err, "SHOW GRANTS");
	*out = 0;
	while (!status && rows_next(&r))
		*out |= granted(r.at[0], database);
	return status;
}

int privileges_check(struct session *s, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(&s->control, &r, err, "SHOW GRANTS");
	for (size_t i = 0; !status && i < s->job.databases->count; i++) {
		unsigned missing = privileges_needed(s);
		rows_rewind(&r);
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
