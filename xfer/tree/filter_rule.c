#include "xfer/tree/filter_rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the wildcards of a pattern mean for how it is held against a path. Escaped stars count too, as they
 * do for rsync. */
static unsigned wild_flags(const char *p, size_t len)
{
	const char *deep = memmem(p, len, "**", 2);
	if (!deep)
		return 0;
	unsigned flags = RULE_DEEP;
	if (deep == p)
		flags |= RULE_DEEP_FIRST;
	if (len >= 3 && memcmp(p + len - 3, "***", 3) == 0)
		flags |= RULE_TREE;
	return flags;
}

static bool has_wildcards(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] == '*' || p[i] == '?' || p[i] == '[')
			return true;
	return false;
}

int rule_init(struct rule *r, const struct rule_text *text, bool local)
{
	const char *p = text->pattern;
	size_t len = text->len;

	*r = (struct rule){ .flags = text->flags };
	if (len > 1 && p[len - 1] == '/') {
		r->flags |= RULE_DIRS_ONLY;
		len--;
	}
	for (size_t i = 0; i < len; i++)
		r->slashes += p[i] == '/';
	bool wild = has_wildcards(p, len);
	if (wild)
		r->flags |= wild_flags(p, len);
	if (len && p[0] == '/') {
		r->flags |= RULE_ANCHORED;
		if (local && !(r->flags & RULE_ABSOLUTE))
			r->flags |= RULE_LOCAL;
		p++;
		len--;
	}
	if (wild)
		return wildmatch_new(&r->wild, p, len);
	r->pattern = strndup(p, len);
	r->len = len;
	return r->pattern ? 0 : -ENOMEM;
}

void rule_fini(struct rule *r)
{
	free(r->pattern);
	wildmatch_free(r->wild);
	*r = (struct rule){ 0 };
}

static void put_head(struct wildmatch_text *x, const char *head, size_t len)
{
	x->head = head;
	x->head_len = len;
}

/* Narrows or widens the text from the path itself to what the rule is held against. False when the path has
 * too few components to match. */
static bool choose_text(struct wildmatch_text *x, const struct rule *r, const struct rule_subject *s)
{
	size_t skip = 0;

	if (!r->slashes && !(r->flags & RULE_DEEP)) {
		skip = s->name;
	} else if (r->flags & RULE_LOCAL) {
		skip = s->base;
	} else if (r->flags & RULE_ABSOLUTE && s->root_len) {
		put_head(x, s->root, s->root_len);
	} else if (r->flags & RULE_DEEP_FIRST) {
		put_head(x, "/", 1); /* so that "**" and a slash match at the root too */
	}
	x->body += skip;
	x->body_len -= skip;
	x->slash = s->is_dir && r->flags & RULE_TREE;

	if (!r->slashes || r->flags & (RULE_ANCHORED | RULE_DEEP))
		return true;
	return wildmatch_tail(x, r->slashes + 1);
}

static bool pattern_matches(const struct rule *r, const struct rule_subject *s)
{
	if (r->flags & RULE_DIRS_ONLY && !s->is_dir)
		return false;
	if (r->flags & RULE_LOCAL && s->base > s->len)
		return false;

	struct wildmatch_text x = { .body = s->path, .body_len = s->len };
	if (!choose_text(&x, r, s))
		return false;
	if (!r->wild)
		return wildmatch_text_is(&x, r->pattern, r->len);
	bool anywhere = r->flags & RULE_DEEP && !(r->flags & (RULE_ANCHORED | RULE_DEEP_FIRST));
	return wildmatch_matches(r->wild, &x, anywhere ? WILDMATCH_ANY_ELEMENT : WILDMATCH_BEGINNING);
}

bool rule_matches(const struct rule *r, const struct rule_subject *s)
{
	bool negated = r->flags & RULE_NEGATE;
	return pattern_matches(r, s) != negated;
}
