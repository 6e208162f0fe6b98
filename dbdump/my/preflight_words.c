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

/* What MariaDB has reserved since 10.3, the oldest that is copied from, and the version that did. Such a word may also stand where it is
 * meant as one: behind another one in the same statement. */
static const struct reserved {
	const char *word;
	unsigned long since;
	const char *after;
} words[] = {
	{ "OFFSET", 100600, "LIMIT" },
};

/* Is the word in this text where it must be a name? */
static bool is_name(const struct reserved *w, const char *text, const char *sql_mode)
{
	struct lexer l = lex_begin(text, strlen(text), sql_mode);
	bool meant = false;
	for (struct token t = lex_solid(&l); t.kind != TOKEN_END; t = lex_solid(&l)) {
		if (token_is(&t, ";"))
			meant = false;
		else if (t.kind == TOKEN_WORD && w->after && token_is(&t, w->after))
			meant = true;
		else if (t.kind == TOKEN_WORD && token_is(&t, w->word) && !meant)
			return true;
	}
	return false;
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
		const char *const names[] = { answer_cell(at, i, 1), answer_cell(at, i, 2) };
		if (is_name(w, answer_cell(at, i, 3), answer_cell(at, i, 4)))
			status = look_found(l, &reserved, answer_cell(at, i, 0), names,
					    (const char *const[]){ w->word, "" }, err);
	}
	return status;
}

int look_reserved(struct look *l, struct err *err)
{
	unsigned long from = l->asker.version[END_SOURCE], to = l->asker.version[END_TARGET];
	const bool both = l->at[END_SOURCE].control.mariadb && l->at[END_TARGET].control.mariadb;
	AUTO(answer_fini) struct answer at = { 0 };
	if (!both || l->job->options->data_only)
		return 0;
	int status = look_ask(l, END_SOURCE, code_sql, &at, err);
	for (size_t i = 0; !status && i < sizeof words / sizeof *words; i++)
		if (from < words[i].since && words[i].since <= to)
			status = look_code(l, &at, &words[i], err);
	return status;
}
