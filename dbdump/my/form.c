#include "dbdump/my/form.h"

#include <ctype.h>
#include <string.h>

struct form form_of(const char *sql, const char *sql_mode, const struct strings *databases)
{
	return (struct form){ .l = lex_begin(sql, strlen(sql), sql_mode),
			      .begin = sql,
			      .databases = databases };
}

struct token form_next(struct form *f)
{
	struct token t;
	do
		t = lex_next(&f->l);
	while (t.kind == TOKEN_SPACE && (f->loose || isspace((unsigned char)*t.p)));
	return t;
}

bool form_is_comment(const struct token *t)
{
	return t->kind == TOKEN_SPACE || (t->kind == TOKEN_MARK && t->len > 1);
}

static bool is_name(const struct form *f, const struct token *t)
{
	return t->kind == TOKEN_NAME || (f->loose && t->kind == TOKEN_WORD);
}

bool form_is_ours(const struct form *f, const struct token *t)
{
	char name[256];
	if (!is_name(f, t) || !token_name(t, name, sizeof name))
		return false;
	for (size_t i = 0; i < f->databases->count; i++)
		if (!strcmp(f->databases->at[i], name))
			return true;
	return false;
}

static bool is_number(const struct token *t)
{
	for (size_t i = 0; i < t->len; i++)
		if (!isdigit((unsigned char)t->p[i]))
			return false;
	return t->kind == TOKEN_WORD;
}

static bool is_one(struct form *f, const char *word, size_t n)
{
	struct token t = form_next(f);
	if (n == 1) {
		switch (*word) {
		case '@':
			return form_is_ours(f, &t) || token_is(&t, "@");
		case '#':
			return is_name(f, &t);
		case 'u':
			return is_name(f, &t) || t.kind == TOKEN_STRING;
		case 'w':
			return t.kind == TOKEN_WORD;
		case 's':
			return t.kind == TOKEN_STRING;
		case 'n':
			if (token_is(&t, "-"))
				t = form_next(f);
			return is_number(&t);
		case '$':
			return t.kind == TOKEN_END;
		}
	}
	char own[64] = "";
	memcpy(own, word, n < sizeof own ? n : 0);
	return token_is(&t, own);
}

bool form_is(struct form *f, const char *form)
{
	struct form ahead = *f;
	for (const char *word = form; *word;) {
		size_t n = strcspn(word, " ");
		if (!is_one(&ahead, word, n))
			return false;
		word += n + (word[n] == ' ');
	}
	*f = ahead;
	return true;
}
