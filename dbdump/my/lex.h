/* lex.h - SQL text as tokens, as far as it takes to know names from strings and comments. Pure; borrows the text.
 *
 * Bytes at least 0x80 count as letters, so any character set will do in which no other character's bytes look like quotes or
 * backslashes (not sjis, gbk, big5). The code within a version comment counts, its marks are TOKEN_MARK. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum token_kind {
	TOKEN_END,
	TOKEN_SPACE, /* and comments */
	TOKEN_WORD,  /* unquoted: a keyword, name or number */
	TOKEN_NAME,  /* quoted by backticks, or by double quotes with ansi */
	TOKEN_STRING,
	TOKEN_MARK, /* any other character, or what begins or ends a version comment */
};

struct token {
	enum token_kind kind;
	const char *p;
	size_t len;
};

struct lexer {
	const char *at, *end;
	bool ansi;	   /* sql_mode ANSI_QUOTES */
	bool no_backslash; /* sql_mode NO_BACKSLASH_ESCAPES */
	bool in_version;   /* within a version comment */
};

/* sql_mode as the server says it; NULL: none that matters. */
struct lexer lex_begin(const char *text, size_t len, const char *sql_mode);
struct token lex_next(struct lexer *l);
/* The next one that is no space. */
struct token lex_solid(struct lexer *l);
/* The token is this word or mark, letters of either case. */
bool token_is(const struct token *t, const char *word);
/* What a TOKEN_NAME or TOKEN_WORD names, terminated; false when it does not fit. */
bool token_name(const struct token *t, char *out, size_t cap);
