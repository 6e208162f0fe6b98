#include "dbdump/archive/extent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/figure.h"

/* Of the parts of one table, by number. */
struct look {
	struct archive *a;
	const struct section *s;
	struct extent *e;
	struct payload payload;
	size_t at; /* of e's places */
};

static void where_of(char *out, size_t cap, const char *where)
{
	snprintf(out, cap, where[0] ? " of those where %.150s" : "%s", where);
}

void extent_range(char *out, size_t cap, const struct extent *e, size_t at, const char *where)
{
	char which[192];
	uint64_t before = 0;
	size_t last = at;
	for (size_t i = at; i-- > 0 && e->places[i].part == e->places[at].part;)
		before += e->places[i].rows;
	/* a large row: its number is in the last of its records */
	while (extent_goes_on(e, last))
		last++;
	where_of(which, sizeof which, where);
	snprintf(out, cap, "rows %s to %s%s", figure_count(before + 1).text,
		 figure_count(before + e->places[last].rows).text, which);
}

bool extent_goes_on(const struct extent *e, size_t at)
{
	const struct place *p = &e->places[at];
	return (p->flags & RECORD_MORE) && at + 1 < e->count && p[1].part == p->part &&
	       (p[1].flags & RECORD_REST) && p[1].type == p->type &&
	       p[1].offset == p->offset + RECORD_HEAD + p->stored;
}

bool extent_begins(const struct extent *e, size_t at)
{
	return !(e->places[at].flags & RECORD_REST) || (at && extent_goes_on(e, at - 1));
}

static void lacks(struct look *l, uint32_t part, const char *what, const char *more)
{
	char which[192];
	if (l->e->lacks)
		return;
	where_of(which, sizeof which, l->s->parts[part].where);
	if (asprintf(&l->e->lacks, "%s%s%s", what, which, more) < 0)
		l->e->lacks = NULL;
}

/* The end of a part, against the rows that are there. */
static void look_at_end(struct look *l, uint32_t part, const struct place *p, uint64_t rows)
{
	struct part_over over;
	struct buf b;
	struct err err;
	buf_init(&b, RECORD_MOST);
	if (archive_read(l->a, p, &l->payload, &b, &err) < 0 || part_over_unpack(&over, b.data, b.len) < 0) {
		lacks(l, part, "how many rows there were", " is damaged");
	} else {
		rows_digest_merge(&l->e->total, &over.digest);
		if (over.error[0]) {
			lacks(l, part, "the dump could not read all rows", ": ");
			char *both = NULL;
			if (l->e->lacks && asprintf(&both, "%s%s", l->e->lacks, over.error) >= 0) {
				free(l->e->lacks);
				l->e->lacks = both;
			}
		} else if (over.digest.rows != rows) {
			char more[96];
			snprintf(more, sizeof more, ": %s of %s are there", figure_count(rows).text,
				 figure_count(over.digest.rows).text);
			lacks(l, part, "rows are missing", more);
		}
	}
	buf_fini(&b);
}

static void look_at_part(struct look *l, uint32_t part)
{
	uint64_t rows = 0;
	const struct place *end = NULL;
	for (; l->at < l->e->count && l->e->places[l->at].part <= part; l->at++) {
		const struct place *p = &l->e->places[l->at];
		if (p->part < part)
			continue;
		rows += p->type == RECORD_ROWS && extent_begins(l->e, l->at) ? p->rows : 0;
		end = p->type == RECORD_PART ? p : end;
	}
	if (end) {
		look_at_end(l, part, end, rows);
	} else {
		char more[96];
		snprintf(more, sizeof more, ": it is cut short after row %s", figure_count(rows).text);
		lacks(l, part, rows ? "rows are missing" : "all rows are missing", rows ? more : "");
		l->e->total.rows += rows;
	}
}

struct extent *extents_new(struct archive *a, unsigned section, const struct section *s)
{
	size_t count = s->catalog.table_count;
	struct extent *all = calloc(count + 1, sizeof *all);
	struct payload payload = { 0 };
	if (!all || payload_init(&payload) < 0) {
		free(all);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		all[i].places = archive_places(a, section, (uint32_t)i, &all[i].count);
	/* the parts of a table come in the order of its places, others' between them */
	size_t *at = calloc(count + 1, sizeof *at);
	for (size_t i = 0; at && i < s->part_count; i++) {
		uint32_t table = s->parts[i].table;
		struct look l = { a, s, &all[table], payload, at[table] };
		look_at_part(&l, (uint32_t)i);
		at[table] = l.at;
	}
	payload_fini(&payload);
	if (!at) {
		extents_free(all, count);
		return NULL;
	}
	free(at);
	return all;
}

void extents_free(struct extent *e, size_t count)
{
	for (size_t i = 0; e && i < count; i++)
		free(e[i].lacks);
	free(e);
}
