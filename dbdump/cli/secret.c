#include "dbdump/cli/secret.h"

#include <string.h>

/* to: behind the last byte of it. */
static void hide(char *from, char *to)
{
	if (to <= from)
		return;
	size_t rest = strlen(to), gone = (size_t)(to - from) - 1;
	*from = '*';
	memmove(from + 1, to, rest);
	explicit_bzero(from + 1 + rest, gone);
}

void secret_hide(char *text)
{
	static const char scheme[] = "://", key[] = "password=";
	char *user = strstr(text, scheme), *colon = user ? strchr(user + strlen(scheme), ':') : NULL;
	char *at = colon ? strrchr(colon, '@') : NULL;
	if (at)
		hide(colon + 1, at);
	/* libpq takes it there too, and sslpassword */
	for (char *p = user ? strcasestr(user, key) : NULL; p; p = strcasestr(p, key)) {
		p += strlen(key);
		hide(p, p + strcspn(p, "&#\" "));
	}
}
