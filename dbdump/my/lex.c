#include "dbdump/my/lex.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct lexer lex_begin(const char *text, size_t len, const char *sql_mode)
{
	return (struct lexer){
		.at = text,
		.end = text + len,
		.ansi = sql_mode && strstr(sql_mode, "ANSI_QUOTES"),
		.no_backslash = sql_mode && strstr(sql_mode, "NO_BACKSLASH_ESCAPES"),
	};
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Behind the closing quote, or the end of the text. */
static const char *quoted_end(const struct lexer *l, bool escapes)
{
	char quote = *l->at;
	for (const char *p = l->at + 1; p < l->end; p++) {
		if (escapes && *p == '\\' && p + 1 < l->end)
			p++;
		else if (*p == quote && p + 1 < l->end && p[1] == quote)
			p++;
		else if (*p == quote)
			return p + 1;
	}
	return l->end;
}

static const char *line_end(const struct lexer *l)
{
	const char *p = memchr(l->at, '\n', (size_t)(l->end - l->at));
	return p ? p + 1 : l->end;
}

static const char *comment_end(const struct lexer *l)
{
	const char *p = l->end - l->at > 4 ? memmem(l->at + 2, (size_t)(l->end - l->at - 2), "*/", 2) : NULL;
	return p ? p + 2 : l->end;
}

static bool starts(const struct lexer *l, const char *with)
{
	size_t n = strlen(with);
	return (size_t)(l->end - l->at) >= n && !memcmp(l->at, with, n);
}

/* A comment: behind its end; NULL: here is none. */
static const char *comment(const struct lexer *l)
{
	if (*l->at == '#')
		return line_end(l);
	if (starts(l, "--") && (l->end - l->at == 2 || isspace((unsigned char)l->at[2])))
		return line_end(l);
	if (starts(l, "/*") && !starts(l, "/*!") && !starts(l, "/*M!"))
		return comment_end(l);
	return NULL;
}

static const char *mark_end(struct lexer *l)
{
	/* (elsewhere the asterisk multiplies, and the slash may begin a comment) */
	if (l->in_version && starts(l, "*/")) {
		l->in_version = false;
		return l->at + 2;
	}
	if (!starts(l, "/*"))
		return l->at + 1;
	l->in_version = true;
	const char *p = l->at + (l->at[2] == 'M' ? 4 : 3);
	while (p < l->end && isdigit((unsigned char)*p))
		p++;
	return p;
}

struct token lex_next(struct lexer *l)
{
	struct token t = { .p = l->at };
	const char *end = l->at;
	if (l->at == l->end)
		return t;
	if (isspace((unsigned char)*l->at)) {
		t.kind = TOKEN_SPACE;
		while (end < l->end && isspace((unsigned char)*end))
			end++;
	} else if ((end = comment(l)) != NULL) {
		t.kind = TOKEN_SPACE;
	} else if (*l->at == '`' || (*l->at == '"' && l->ansi)) {
		t.kind = TOKEN_NAME;
		end = quoted_end(l, false);
	} else if (*l->at == '\'' || *l->at == '"') {
		t.kind = TOKEN_STRING;
		end = quoted_end(l, !l->no_backslash);
	} else if (is_word(*l->at)) {
		t.kind = TOKEN_WORD;
		for (end = l->at; end < l->end && is_word(*end);)
			end++;
	} else {
		t.kind = TOKEN_MARK;
		end = mark_end(l);
	}
	t.len = (size_t)(end - l->at);
	l->at = end;
	return t;
}

struct token lex_solid(struct lexer *l)
{
	struct token t;
	do
		t = lex_next(l);
	while (t.kind == TOKEN_SPACE);
	return t;
}

bool token_is(const struct token *t, const char *word)
{
	return (t->kind == TOKEN_WORD || t->kind == TOKEN_MARK) && strlen(word) == t->len &&
	       !strncasecmp(t->p, word, t->len);
}

bool token_name(const struct token *t, char *out, size_t cap)
{
	size_t n = 0;
	bool quoted = t->kind == TOKEN_NAME;
	for (size_t i = quoted; i < t->len - quoted; i++) {
		if (n + 1 >= cap)
			return false;
		out[n++] = t->p[i];
		if (quoted && t->p[i] == t->p[0])
			i++; /* doubled */
	}
	out[n] = '\0';
	return true;
}
