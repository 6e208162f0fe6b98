#include "xfer/tree/nameset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/codec/hash.h"

enum { FIRST_SLOTS = 64, KEEP_SLOTS = 1 << 16 };

struct nameset {
	struct digest *slot; /* all zeros: free */
	size_t slots, count;
};

struct nameset *nameset_new(void)
{
	struct nameset *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->slots = FIRST_SLOTS;
	s->slot = calloc(s->slots, sizeof *s->slot);
	if (!s->slot) {
		free(s);
		return NULL;
	}
	return s;
}

void nameset_free(struct nameset *s)
{
	if (s)
		free(s->slot);
	free(s);
}

void nameset_clear(struct nameset *s)
{
	if (!s->count)
		return;
	if (s->slots > KEEP_SLOTS) {
		struct digest *small = calloc(FIRST_SLOTS, sizeof *small);
		if (small) {
			free(s->slot);
			s->slot = small;
			s->slots = FIRST_SLOTS;
		}
	}
	memset(s->slot, 0, s->slots * sizeof *s->slot);
	s->count = 0;
}

size_t nameset_count(const struct nameset *s)
{
	return s->count;
}

static const struct digest nothing;

/* Where d is, or where it would be put. */
static size_t find(const struct digest *slot, size_t slots, const struct digest *d)
{
	size_t i;
	memcpy(&i, d->byte, sizeof i);
	for (i &= slots - 1; !digest_equal(&slot[i], &nothing) && !digest_equal(&slot[i], d);
	     i = (i + 1) & (slots - 1))
		;
	return i;
}

static int grow(struct nameset *s)
{
	size_t slots = s->slots * 2;
	struct digest *slot = calloc(slots, sizeof *slot);
	if (!slot)
		return -ENOMEM;
	for (size_t i = 0; i < s->slots; i++)
		if (!digest_equal(&s->slot[i], &nothing))
			slot[find(slot, slots, &s->slot[i])] = s->slot[i];
	free(s->slot);
	s->slot = slot;
	s->slots = slots;
	return 0;
}

int nameset_add(struct nameset *s, const char *name, size_t len)
{
	if (s->count * 4 >= s->slots * 3 && grow(s) < 0)
		return -ENOMEM;
	struct digest d = hash_of(name, len);
	size_t i = find(s->slot, s->slots, &d);
	if (!digest_equal(&s->slot[i], &nothing))
		return 0;
	s->slot[i] = d;
	s->count++;
	return 1;
}

bool nameset_has(const struct nameset *s, const char *name, size_t len)
{
	struct digest d = hash_of(name, len);
	return !digest_equal(&s->slot[find(s->slot, s->slots, &d)], &nothing);
}
