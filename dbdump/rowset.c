#include "dbdump/rowset.h"

#include <stdlib.h>
#include <string.h>

struct rowset {
	struct row *rows;
	uint32_t *slots; /* one more than the index in rows; 0: free */
	size_t count, most, slot_count;
	size_t name_bytes, name_most;
};

struct rowset *rowset_new(size_t most, size_t name_bytes)
{
	struct rowset *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->most = most;
	s->name_most = name_bytes;
	s->slot_count = 2 * most + 1;
	s->rows = calloc(most, sizeof *s->rows);
	s->slots = calloc(s->slot_count, sizeof *s->slots);
	if (!s->rows || !s->slots) {
		rowset_free(s);
		return NULL;
	}
	return s;
}

static void free_names(struct rowset *s)
{
	for (size_t i = 0; s->rows && i < s->count; i++)
		free(s->rows[i].name);
}

void rowset_free(struct rowset *s)
{
	if (!s)
		return;
	free_names(s);
	free(s->rows);
	free(s->slots);
	free(s);
}

void rowset_clear(struct rowset *s)
{
	free_names(s);
	memset(s->slots, 0, s->slot_count * sizeof *s->slots);
	s->count = 0;
	s->name_bytes = 0;
}

static size_t first_slot(const struct rowset *s, const struct digest *d)
{
	uint64_t v;
	/* the half that buckets (narrow.c) are not chosen by */
	memcpy(&v, d->byte + sizeof d->byte - sizeof v, sizeof v);
	return (size_t)(v % s->slot_count);
}

struct row *rowset_row(struct rowset *s, const struct digest *d, bool *added)
{
	size_t at = first_slot(s, d);
	*added = false;
	for (; s->slots[at]; at = (at + 1) % s->slot_count)
		if (digest_equal(&s->rows[s->slots[at] - 1].digest, d))
			return &s->rows[s->slots[at] - 1];
	if (s->count == s->most)
		return NULL;
	struct row *r = &s->rows[s->count++];
	*r = (struct row){ .digest = *d };
	s->slots[at] = (uint32_t)s->count;
	*added = true;
	return r;
}

void rowset_name(struct rowset *s, struct row *r, const char *name)
{
	size_t need = strlen(name) + 1 + 2 * sizeof(size_t); /* and what malloc takes */
	if (need > s->name_most - s->name_bytes)
		return;
	r->name = strdup(name);
	s->name_bytes += r->name ? need : 0;
}

const struct row *rowset_all(const struct rowset *s, size_t *count)
{
	*count = s->count;
	return s->rows;
}
