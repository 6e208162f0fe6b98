#include "dbdump/pg/splitter.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* What is known of the statement that is being read. */
struct lexer {
	const char *at, *end;
	unsigned parens, words, cases; /* cases: what END still has to close in a body of SQL */
	bool create, routine;	       /* CREATE [OR REPLACE] FUNCTION or PROCEDURE: may have such a body */
	bool begin, body;	       /* the last word was BEGIN; within BEGIN ATOMIC ... END */
};

struct splitter splitter_of(const char *text, size_t len)
{
	return (struct splitter){ text, text + len };
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool begins_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool in_word(char c)
{
	return begins_word(c) || (c >= '0' && c <= '9') || c == '$';
}

static const char *line_end(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));
	return newline ? newline : end;
}

/* Behind the quoted text that at stands at; NULL when it does not end. */
static const char *behind_quotes(const char *at, const char *end, bool backslashes)
{
	const char quote = *at++;
	for (; at < end; at++) {
		if (backslashes && *at == '\\' && ++at < end)
			continue;
		if (at < end && *at == quote) {
			if (at + 1 == end || at[1] != quote)
				return at + 1;
			at++;
		}
	}
	return NULL;
}

/* A string goes on behind whitespace with a newline in it, in the same manner. */
static const char *behind_string(const char *at, const char *end, bool backslashes)
{
	const char *next = at;
	while (next && next < end && *next == '\'') {
		at = behind_quotes(next, end, backslashes);
		bool newline = false;
		for (next = at; next && next < end && is_space(*next); next++)
			newline = newline || *next == '\n';
		if (!newline)
			return at;
	}
	return at;
}

static const char *behind_comment(const char *at, const char *end)
{
	unsigned depth = 0;
	while (at + 1 < end) {
		if (at[0] == '/' && at[1] == '*') {
			depth++;
			at += 2;
		} else if (at[0] == '*' && at[1] == '/') {
			at += 2;
			if (--depth == 0)
				return at;
		} else {
			at++;
		}
	}
	return NULL;
}

/* $$ or $tag$: behind the text that it opens, NULL when that does not end; at itself when it opens none. */
static const char *behind_dollars(const char *at, const char *end)
{
	const char *p = at + 1;
	if (p < end && begins_word(*p))
		while (p < end && *p != '$' && in_word(*p))
			p++;
	if (p == end || *p != '$')
		return at;
	size_t tag = (size_t)(p + 1 - at);
	const char *close = memmem(p + 1, (size_t)(end - p - 1), at, tag);
	return close ? close + tag : NULL;
}

static bool is_word(const char *at, size_t len, const char *word)
{
	return len == strlen(word) && !strncasecmp(at, word, len);
}

static void take_word(struct lexer *x, const char *at, size_t len)
{
	x->words++;
	if (x->words == 1)
		x->create = is_word(at, len, "create");
	else if (x->create && x->words <= 4 &&
		 (is_word(at, len, "function") || is_word(at, len, "procedure")))
		x->routine = true;
	if (x->body && is_word(at, len, "case"))
		x->cases++;
	else if (x->body && is_word(at, len, "end") && x->cases-- == 0)
		x->body = false;
	else if (x->routine && !x->body && !x->parens && x->begin && is_word(at, len, "atomic"))
		x->body = true, x->cases = 0;
	x->begin = is_word(at, len, "begin");
}

/* Behind what stands at x->at; NULL when it does not end. */
static const char *behind_token(struct lexer *x)
{
	const char *at = x->at, *end = x->end;
	if (*at == '\'')
		return behind_string(at, end, false);
	if ((*at == 'e' || *at == 'E') && at + 1 < end && at[1] == '\'')
		return behind_string(at + 1, end, true);
	if (*at == '"')
		return behind_quotes(at, end, false);
	if (at + 1 < end && at[0] == '-' && at[1] == '-')
		return line_end(at, end);
	if (at + 1 < end && at[0] == '/' && at[1] == '*')
		return behind_comment(at, end);
	if (*at == '$') {
		const char *behind = behind_dollars(at, end);
		return behind == at ? at + 1 : behind;
	}
	if (begins_word(*at)) {
		const char *p = at;
		while (p < end && in_word(*p))
			p++;
		take_word(x, at, (size_t)(p - at));
		return p;
	}
	x->parens += *at == '(' ? 1 : 0;
	x->parens -= *at == ')' && x->parens ? 1 : 0;
	return at + 1;
}

/* Whitespace, comments and psql's lines. */
static void skip_between(struct splitter *s, struct piece *out)
{
	while (s->at < s->end) {
		if (is_space(*s->at)) {
			s->at++;
		} else if (*s->at == '\\') {
			s->at = line_end(s->at, s->end);
		} else if (s->end - s->at > 1 && s->at[0] == '-' && s->at[1] == '-') {
			const char *end = line_end(s->at, s->end);
			if (end - s->at > 9 && !memcmp(s->at, "-- Name: ", 9)) {
				out->title = s->at + 3;
				out->title_len = (size_t)(end - s->at) - 3;
			}
			s->at = end;
		} else {
			return;
		}
	}
}

int splitter_next(struct splitter *s, struct piece *out)
{
	*out = (struct piece){ 0 };
	skip_between(s, out);
	if (s->at == s->end)
		return 0;
	struct lexer x = { .at = s->at, .end = s->end };
	out->sql = s->at;
	while (x.at && x.at < x.end) {
		if (*x.at == ';' && !x.parens && !x.body) {
			out->len = (size_t)(x.at - out->sql);
			s->at = x.at + 1;
			return 1;
		}
		x.at = behind_token(&x);
	}
	return -EBADMSG;
}

bool splitter_name(const char **at, const char *end, char *out, size_t cap)
{
	const char *p = *at;
	size_t n = 0;
	if (p < end && *p == '"') {
		const char *behind = behind_quotes(p, end, false);
		if (!behind)
			return false;
		for (p++; p < behind - 1 && n < cap; p++) {
			out[n++] = *p;
			p += *p == '"';
		}
		p = behind;
	} else {
		for (; p < end && in_word(*p) && n < cap; p++)
			out[n++] = *p;
	}
	if (!n || n == cap)
		return false;
	out[n] = '\0';
	*at = p;
	return true;
}
