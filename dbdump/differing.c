#include "dbdump/differing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/grow.h"

enum {
	KEYS_MOST = 4 << 20,		    /* 64 MiB; what is more is counted, but not paired */
	FIRST_MOST = 2 * REPORT_ROWS_NAMED, /* a changed row takes two */
};

struct named {
	char *name;
	bool missing;
};

struct differing {
	struct keyed {
		uint64_t key;
		int64_t surplus;
	} * keys;
	size_t count;
	uint64_t missing, extra; /* of those that are not among the keys */
	struct named first[FIRST_MOST];
	size_t first_count;
	char *last;
};

struct differing *differing_new(void)
{
	return calloc(1, sizeof(struct differing));
}

void differing_free(struct differing *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->first_count; i++)
		free(d->first[i].name);
	free(d->last);
	free(d->keys);
	free(d);
}

/* Numbers in names by their value: "id=9" comes before "id=10". */
static int by_name(const struct named *a, const struct named *b)
{
	int order = strverscmp(a->name, b->name);
	return order ? order : (int)b->missing - (int)a->missing;
}

/* Keeps it when it is among the first ones. */
static int keep_first(struct differing *d, const char *name, bool missing)
{
	struct named n = { .name = (char *)name, .missing = missing };
	size_t at = d->first_count;
	while (at && by_name(&n, &d->first[at - 1]) < 0)
		at--;
	if (at == FIRST_MOST || (at && by_name(&n, &d->first[at - 1]) == 0))
		return 0;
	n.name = strdup(name);
	if (!n.name)
		return -ENOMEM;
	if (d->first_count == FIRST_MOST)
		free(d->first[--d->first_count].name);
	memmove(&d->first[at + 1], &d->first[at], (d->first_count - at) * sizeof *d->first);
	d->first[at] = n;
	d->first_count++;
	return 0;
}

static int keep_last(struct differing *d, const char *name)
{
	if (d->last && strverscmp(name, d->last) <= 0)
		return 0;
	char *copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	free(d->last);
	d->last = copy;
	return 0;
}

static int add(struct differing *d, const struct row *r)
{
	uint64_t n = (uint64_t)(r->surplus < 0 ? -r->surplus : r->surplus);
	if (d->count == KEYS_MOST) {
		*(r->surplus > 0 ? &d->missing : &d->extra) += n;
	} else {
		struct keyed *grown = grow_by_one(d->keys, d->count, sizeof *grown);
		if (!grown)
			return -ENOMEM;
		d->keys = grown;
		d->keys[d->count++] = (struct keyed){ r->key, r->surplus };
	}
	if (!r->name)
		return 0;
	int rc = keep_first(d, r->name, r->surplus > 0);
	return rc ? rc : keep_last(d, r->name);
}

int differing_add(struct differing *d, const struct row *rows, size_t count)
{
	int rc = 0;
	for (size_t i = 0; i < count && rc == 0; i++)
		if (rows[i].surplus)
			rc = add(d, &rows[i]);
	return rc;
}

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	return x->key < y->key ? -1 : x->key > y->key;
}

/* Counts the keys from at on that are the same. Returns where they end. */
static size_t count_key(const struct differing *d, size_t at, bool keyed, struct narrowed *to)
{
	uint64_t missing = 0, extra = 0;
	size_t end = at;
	for (; end < d->count && d->keys[end].key == d->keys[at].key; end++) {
		int64_t n = d->keys[end].surplus;
		*(n > 0 ? &missing : &extra) += (uint64_t)(n < 0 ? -n : n);
	}
	uint64_t changed = !keyed ? 0 : missing < extra ? missing : extra;
	to->missing += missing - changed;
	to->extra += extra - changed;
	to->changed += changed;
	return end;
}

/* Hands the first names over. */
static void name_first(struct differing *d, bool keyed, struct narrowed *to)
{
	for (size_t i = 0; i < d->first_count && to->named_count < REPORT_ROWS_NAMED; i++) {
		struct named *n = &d->first[i];
		struct row_difference *r = &to->named[to->named_count++];
		*r = (struct row_difference){ n->missing ? DIFFERENCE_MISSING : DIFFERENCE_EXTRA, n->name };
		n->name = NULL;
		/* its other content follows directly: missing comes first */
		if (keyed && i + 1 < d->first_count && strcmp(d->first[i + 1].name, r->name) == 0) {
			r->what = DIFFERENCE_CHANGED;
			i++;
		}
	}
}

int differing_tell(struct differing *d, bool keyed, struct narrowed *to)
{
	if (d->count)
		qsort(d->keys, d->count, sizeof *d->keys, by_key);
	to->missing = d->missing;
	to->extra = d->extra;
	for (size_t at = 0; at < d->count;)
		at = count_key(d, at, keyed, to);
	if (d->first_count) {
		to->first = strdup(d->first[0].name);
		to->last = strdup(d->last);
		if (!to->first || !to->last)
			return -ENOMEM;
	}
	name_first(d, keyed, to);
	return 0;
}
