#include "xfer/tree/wildmatch.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/buf.h"
#include "xfer/tree/byte_set.h"

enum token_kind { ONE_BYTE, ANY_BYTE, ONE_OF, STAR, STARSTAR };

struct token {
	uint8_t kind;
	uint8_t byte; /* ONE_BYTE */
	uint16_t unused;
	uint32_t set; /* ONE_OF: index into sets */
};

struct wildmatch {
	size_t count;
	bool never;		/* the pattern is malformed */
	struct token *tokens;	/* as many as the pattern has bytes, at most */
	struct byte_set sets[]; /* as many as the pattern has '[' */
};

/* Parses one token at p, returns where the next begins. */
static size_t compile_one(struct wildmatch *w, const char *p, size_t len, uint32_t *sets)
{
	struct token *t = &w->tokens[w->count++];
	size_t used = 1;

	switch (p[0]) {
	case '\\':
		if (len < 2) {
			w->never = true;
			return len;
		}
		*t = (struct token){ .kind = ONE_BYTE, .byte = (uint8_t)p[1] };
		return 2;
	case '?':
		*t = (struct token){ .kind = ANY_BYTE };
		return 1;
	case '*':
		while (used < len && p[used] == '*')
			used++;
		*t = (struct token){ .kind = used == 1 ? STAR : STARSTAR };
		return used;
	case '[':
		*t = (struct token){ .kind = ONE_OF, .set = *sets };
		used = byte_set_parse(&w->sets[(*sets)++], p, len);
		if (used == 0) {
			w->never = true;
			return len;
		}
		byte_set_remove(&w->sets[t->set], '/');
		return used;
	default:
		*t = (struct token){ .kind = ONE_BYTE, .byte = (uint8_t)p[0] };
		return 1;
	}
}

static void wildmatch_freep(struct wildmatch **w)
{
	wildmatch_free(*w);
}

int wildmatch_new(struct wildmatch **out, const char *pattern, size_t len)
{
	size_t brackets = 0;
	for (size_t i = 0; i < len; i++)
		brackets += pattern[i] == '[';

	AUTO(wildmatch_freep) struct wildmatch *w = calloc(1, sizeof *w + brackets * sizeof *w->sets);
	if (!w)
		return -ENOMEM;
	w->tokens = calloc(len ? len : 1, sizeof *w->tokens);
	if (!w->tokens)
		return -ENOMEM;

	uint32_t sets = 0;
	for (size_t i = 0; i < len;)
		i += compile_one(w, pattern + i, len - i, &sets);
	*out = TAKE(w);
	return 0;
}

void wildmatch_free(struct wildmatch *w)
{
	if (!w)
		return;
	free(w->tokens);
	free(w);
}

static size_t text_len(const struct wildmatch_text *x)
{
	return x->head_len + x->body_len + x->slash;
}

static char text_at(const struct wildmatch_text *x, size_t i)
{
	if (i < x->head_len)
		return x->head[i];
	i -= x->head_len;
	return i < x->body_len ? x->body[i] : '/';
}

static bool token_takes(const struct wildmatch *w, const struct token *t, char c)
{
	switch ((enum token_kind)t->kind) {
	case ONE_BYTE:
		return t->byte == (uint8_t)c;
	case ANY_BYTE:
		return c != '/';
	case ONE_OF:
		return byte_set_has(&w->sets[t->set], c);
	default:
		return false;
	}
}

/* A place to try again from: token is matched from at on. */
struct mark {
	bool set;
	size_t token, at;
};

struct scan {
	const struct wildmatch *w;
	const struct wildmatch_text *x;
	size_t len, token, at;
	struct mark star; /* the last '*', when it came after deep */
	struct mark deep; /* the last '**', or the beginning under WILDMATCH_ANY_ELEMENT */
	bool by_element;  /* deep is the beginning: it moves from slash to slash */
};

/* Moves deep on. After a failure with a '*' in play it moves past the next slash at once: that '*' was
 * tried with every byte up to the slash that stopped it, and every beginning before the next slash leads
 * to the same slash with fewer bytes to try. This is what keeps the cost from being multiplied. */
static bool advance_deep(struct scan *s)
{
	if (!s->deep.set)
		return false;
	if (s->by_element || s->star.set) {
		while (s->deep.at < s->len && text_at(s->x, s->deep.at) != '/')
			s->deep.at++;
		if (s->deep.at == s->len)
			return false;
	}
	s->deep.at++;
	s->star.set = false;
	s->token = s->deep.token;
	s->at = s->deep.at;
	return true;
}

/* After a mismatch: lets the last '*' take one byte more, or else moves deep on. */
static bool retreat(struct scan *s)
{
	if (!s->star.set || text_at(s->x, s->star.at) == '/')
		return advance_deep(s);
	s->star.at++;
	s->token = s->star.token;
	s->at = s->star.at;
	return true;
}

static bool scan_run(struct scan *s)
{
	for (;;) {
		if (s->token == s->w->count) {
			if (s->at == s->len)
				return true;
			if (!retreat(s))
				return false;
			continue;
		}
		const struct token *t = &s->w->tokens[s->token];
		if (t->kind == STAR) {
			s->star = (struct mark){ true, ++s->token, s->at };
		} else if (t->kind == STARSTAR) {
			s->deep = (struct mark){ true, ++s->token, s->at };
			s->star.set = s->by_element = false;
			if (s->token == s->w->count)
				return true;
		} else if (s->at == s->len) {
			return false; /* whatever is tried next has even less text left */
		} else if (token_takes(s->w, t, text_at(s->x, s->at))) {
			s->token++;
			s->at++;
		} else if (!retreat(s)) {
			return false;
		}
	}
}

bool wildmatch_matches(const struct wildmatch *w, const struct wildmatch_text *text, enum wildmatch_from from)
{
	struct scan s = {
		.w = w,
		.x = text,
		.len = text_len(text),
		.deep = { .set = from == WILDMATCH_ANY_ELEMENT },
		.by_element = from == WILDMATCH_ANY_ELEMENT,
	};
	if (w->never)
		return false;
	/* the common "*.suffix" is refused at its last byte, without a scan */
	if (w->count && s.len) {
		const struct token *last = &w->tokens[w->count - 1];
		if (last->kind == ONE_BYTE && !token_takes(w, last, text_at(text, s.len - 1)))
			return false;
	}
	return scan_run(&s);
}

bool wildmatch_tail(struct wildmatch_text *text, size_t count)
{
	size_t i = text_len(text);
	while (i > 0) {
		if (text_at(text, i - 1) == '/' && --count == 0)
			break;
		i--;
	}
	if (i == 0)
		return count == 1;
	if (i < text->head_len) {
		text->head += i;
		text->head_len -= i;
		return true;
	}
	i -= text->head_len;
	text->head_len = 0;
	if (i > text->body_len) {
		i = text->body_len;
		text->slash = false;
	}
	text->body += i;
	text->body_len -= i;
	return true;
}

bool wildmatch_text_is(const struct wildmatch_text *text, const char *p, size_t len)
{
	if (len != text_len(text))
		return false;
	if (memcmp(p, text->head_len ? text->head : "", text->head_len) != 0)
		return false;
	p += text->head_len;
	if (memcmp(p, text->body_len ? text->body : "", text->body_len) != 0)
		return false;
	return !text->slash || p[text->body_len] == '/';
}
