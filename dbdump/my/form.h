/* form.h - is this text of SQL what it should be? Matched word by word with forms, never with parts of texts. Pure. */
#pragma once
#include "dbdump/my/lex.h"
#include "xfer/base/strings.h"

struct form {
	struct lexer l;
	const char *begin;
	const struct strings *databases;
	bool loose; /* names need no quotes, and comments are passed over */
};

/* sql_mode: as lex_begin takes it; it may stand in a text with other words. */
struct form form_of(const char *sql, const char *sql_mode, const struct strings *databases);
/* Is what comes next of this form? Then it is passed. Its words stand between spaces: @ a database of ours in quotes, # any name in
 * quotes, u the same or a string (of accounts, as servers of before 10.4 show them), w a word, s a string, n a whole number, $ the end;
 * all others for themselves. */
bool form_is(struct form *f, const char *form);
/* The next one that is no space; a comment is TOKEN_SPACE. */
struct token form_next(struct form *f);
/* ... or what begins or ends a version comment. */
bool form_is_comment(const struct token *t);
/* Does the name stand for one of our databases? */
bool form_is_ours(const struct form *f, const struct token *t);
