/* strings.h - a list of strings in the order given.
 *
 * The list owns its strings. It starts as all zeros and grows through strings_add only, which keeps room
 * by the count alone: a list whose array somebody else allocated must not be added to. One owner. */
#pragma once
#include <stddef.h>

struct strings {
	char **at;
	size_t count;
};

/* Appends a terminated copy of p[0..len). Returns 0 or -ENOMEM, and then the list is as it was. */
int strings_add(struct strings *s, const char *p, size_t len);

/* Frees the strings from index count on; the list keeps its first count. */
void strings_cut(struct strings *s, size_t count);

/* Frees everything and leaves an empty list; s may be all zeros. */
void strings_fini(struct strings *s);
