#include "xfer/tree/linkmap.h"

#include <errno.h>
#include <stdlib.h>

#include "xfer/base/spill.h"

enum { FIRST_BITS = 7 };

/* Open addressing by the upper bits of the hash; what does not find room goes on behind the end. So the slots are nearly
 * in the hash's order, and a table of twice the size is filled from front to back. */
struct slot {
	uint64_t a, b, value; /* value 0: free */
};

struct linkmap {
	struct spill *slots;
	const char *dir;
	size_t memory, count;
	unsigned bits;
};

struct linkmap *linkmap_new(const char *dir, size_t memory)
{
	struct linkmap *m = calloc(1, sizeof *m);
	if (!m)
		return NULL;
	*m = (struct linkmap){ spill_new(dir, memory), dir, memory, 0, FIRST_BITS };
	if (!m->slots) {
		free(m);
		return NULL;
	}
	return m;
}

void linkmap_free(struct linkmap *m)
{
	if (m)
		spill_free(m->slots);
	free(m);
}

size_t linkmap_count(const struct linkmap *m)
{
	return m->count;
}

void linkmap_clear(struct linkmap *m)
{
	spill_cut(m->slots, 0);
	m->count = 0;
	m->bits = FIRST_BITS;
}

/* Where the pair is, or where it would be put. */
static int find(struct spill *slots, unsigned bits, struct slot *s, uint64_t *at, struct err *err)
{
	const uint64_t a = s->a, b = s->b;
	uint64_t h = (b ^ a << 40 ^ a >> 24) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	for (*at = (h >> (64 - bits)) * sizeof *s;; *at += sizeof *s) {
		int r = spill_read(slots, *at, s, sizeof *s, err);
		if (r < 0 || !s->value || (s->a == a && s->b == b))
			return r;
	}
}

static int grow(struct linkmap *m, struct err *err)
{
	struct spill *more = spill_new(m->dir, m->memory);
	int r = more ? 0 : err_set(err, -ENOMEM, "a table");
	for (uint64_t from = 0; r == 0 && from < spill_end(m->slots); from += sizeof(struct slot)) {
		struct slot old, there;
		uint64_t at;
		r = spill_read(m->slots, from, &old, sizeof old, err);
		if (r < 0 || !old.value)
			continue;
		there = old;
		r = find(more, m->bits + 1, &there, &at, err);
		if (r == 0)
			r = spill_write(more, at, &old, sizeof old, err);
	}
	if (r < 0) {
		spill_free(more);
		return r;
	}
	spill_free(m->slots);
	m->slots = more;
	m->bits++;
	return 0;
}

int linkmap_find(struct linkmap *m, uint64_t a, uint64_t b, uint64_t *value, struct err *err)
{
	uint64_t at;
	struct slot s = { a, b, 0 };
	int r = find(m->slots, m->bits, &s, &at, err);
	*value = s.value;
	return r;
}

int linkmap_first(struct linkmap *m, uint64_t a, uint64_t b, uint64_t *value, struct err *err)
{
	uint64_t at;
	struct slot s = { a, b, 0 };
	int r = m->count >> (m->bits - 2) >= 3 ? grow(m, err) : 0;
	if (r == 0)
		r = find(m->slots, m->bits, &s, &at, err);
	if (r == 0 && !s.value) {
		s = (struct slot){ a, b, *value };
		r = spill_write(m->slots, at, &s, sizeof s, err);
		m->count += r == 0;
	}
	*value = s.value;
	return r;
}
