/* preflight_words.c - preflight.h's look for names that became words of SQL: in code alone, since all else is quoted in what the server
 * says of it. */
#include <string.h>
#include <strings.h>

#include "dbdump/my/lex.h"
#include "dbdump/my/preflight.h"

static const char code_sql[] =
	"SELECT LOWER(ROUTINE_TYPE), ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_DEFINITION, SQL_MODE FROM information_schema.ROUTINES"
	" WHERE ROUTINE_SCHEMA IN ($D) UNION ALL SELECT LOWER(ROUTINE_TYPE), SPECIFIC_SCHEMA, SPECIFIC_NAME, PARAMETER_NAME, ''"
	" FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA IN ($D) AND PARAMETER_NAME IS NOT NULL"
	" UNION ALL SELECT 'trigger', TRIGGER_SCHEMA, TRIGGER_NAME, ACTION_STATEMENT, SQL_MODE FROM information_schema.TRIGGERS"
	" WHERE TRIGGER_SCHEMA IN ($D) UNION ALL SELECT 'event', EVENT_SCHEMA, EVENT_NAME, EVENT_DEFINITION, SQL_MODE FROM"
	" information_schema.EVENTS WHERE EVENT_SCHEMA IN ($D)";

/* What MariaDB's versions have reserved since 10.3, the oldest that is copied from; and of what it had reserved before, what MySQL 8 has not. A
 * word may stand where it is meant as one: behind another one in the same statement, or before a parenthesis. */
static const struct reserved {
	const char *word;
	unsigned long since; /* which version; 1: all */
	const char *after;
	bool called, oracle; /* oracle: in that sql_mode alone */
} words[] = {
	{ .word = "CURRENT_ROLE", .since = 1, .called = true },
	{ .word = "INTERSECT", .since = 1, .after = "SELECT" },
	{ .word = "RETURNING", .since = 1, .after = "JSON_VALUE" },
	{ .word = "PORTION", .since = 100403 },
	{ .word = "OFFSET", .since = 100600, .after = "LIMIT" },
	{ .word = "MINUS", .since = 100600, .oracle = true },
	{ .word = "ROW_NUMBER", .since = 100700, .called = true },
	{ .word = "VECTOR", .since = 110700 },
};

/* Is it one where no word has a meaning of its own: a column of something, or a variable of a session? */
static bool is_free(const struct token *before)
{
	return token_is(before, ".") || token_is(before, "@");
}

static bool is_called(struct lexer ahead)
{
	struct token next = lex_solid(&ahead);
	return token_is(&next, "(");
}

/* Is the word in this text where it must be a name? */
static bool is_name(const struct reserved *w, const char *text, const char *sql_mode)
{
	struct lexer l = lex_begin(text, strlen(text), sql_mode);
	struct token before = { 0 };
	bool meant = false;
	for (struct token t = lex_solid(&l); t.kind != TOKEN_END; before = t, t = lex_solid(&l)) {
		if (token_is(&t, ";"))
			meant = false;
		else if (w->after && token_is(&t, w->after))
			meant = true;
		else if (token_is(&t, w->word) && !meant && !is_free(&before) && !(w->called && is_called(l)))
			return true;
	}
	return false;
}

/* Whether it matters in a text that is read in this sql_mode ("": a parameter's name). */
static bool counts(const struct reserved *w, const char *sql_mode)
{
	return !w->oracle || strstr(sql_mode, "ORACLE");
}

static int look_code(struct look *l, const struct answer *at, const struct reserved *w, struct err *err)
{
	static const struct check reserved = {
		.code = "reserved",
		.severity = SEVERITY_LIKELY,
		.kind = CHECK_SOURCE,
		.reason =
			"it uses the name $1 without quotes, which is a reserved word at the destination: it cannot be made there",
		.remedy = "write it in backticks"
	};
	int status = 0;
	for (size_t i = 0; !status && i < answer_rows(at); i++) {
		const char *const cells[] = { answer_cell(at, i, 0), answer_cell(at, i, 1),
					      answer_cell(at, i, 2), w->word, "" };
		if (counts(w, answer_cell(at, i, 4)) &&
		    is_name(w, answer_cell(at, i, 3), answer_cell(at, i, 4)))
			status = look_found(l, &reserved, cells, err);
	}
	return status;
}

int look_reserved(struct look *l, struct err *err)
{
	unsigned long from = l->at[END_SOURCE]->control.mariadb ? l->asker.version[END_SOURCE] : 0;
	unsigned long to = l->at[END_TARGET]->control.mariadb ? l->asker.version[END_TARGET] : 0;
	AUTO(answer_fini) struct answer at = { 0 };
	if (from >= to || l->job->options->data_only)
		return 0;
	int status = look_ask(l, END_SOURCE, code_sql, &at, err);
	for (size_t i = 0; !status && i < sizeof words / sizeof *words; i++)
		if (from < words[i].since && words[i].since <= to)
			status = look_code(l, &at, &words[i], err);
	return status;
}
