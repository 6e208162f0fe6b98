#include "scheduler/cli/secret.h"

#include <string.h>

/* The bytes from..end become one star. */
static void star(char *from, char *end)
{
	if (from >= end)
		return;
	size_t tail = strlen(end);
	from[0] = '*';
	memmove(from + 1, end, tail);
	explicit_bzero(from + 1 + tail, (size_t)(end - from) - 1);
}

void secret_cover(char *text)
{
	char *authority = strstr(text, "://");
	if (!authority)
		return;
	authority += 3;
	char *at = strrchr(authority, '@');
	char *colon = at ? memchr(authority, ':', (size_t)(at - authority)) : NULL;
	if (colon)
		star(colon + 1, at);
	for (char *p = authority; (p = strcasestr(p, "password="));) {
		p += strlen("password=");
		star(p, p + strcspn(p, "& #\"'"));
	}
}
