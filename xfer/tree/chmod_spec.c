#include "xfer/tree/chmod_spec.h"
#include "xfer/base/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PERMS = 07777, ANY_X = 0111 };
enum scope { SCOPE_ALL, SCOPE_DIRS, SCOPE_FILES };

struct clause {
	enum scope scope;
	char op;	/* + - = or 0: octal, which replaces everything */
	mode_t who;	/* 0100, 0010 and 0001 in any sum */
	mode_t what;	/* the permissions of one who, 0 to 7; octal: all of them */
	mode_t who_top; /* the bits of s that belong to who */
	mode_t top;	/* s and t, already placed */
	mode_t mask;	/* what the clause may touch: less than PERMS when the umask counts */
	int copy_shift; /* what is taken from the mode, from there; -1: no copy */
	bool x_if_any;	/* X */
};

struct chmod_spec {
	size_t count;
	struct clause at[];
};

struct scan {
	const char *at, *end;
};

static char next_of(struct scan *s, const char *set)
{
	if (s->at == s->end || !strchr(set, *s->at))
		return 0;
	return *s->at++;
}

static bool parse_octal(struct clause *c, struct scan *s)
{
	while (s->at < s->end && *s->at >= '0' && *s->at <= '7') {
		c->what = c->what * 8 + (mode_t)(*s->at++ - '0');
		if (c->what > PERMS)
			return false;
	}
	return s->at == s->end;
}

/* D, F, u, g, o and a, in any order; D and F exclude each other. */
static bool parse_who(struct clause *c, struct scan *s)
{
	for (char ch; (ch = next_of(s, "DFugoa"));) {
		enum scope scope = ch == 'D' ? SCOPE_DIRS : ch == 'F' ? SCOPE_FILES : SCOPE_ALL;
		if (scope && c->scope && scope != c->scope)
			return false;
		if (scope)
			c->scope = scope;
		if (ch == 'u' || ch == 'a')
			c->who |= 0100, c->who_top |= S_ISUID;
		if (ch == 'g' || ch == 'a')
			c->who |= 0010, c->who_top |= S_ISGID;
		if (ch == 'o' || ch == 'a')
			c->who |= 0001;
	}
	return true;
}

static bool parse_what(struct clause *c, struct scan *s)
{
	char from = next_of(s, "ugo");
	if (from) {
		c->copy_shift = from == 'u' ? 6 : from == 'g' ? 3 : 0;
		return s->at == s->end;
	}
	for (char ch; (ch = next_of(s, "rwxXst"));) {
		c->what |= ch == 'r' ? 4 : ch == 'w' ? 2 : ch == 'x' || ch == 'X' ? 1 : 0;
		c->x_if_any |= ch == 'X';
		/* s for others, or for nobody in particular, is the user's: rsync's choice */
		c->top |= ch == 's' ? (c->who_top ? c->who_top : S_ISUID) : ch == 't' ? S_ISVTX : 0;
	}
	return s->at == s->end;
}

static bool parse_clause(struct clause *c, struct scan s, mode_t umasked)
{
	*c = (struct clause){ .copy_shift = -1, .mask = PERMS };
	if (!parse_who(c, &s))
		return false;
	if (!c->who && s.at < s.end && *s.at >= '0' && *s.at <= '7')
		return parse_octal(c, &s);
	c->op = next_of(&s, "+-=");
	if (!c->op)
		return false;
	if (!c->who) {
		c->who = ANY_X;
		c->mask = (mode_t)(PERMS & ~umasked);
	}
	return parse_what(c, &s);
}

static mode_t umask_now(void)
{
	mode_t now = umask(077); /* there is no way to look without setting, before Linux 4.7 */
	umask(now);
	return now;
}

static void chmod_freep(struct chmod_spec **spec)
{
	chmod_free(*spec);
}

int chmod_parse(struct chmod_spec **out, const char *text, struct err *err)
{
	size_t count = 1;
	for (const char *p = text; *p; p++)
		count += *p == ',';
	AUTO(chmod_freep) struct chmod_spec *spec = calloc(1, sizeof *spec + count * sizeof *spec->at);
	if (!spec)
		return err_set(err, -ENOMEM, "--chmod");

	mode_t umasked = umask_now();
	for (const char *p = text; spec->count < count; spec->count++) {
		struct scan s = { p, strchrnul(p, ',') };
		if (!parse_clause(&spec->at[spec->count], s, umasked))
			return err_say(err, -EINVAL, "--chmod=%s: \"%.*s\" is not a mode", text,
				       (int)(s.end - s.at), s.at);
		p = s.end + 1;
	}
	*out = TAKE(spec);
	return 0;
}

void chmod_free(struct chmod_spec *spec)
{
	free(spec);
}

/* What an = clears apart from the permissions of who. A copy takes all three of who's top bits away, a list
 * of permissions only those that it could have set, and only when it speaks of them: so u=rwx keeps a set-user-id
 * bit and u=g does not. That is what rsync does, found by trying. */
static mode_t cleared_top(const struct clause *c)
{
	if (c->copy_shift < 0)
		return c->top ? c->who_top : 0;
	return (mode_t)((c->who & 0100 ? S_ISUID : 0) | (c->who & 0010 ? S_ISGID : 0) |
			(c->who & 0001 ? S_ISVTX : 0));
}

static mode_t apply_clause(const struct clause *c, mode_t mode, bool x_allowed)
{
	if (!c->op)
		return c->what;
	mode_t what = c->copy_shift < 0 ? c->what : (mode >> c->copy_shift) & 7;
	mode_t bits = ((c->who * what) & c->mask) | c->top;
	if (c->op == '-')
		return mode & ~bits;
	if (c->x_if_any && !x_allowed)
		bits &= ~(mode_t)ANY_X;
	if (c->op == '=')
		mode &= ~(c->who * 7 | cleared_top(c));
	return mode | bits;
}

mode_t chmod_apply(const struct chmod_spec *spec, mode_t mode)
{
	if (!spec || S_ISLNK(mode))
		return mode;
	bool dir = S_ISDIR(mode), x_allowed = dir || (mode & ANY_X);
	mode_t perms = mode & PERMS;
	for (size_t i = 0; i < spec->count; i++) {
		const struct clause *c = &spec->at[i];
		if (c->scope != (dir ? SCOPE_FILES : SCOPE_DIRS))
			perms = apply_clause(c, perms, x_allowed);
	}
	return (mode & ~(mode_t)PERMS) | perms;
}
