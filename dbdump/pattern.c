#include <string.h>

#include "dbdump/uri.h"

/* The character at p: a byte, or all bytes of one in UTF-8. */
static size_t char_length(const char *p)
{
	size_t n = 1;
	while (((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Does what stands at *pattern, which is no *, match the beginning of *name? Both move on. */
static bool matches_one(const char **pattern, const char **name)
{
	const char *p = *pattern;
	if (!*p || !**name)
		return false;
	if (*p == '?') {
		*name += char_length(*name);
		*pattern += 1;
		return true;
	}
	p += *p == '\\' && p[1];
	if (*p != **name)
		return false;
	*pattern = p + 1;
	*name += 1;
	return true;
}

bool uri_pattern_matches(const char *pattern, const char *name)
{
	/* where to go back to: behind the last * in the pattern, and how much of the name it has taken */
	const char *star = NULL, *taken = NULL;
	while (*name || *pattern) {
		if (*pattern == '*') {
			star = ++pattern;
			taken = name;
		} else if (!matches_one(&pattern, &name)) {
			if (!star || !*taken)
				return false;
			taken += char_length(taken);
			pattern = star;
			name = taken;
		}
	}
	return true;
}

bool uri_pattern_is_name(const char *pattern, char *out)
{
	for (; *pattern; pattern++) {
		if (*pattern == '*' || *pattern == '?')
			return false;
		pattern += *pattern == '\\' && pattern[1];
		*out++ = *pattern;
	}
	*out = '\0';
	return true;
}

bool uri_wants(const struct uri *u, const char *database)
{
	for (size_t i = 0; i < u->databases.count; i++)
		if (uri_pattern_matches(u->databases.at[i], database))
			return true;
	return !u->databases.count;
}
