#include "dbdump/my/admit.h"

#include <errno.h>
#include <string.h>

#include "dbdump/my/admit_table.h"
#include "dbdump/my/form.h"
#include "dbdump/my/privileges.h"

/* What stands between CREATE and the kind, of code. */
static void skip_attributes(struct form *f)
{
	while (form_is(f, "OR REPLACE") || form_is(f, "AGGREGATE") || form_is(f, "ALGORITHM = w") ||
	       form_is(f, "DEFINER = # @ #") || form_is(f, "DEFINER = #") ||
	       form_is(f, "DEFINER = CURRENT_USER") || form_is(f, "SQL SECURITY w"))
		;
}

static bool is_event_disabled(struct form *f)
{
	bool disabled = false;
	for (struct token t = form_next(f); t.kind != TOKEN_END && !token_is(&t, "DO"); t = form_next(f)) {
		/* (no @ either: what is assigned to @disable is a time as well) */
		if (token_is(&t, "(") || token_is(&t, "@") || token_is(&t, "ENABLE") ||
		    (t.kind == TOKEN_STRING && *t.p == '"') || form_is_comment(&t))
			return false;
		disabled = disabled || token_is(&t, "DISABLE");
	}
	return disabled;
}

/* In these a byte of a character may look like a quote. */
static bool is_readable(const struct form *f, const char *settings)
{
	static const char *const charsets[] = { "'big5'", "'cp932'", "'gbk'", "'sjis'", "'gb18030'" };
	bool odd = false;
	for (size_t i = 0; settings && i < sizeof charsets / sizeof *charsets; i++)
		odd = odd || strstr(settings, charsets[i]);
	for (const char *p = f->begin; odd && p < f->l.at; p++)
		if ((unsigned char)*p >= 0x80)
			return false;
	return true;
}

static bool is_code(const char *sql, struct admitted *a)
{
	static const char *const words[][2] = {
		{ "package", "PACKAGE" },   { "package body", "PACKAGE BODY" },
		{ "function", "FUNCTION" }, { "procedure", "PROCEDURE" },
		{ "view", "VIEW" },	    { "trigger", "TRIGGER" },
		{ "event", "EVENT" }
	};
	struct form f = form_of(sql, a->settings, a->databases);
	f.loose = !strcmp(a->kind, "trigger"); /* the only text that is shown as somebody once wrote it */
	if (!form_is(&f, "CREATE"))
		return false;
	skip_attributes(&f);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i][0], a->kind) != 0 || !form_is(&f, words[i][1]))
			continue;
		form_is(&f, "IF NOT EXISTS");
		bool named = form_is(&f, "@ . #") || (form_is(&f, "#") && !form_is(&f, "."));
		/* (a function of a library has no parentheses) */
		struct form ahead = f;
		named = named && (strcmp(a->kind, "function") != 0 || form_is(&ahead, "("));
		return named && (strcmp(a->kind, "event") != 0 || is_event_disabled(&f)) &&
		       is_readable(&f, a->settings);
	}
	return false;
}

/* SHOW CREATE SEQUENCE has options alone; the engine is one of them. */
static bool is_sequence(const char *sql, struct admitted *a)
{
	struct form f = form_of(sql, a->settings, a->databases);
	if (form_is(&f, "SELECT SETVAL ( @ . # , n , n , n ) $"))
		return true;
	return form_is(&f, "CREATE SEQUENCE") && (form_is(&f, "@ . #") || form_is(&f, "#")) &&
	       !form_is(&f, ".") && admit_table_rest(&f, a);
}

/* A grant on the server's own database is one on all of it. */
static bool is_other_pattern(const struct form *f, const char *pattern)
{
	if (privileges_like(pattern, "mysql"))
		return true;
	for (size_t i = 0; i < f->databases->count; i++)
		if (!strcmp(pattern, f->databases->at[i]) || privileges_like(pattern, f->databases->at[i]))
			return false;
	return true;
}

/* Behind GRANT. Whether it may be granted is for roles.h to say. */
static bool is_role(struct form f)
{
	if (!form_is(&f, "# TO u"))
		return false;
	form_is(&f, "@ u");
	form_is(&f, "WITH ADMIN OPTION");
	return form_is(&f, "$");
}

static bool is_grant(const char *sql, struct admitted *a)
{
	struct form f = form_of(sql, NULL, a->databases);
	char name[256];
	if (form_is(&f, "SET DEFAULT ROLE # FOR u @ u $") || form_is(&f, "SET DEFAULT ROLE # FOR # $"))
		return true;
	if (!form_is(&f, "GRANT"))
		return false;
	if (is_role(f))
		return true;
	bool scope = false;
	for (struct token t = form_next(&f); t.kind != TOKEN_END; t = form_next(&f)) {
		if (token_is(&t, "IDENTIFIED") || token_is(&t, "REQUIRE") || token_is(&t, "PROXY") ||
		    form_is_comment(&t))
			return false;
		if (scope || !token_is(&t, "ON"))
			continue;
		do
			t = form_next(&f);
		while (t.kind == TOKEN_WORD);
		scope = t.kind == TOKEN_NAME && token_name(&t, name, sizeof name) &&
			!is_other_pattern(&f, name);
		if (!scope)
			return false;
	}
	return scope;
}

static bool is_account(const char *sql, struct admitted *a)
{
	struct form f = form_of(sql, NULL, a->databases);
	return form_is(&f, "CREATE USER IF NOT EXISTS u") || form_is(&f, "CREATE ROLE IF NOT EXISTS # $");
}

static bool is_setting(const char *sql, struct admitted *a)
{
	struct form f = form_of(sql, NULL, a->databases);
	if (form_is(&f, "USE @ $") || form_is(&f, "ALTER DATABASE @ COLLATE w $") ||
	    form_is(&f, "ALTER DATABASE @ COLLATE w COMMENT s $"))
		return true;
	if (!form_is(&f, "SET SESSION"))
		return false;
	a->settings = sql;
	do
		if (!form_is(&f, "character_set_client = s") && !form_is(&f, "collation_connection = s") &&
		    !form_is(&f, "sql_mode = s") && !form_is(&f, "time_zone = s"))
			return false;
	while (form_is(&f, ","));
	return form_is(&f, "$");
}

static bool is_renamed(const char *sql, struct admitted *a)
{
	struct form f = form_of(sql, NULL, a->databases);
	return form_is(&f, "RENAME TABLE @ . # TO @ . # $") || form_is(&f, "DROP TABLE @ . # $");
}

static bool is_admitted(const char *sql, struct admitted *a)
{
	static const struct {
		const char *kind;
		bool (*is)(const char *sql, struct admitted *a);
	} forms[] = {
		{ "table", admit_table },
		{ "stand-in for a view's table", admit_table },
		{ "stand-in for a view's table", is_renamed },
		{ "indexes of table", admit_alter },
		{ "foreign keys of table", admit_alter },
		{ "sequence", is_sequence },
		{ "view", is_renamed },
		{ "user", is_account },
		{ "role", is_account },
		{ "grant", is_grant },
	};
	if (is_setting(sql, a))
		return true;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (!strcmp(forms[i].kind, a->kind) && forms[i].is(sql, a))
			return true;
	return is_code(sql, a);
}

int admit(const struct statement *st, const struct strings *databases, bool outside, struct err *err)
{
	struct admitted a = { .kind = st->kind, .databases = databases, .outside = outside };
	for (size_t i = 0; i < st->sql.count; i++)
		if (!is_admitted(st->sql.at[i], &a))
			return err_say(err, -EPERM,
				       "what the source says of it is not admitted%s%s: it begins with %.60s",
				       a.why ? ": " : "", a.why ? a.why : "", st->sql.at[i]);
	return 0;
}
