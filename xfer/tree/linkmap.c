#include "xfer/tree/linkmap.h"

#include <stdlib.h>

struct slot {
	uint64_t dev, ino, value; /* value 0: free */
};

struct linkmap {
	struct slot *slot;
	size_t slots, count;
};

struct linkmap *linkmap_new(void)
{
	struct linkmap *m = calloc(1, sizeof *m);
	if (!m)
		return NULL;
	m->slots = 64;
	m->slot = calloc(m->slots, sizeof *m->slot);
	if (!m->slot) {
		free(m);
		return NULL;
	}
	return m;
}

void linkmap_free(struct linkmap *m)
{
	if (m)
		free(m->slot);
	free(m);
}

static struct slot *find(struct slot *slot, size_t slots, uint64_t dev, uint64_t ino)
{
	uint64_t h = (ino ^ dev << 40) * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (h ^ h >> 32) & (slots - 1);
	while (slot[i].value && !(slot[i].dev == dev && slot[i].ino == ino))
		i = (i + 1) & (slots - 1);
	return &slot[i];
}

static int grow(struct linkmap *m)
{
	size_t slots = m->slots * 2;
	struct slot *slot = calloc(slots, sizeof *slot);
	if (!slot)
		return -1;
	for (size_t i = 0; i < m->slots; i++)
		if (m->slot[i].value)
			*find(slot, slots, m->slot[i].dev, m->slot[i].ino) = m->slot[i];
	free(m->slot);
	m->slot = slot;
	m->slots = slots;
	return 0;
}

uint64_t linkmap_first(struct linkmap *m, dev_t dev, ino_t ino, uint64_t value)
{
	if (m->count * 4 >= m->slots * 3 && grow(m) < 0)
		return 0;
	struct slot *s = find(m->slot, m->slots, dev, ino);
	if (!s->value) {
		*s = (struct slot){ dev, ino, value };
		m->count++;
	}
	return s->value;
}
