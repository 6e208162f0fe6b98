#include "scheduler/run/claims.h"

#include <string.h>

/* Without slashes at the end. */
static size_t path_len(const char *path)
{
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	return n;
}

/* Is a the same as b, or above it? */
static bool is_above(const char *a, const char *b)
{
	size_t n = path_len(a), m = path_len(b);
	return n <= m && !memcmp(a, b, n) && (n == m || b[n] == '/' || (n == 1 && a[0] == '/'));
}

static bool covers(const struct claims_found *f, const struct store_item *i)
{
	bool folder = !strcmp(i->kind, "files") || !strcmp(i->kind, "mail");
	if (!strcmp(f->kind, "home") || !strcmp(f->kind, "mailbox"))
		return folder && (is_above(i->value, f->name) || is_above(f->name, i->value));
	if (!strcmp(f->kind, "database"))
		return (f->engine ? !strcmp(i->kind, f->engine)
				  : !strcmp(i->kind, "mariadb") || !strcmp(i->kind, "postgresql")) &&
		       !strcmp(i->value, f->name);
	return !strcmp(i->kind, f->kind) && !strcmp(i->value, f->name);
}

bool claims_cover(const struct claims_found *found, const struct store_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (covers(found, &items[i]))
			return true;
	return false;
}
