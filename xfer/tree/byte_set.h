/* byte_set.h - a set of bytes, as written between brackets in a pattern. A value type, no ownership. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_set {
	uint64_t bits[4];
};

/* Reads the set that begins with the '[' at p[0]. Returns the bytes it takes, its ']' included, or 0 when
 * it is not closed or names an unknown class. *set need not be initialised. */
size_t byte_set_parse(struct byte_set *set, const char *p, size_t len);

void byte_set_remove(struct byte_set *set, char c);

static inline bool byte_set_has(const struct byte_set *set, char c)
{
	return set->bits[(uint8_t)c >> 6] >> ((uint8_t)c & 63) & 1;
}
