#include "dbdump/my/admit_table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dbdump/my/columns.h"

enum {
	PASSED_OVER = 50700
}; /* version comments of this number or later one server reads and another does not */

static bool refuse(struct admitted *a, const char *why)
{
	a->why = why;
	return false;
}

/* (Mroonga may be a cover for any other engine.) */
static bool is_inside(const struct token *engine)
{
	char name[64];
	if (engine->kind == TOKEN_STRING || !token_name(engine, name, sizeof name))
		return false;
	if (!strcasecmp(name, "Mroonga"))
		return false;
	return table_keeps_rows(name) || !strcasecmp(name, "BLACKHOLE") || !strcasecmp(name, "MRG_MyISAM") ||
	       !strcasecmp(name, "MERGE");
}

/* In the list of what is merged there is a name of another database. */
static bool leaves(struct form *f)
{
	struct form ahead = *f;
	while (form_is(&ahead, "=") || form_is(&ahead, "(") || form_is(&ahead, ","))
		;
	struct token t = form_next(&ahead), dot = form_next(&ahead);
	if (token_is(&dot, ".") && !form_is_ours(f, &t))
		return true;
	if (token_is(&dot, "."))
		form_next(&ahead);
	return t.kind == TOKEN_NAME && !token_is(&dot, ")") && leaves(&ahead);
}

/* Where it goes to. */
static bool stays_inside(struct form *f, const struct token *t, struct admitted *a)
{
	if (a->outside)
		return true;
	if ((token_is(t, "DATA") || token_is(t, "INDEX")) && form_is(f, "DIRECTORY"))
		return refuse(
			a, "DATA DIRECTORY and INDEX DIRECTORY lead out of the database (--allow-outside)");
	if (token_is(t, "ENGINE")) {
		form_is(f, "=");
		struct token engine = form_next(f);
		if (!is_inside(&engine))
			return refuse(
				a,
				"its engine reaches files or servers out of the database (--allow-outside)");
	}
	if (token_is(t, "UNION") && leaves(f))
		return refuse(a, "it merges tables of another database (--allow-outside)");
	return true;
}

/* Nothing that selects, and no text that servers do not all read as we do. */
static bool is_plain(struct form *f, const struct token *t, bool *odd)
{
	if (t->kind == TOKEN_SPACE || token_is(t, "SELECT") || token_is(t, "TABLE"))
		return false;
	if (t->kind == TOKEN_MARK && t->len > 1) {
		const char *digits = strpbrk(t->p, "0123456789");
		size_t at = digits ? (size_t)(digits - t->p) : t->len;
		*odd = t->p[0] == '/' && at < t->len && strtoul(digits, NULL, 10) >= PASSED_OVER;
		return true;
	}
	if (*odd && (t->kind == TOKEN_NAME || t->kind == TOKEN_STRING))
		return false;
	if (token_is(t, "VALUES")) {
		struct form ahead = *f;
		return form_is(&ahead, "LESS") || form_is(&ahead, "IN");
	}
	return true;
}

/* A list of changes, each of which adds something. */
static bool rest(struct form *f, struct admitted *a, bool adds)
{
	unsigned depth = 0;
	bool odd = false;
	for (struct token t = form_next(f); t.kind != TOKEN_END; t = form_next(f)) {
		if (!is_plain(f, &t, &odd) || !stays_inside(f, &t, a))
			return false;
		depth += token_is(&t, "(");
		depth -= depth && token_is(&t, ")");
		if (adds && !depth && token_is(&t, ",") && !form_is(f, "ADD"))
			return false;
	}
	return true;
}

bool admit_table_rest(struct form *f, struct admitted *a)
{
	return rest(f, a, false);
}

bool admit_table(const char *sql, struct admitted *a)
{
	struct form f = form_of(sql, NULL, a->databases), inside = f;
	return form_is(&f, "CREATE TABLE @ . # (") && form_is(&inside, "CREATE TABLE @ . #") &&
	       rest(&inside, a, false);
}

bool admit_alter(const char *sql, struct admitted *a)
{
	struct form f = form_of(sql, NULL, a->databases);
	return form_is(&f, "ALTER TABLE @ . # ADD") && rest(&f, a, true);
}
