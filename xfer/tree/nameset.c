#include "xfer/tree/nameset.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/codec/hash.h"
#include "xfer/tree/linkmap.h"

/* From the halves of a name's hash to the number of the name. */
struct nameset {
	struct linkmap *map;
};

struct nameset *nameset_new(const char *dir, size_t memory)
{
	struct nameset *s = calloc(1, sizeof *s);
	if (s && !(s->map = linkmap_new(dir, memory))) {
		free(s);
		return NULL;
	}
	return s;
}

void nameset_free(struct nameset *s)
{
	if (s)
		linkmap_free(s->map);
	free(s);
}

void nameset_clear(struct nameset *s)
{
	linkmap_clear(s->map);
}

size_t nameset_count(const struct nameset *s)
{
	return linkmap_count(s->map);
}

static void halves(uint64_t half[static 2], const char *name, size_t len)
{
	struct digest d = hash_of(name, len);
	memcpy(half, d.byte, sizeof d.byte);
}

int nameset_add(struct nameset *s, const char *name, size_t len, struct err *err)
{
	uint64_t half[2], number = linkmap_count(s->map) + 1, first = number;
	halves(half, name, len);
	int r = linkmap_first(s->map, half[0], half[1], &first, err);
	return r < 0 ? r : first == number;
}

int nameset_has(struct nameset *s, const char *name, size_t len, struct err *err)
{
	uint64_t half[2], number;
	halves(half, name, len);
	int r = linkmap_find(s->map, half[0], half[1], &number, err);
	return r < 0 ? r : number != 0;
}
