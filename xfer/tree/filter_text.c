#include "xfer/tree/filter_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/buf.h"

/* C locale: how a rule is split must not depend on the host that reads it. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The text being parsed. A rule begins at start and is read up to at; errors quote it to line_end. */
struct cursor {
	const char *start, *at, *end;
	const struct rule_style *style;
};

static bool at_end(const struct cursor *c)
{
	return c->at == c->end;
}

static int refuse(const struct cursor *c, struct err *err, const char *why)
{
	return err_say(err, -EINVAL, "%s in filter rule '%.*s'", why, (int)(c->end - c->start), c->start);
}

static bool in_words(const struct cursor *c)
{
	return c->style->container & RULE_WORDS;
}

/* A long rule name is followed by a separator, a ',' or nothing; "excludes" is not "exclude". */
static size_t long_name_len(const struct cursor *c, const char *name)
{
	size_t len = strlen(name), left = (size_t)(c->end - c->at);
	if (left < len || memcmp(c->at, name, len) != 0)
		return 0;
	if (left == len)
		return len;
	char next = c->at[len];
	return is_space(next) || next == '_' || next == ',' ? len : 0;
}

static const struct rule_name {
	char letter;
	const char *name;
	unsigned flags;
} names[] = {
	{ '-', "exclude", 0 },
	{ '+', "include", RULE_INCLUDE },
	{ '.', "merge", RULE_MERGE },
	{ ':', "dir-merge", RULE_MERGE | RULE_PER_DIR },
	{ 'H', "hide", RULE_SENDER },
	{ 'S', "show", RULE_SENDER | RULE_INCLUDE },
	{ 'P', "protect", RULE_RECEIVER },
	{ 'R', "risk", RULE_RECEIVER | RULE_INCLUDE },
	{ '!', "clear", RULE_CLEAR },
};

/* Moves past the rule's name and the ',' behind it. */
static bool take_name(struct cursor *c, unsigned *flags)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t len = *c->at == names[i].letter ? 1 : long_name_len(c, names[i].name);
		if (len == 0)
			continue;
		*flags |= names[i].flags;
		c->at += len;
		if (!at_end(c) && *c->at == ',')
			c->at++;
		return true;
	}
	return false;
}

/* The flags that modifier m adds to a rule that has flags; 0 when it must not stand there. */
static unsigned modifier(char m, unsigned flags, bool side_named)
{
	bool merge = flags & RULE_MERGE, bare = flags & RULE_NO_PREFIXES;

	switch (m) {
	case '-':
		return merge && !bare ? RULE_NO_PREFIXES : 0;
	case '+':
		return merge && !bare ? RULE_NO_PREFIXES | RULE_INCLUDE : 0;
	case 'C':
		return !bare && !side_named ? RULE_NO_PREFIXES | RULE_WORDS | RULE_NO_INHERIT | RULE_CVS : 0;
	case '!':
		return merge ? 0 : RULE_NEGATE;
	case 'e':
		return merge ? RULE_EXCLUDE_SELF : 0;
	case 'n':
		return merge ? RULE_NO_INHERIT : 0;
	case 'w':
		return merge ? RULE_WORDS : 0;
	case 'r':
		return side_named ? 0 : RULE_RECEIVER;
	case 's':
		return side_named ? 0 : RULE_SENDER;
	case '/':
		return RULE_ABSOLUTE;
	case 'p':
		return RULE_PERISHABLE;
	case 'x':
		return RULE_XATTR;
	default:
		return 0;
	}
}

/* Name, modifiers and the one separator; the pattern begins where the cursor is left. */
static int take_prefix(struct cursor *c, unsigned *flags, struct err *err)
{
	if (!take_name(c, flags))
		return refuse(c, err, "unknown rule name");
	if (*flags & RULE_CLEAR)
		return 0;

	bool side_named = *flags & RULE_SIDES;
	for (; !at_end(c) && *c->at != ' ' && *c->at != '_'; c->at++) {
		if (in_words(c) && is_space(*c->at))
			return 0;
		unsigned more = modifier(*c->at, *flags, side_named);
		if (!more)
			return refuse(c, err, "a modifier that is not allowed there");
		*flags |= more;
	}
	if (!at_end(c))
		c->at++;
	return 0;
}

/* Whatever stands in front of the pattern. A bare "!" is a clear for now: only the rest of the rule tells. */
static int take_front(struct cursor *c, unsigned *flags, struct err *err)
{
	unsigned container = c->style->container;

	if (container & RULE_NO_PREFIXES) {
		if (*c->at == '!' && container & RULE_CVS)
			*flags |= RULE_CLEAR;
		return 0;
	}
	if (!c->style->old_prefixes)
		return take_prefix(c, flags, err);

	if (c->end - c->at >= 2 && c->at[1] == ' ' && (c->at[0] == '-' || c->at[0] == '+')) {
		*flags &= ~(unsigned)RULE_INCLUDE;
		if (c->at[0] == '+')
			*flags |= RULE_INCLUDE;
		c->at += 2;
	} else if (*c->at == '!') {
		*flags |= RULE_CLEAR;
	}
	return 0;
}

static int check_rule(const struct cursor *c, struct rule_text *rule, struct err *err)
{
	bool bare = c->style->old_prefixes || c->style->container & RULE_NO_PREFIXES;

	if (rule->flags & RULE_CLEAR) {
		if (!bare && rule->len)
			return refuse(c, err, "something after the clearing '!'");
		if (rule->len > 1) /* "!name" is a pattern */
			rule->flags &= ~(unsigned)RULE_CLEAR;
	} else if (rule->len == 0 && !(rule->flags & RULE_CVS)) {
		return refuse(c, err, "no pattern or file name");
	}
	if (rule->len >= RULE_TEXT_MAX)
		return refuse(c, err, "too long a pattern");
	if (rule->len == 0 && rule->flags & RULE_MERGE) {
		rule->pattern = ".cvsignore";
		rule->len = strlen(rule->pattern);
	}
	return 0;
}

/* The next rule. Returns 1, 0 at the end of the text, -EINVAL. */
static int next_rule(struct cursor *c, struct rule_text *rule, struct err *err)
{
	while (in_words(c) && !at_end(c) && (is_space(*c->at) || *c->at == '\0'))
		c->at++;
	if (at_end(c))
		return 0;

	c->start = c->at;
	unsigned sides = c->style->container & RULE_SIDES;
	rule->flags = c->style->container & RULE_INHERITED;
	int rc = take_front(c, &rule->flags, err);
	if (rc < 0)
		return rc;
	/* what one side reads as its own rule the other side would not know of */
	if (sides && rule->flags & RULE_SIDES)
		return refuse(c, err, "a side, although the merge rule names one,");
	rule->flags |= sides;

	rule->pattern = c->at;
	while (!at_end(c) && !(in_words(c) && (is_space(*c->at) || *c->at == '\0')))
		c->at++;
	rule->len = (size_t)(c->at - rule->pattern);
	rc = check_rule(c, rule, err);
	return rc < 0 ? rc : 1;
}

int rule_text_parse(const char *p, size_t len, const struct rule_style *style, const struct rule_taker *to,
		    struct err *err)
{
	struct cursor c = { .at = p, .end = p + len, .style = style };
	struct rule_text rule;

	for (;;) {
		int rc = next_rule(&c, &rule, err);
		if (rc <= 0)
			return rc;
		rc = to->add(to->ctx, &rule, err);
		if (rc < 0)
			return rc;
	}
}

static bool ends_line(char c, bool from0)
{
	return from0 ? c == '\0' : c == '\n' || c == '\r';
}

int rule_text_parse_file(const char *p, size_t len, const struct rule_style *style,
			 const struct rule_taker *to, struct err *err)
{
	const char *end = p + len;

	if (!style->from0 && len && memchr(p, '\0', len))
		return err_say(err, -EINVAL, "a NUL byte in a file of filter rules");
	if (style->container & RULE_WORDS)
		return rule_text_parse(p, len, style, to, err);
	while (p < end) {
		const char *eol = p;
		while (eol < end && !ends_line(*eol, style->from0))
			eol++;
		bool comment = !style->from0 && (*p == '#' || *p == ';');
		int rc = comment ? 0 : rule_text_parse(p, (size_t)(eol - p), style, to, err);
		if (rc < 0)
			return rc;
		p = eol + (eol < end);
	}
	return 0;
}

int rule_text_cvs_default(const struct rule_text *cvs, const struct rule_taker *to, struct err *err)
{
	static const char words[] =
		"RCS SCCS CVS CVS.adm RCSLOG cvslog.* tags TAGS .make.state .nse_depinfo *~ #* .#* ,* _$* *$ "
		"*.old *.bak *.BAK *.orig *.rej .del-* *.a *.olb *.o *.obj *.so *.exe *.Z *.elc *.ln core "
		".svn/ .git/ .hg/ .bzr/";
	struct rule_style style = { .container = cvs->flags | RULE_PERISHABLE };
	return rule_text_parse(words, sizeof words - 1, &style, to, err);
}

struct rule_text rule_text_self(const struct rule_text *merge)
{
	const char *slash = merge->len ? memrchr(merge->pattern, '/', merge->len) : NULL;
	const char *name = slash ? slash + 1 : merge->pattern;
	return (struct rule_text){ 0, name, (size_t)(merge->pattern + merge->len - name) };
}

static char *put_modifiers(char *to, unsigned flags)
{
	static const struct {
		unsigned flag;
		char letter;
	} letters[] = {
		{ RULE_ABSOLUTE, '/' }, { RULE_NEGATE, '!' },	  { RULE_PERISHABLE, 'p' },
		{ RULE_SENDER, 's' },	{ RULE_RECEIVER, 'r' },	  { RULE_XATTR, 'x' },
		{ RULE_WORDS, 'w' },	{ RULE_NO_INHERIT, 'n' }, { RULE_EXCLUDE_SELF, 'e' },
		{ RULE_CVS, 'C' },
	};
	unsigned merge_only = RULE_WORDS | RULE_NO_INHERIT | RULE_EXCLUDE_SELF | RULE_CVS;

	if (!(flags & RULE_MERGE))
		flags &= ~merge_only;
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		if (flags & letters[i].flag)
			*to++ = letters[i].letter;
	if (flags & RULE_MERGE && flags & RULE_NO_PREFIXES && !(flags & RULE_CVS))
		*to++ = flags & RULE_INCLUDE ? '+' : '-';
	return to;
}

int rule_text_format(struct strings *out, const struct rule_text *rule)
{
	char text[RULE_TEXT_MAX + 32], *to = text;

	if (rule->flags & RULE_CLEAR)
		return strings_add(out, "!", 1);
	CHECK(!(rule->flags & RULE_MERGE) || rule->flags & RULE_PER_DIR);
	CHECK(rule->len < RULE_TEXT_MAX);
	*to++ = rule->flags & RULE_MERGE ? ':' : rule->flags & RULE_INCLUDE ? '+' : '-';
	to = put_modifiers(to, rule->flags);
	*to++ = ' ';
	memcpy(to, rule->pattern, rule->len);
	return strings_add(out, text, (size_t)(to - text) + rule->len);
}

int rule_text_read(char **out, size_t *len, int fd, size_t max)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, max + 1); /* one byte more tells a full file from one that is too large */

	for (;;) {
		uint8_t *room = buf_reserve(&b, 1);
		if (!room)
			return -ENOMEM;
		ssize_t n = read(fd, room, b.cap - b.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		b.len += (size_t)n;
		if (b.len > max)
			return -EFBIG;
	}
	*len = b.len;
	*out = (char *)TAKE(b.data);
	return 0;
}
