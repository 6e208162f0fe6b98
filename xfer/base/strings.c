#include "xfer/base/strings.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 8 };

/* The array has room for FIRST_ROOM strings, then for twice as many each time it was full, so it is full
 * exactly when the count is nothing or such a power of two. */
static int make_room(struct strings *s)
{
	bool full = s->count == 0 || (s->count >= FIRST_ROOM && (s->count & (s->count - 1)) == 0);
	if (!full)
		return 0;
	size_t room = s->count == 0 ? FIRST_ROOM : s->count * 2;
	char **grown = reallocarray(s->at, room, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	s->at = grown;
	return 0;
}

int strings_add(struct strings *s, const char *p, size_t len)
{
	if (len == SIZE_MAX || make_room(s) < 0)
		return -ENOMEM;
	char *copy = malloc(len + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, p, len);
	copy[len] = '\0';
	s->at[s->count++] = copy;
	return 0;
}

void strings_cut(struct strings *s, size_t count)
{
	while (s->count > count)
		free(s->at[--s->count]);
}

void strings_fini(struct strings *s)
{
	strings_cut(s, 0);
	free(s->at);
	*s = (struct strings){ 0 };
}
