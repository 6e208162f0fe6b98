#include "dbdump/archive/archive_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/fd.h"

bool index_trailer(const struct archive *a, struct edge *out)
{
	uint8_t edge[FORMAT_EDGE];
	return a->bytes >= 2 * FORMAT_EDGE &&
	       fd_read_at(a->fd, edge, sizeof edge, a->bytes - sizeof edge) == sizeof edge &&
	       edge_parse(out, edge) == 0 && out->last;
}

/* Places are taken from the index as it is read, so that it is not in memory twice. */
struct taking {
	struct archive *a;
	struct buf rest; /* the begin of a place whose end is in the next record */
	struct place last;
};

enum { PLACE_MOST = 2 + 6 * 10 };

static int take(struct taking *t, bool all)
{
	struct reader in = reader_of(t->rest.data, t->rest.len);
	size_t spare = all ? 0 : PLACE_MOST;
	while ((size_t)(in.end - in.at) > spare) {
		struct place p;
		place_unpack(&p, &in, &t->last);
		if (in.failed || p.offset > t->a->bytes ||
		    t->a->bytes - p.offset < RECORD_HEAD + (uint64_t)p.stored)
			return -EBADMSG;
		if (index_add(&t->a->index, &p))
			return -ENOMEM;
		t->last = p;
	}
	size_t left = (size_t)(in.end - in.at);
	if (left)
		memmove(t->rest.data, in.at, left);
	t->rest.len = left;
	return 0;
}

static int read_index(struct archive *a, uint64_t offset, struct err *err)
{
	struct taking t = { .a = a };
	uint8_t head[RECORD_HEAD];
	struct record r = { .flags = RECORD_MORE };
	int rc = 0;
	buf_init(&t.rest, 2 * RECORD_MOST);
	while (rc == 0 && (r.flags & RECORD_MORE)) {
		if (fd_read_at(a->fd, head, sizeof head, offset) != sizeof head ||
		    record_parse(&r, head, a->id) < 0 || r.type != RECORD_INDEX)
			rc = -EBADMSG;
		const struct place p = place_of_record(&r, offset);
		if (rc == 0)
			rc = archive_read(a, &p, &a->payload, &t.rest, err);
		if (rc == 0)
			rc = take(&t, !(r.flags & RECORD_MORE));
		if (rc == -ENOMEM)
			err_set(err, rc, "%s", a->shown);
		offset += RECORD_HEAD + r.stored;
	}
	buf_fini(&t.rest);
	return rc;
}

__attribute__((format(printf, 2, 3))) static void note(struct archive *a, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	archive_damaged(a, "archive", a->shown, text);
}

/* Every record that is whole, or of which the head is: what is damaged in it is seen when it is read. */
static int find_all(struct archive *a, struct stream *s, struct err *err)
{
	struct found f;
	bool ended = false;
	int rc;
	while ((rc = stream_next(s, &a->payload, &f, err)) > 0) {
		const struct place p = place_of_record(&f.record, f.offset);
		if (f.missing)
			note(a, "%llu records are damaged or missing before byte %llu",
			     (unsigned long long)f.missing, (unsigned long long)f.offset);
		ended = ended || f.record.type == RECORD_END;
		if (f.record.type < RECORD_INDEX && index_add(&a->index, &p))
			return err_set(err, -ENOMEM, "%s", a->shown);
	}
	if (rc == 0 && ended)
		note(a, "its index is damaged: all of it was read to find what it holds");
	else if (rc == 0)
		note(a, "it is cut short, after %llu bytes", (unsigned long long)a->bytes);
	return rc;
}

static int scan(struct archive *a, const volatile int *stop, struct err *err)
{
	struct stream *s;
	const struct stream_job job = { a->fd, a->shown, a->id, stop };
	index_fini(&a->index);
	if (lseek(a->fd, 0, SEEK_SET) < 0)
		return err_set(err, -EIO, "%s", a->shown);
	int rc = stream_new(&s, &job, err);
	if (rc < 0)
		return rc;
	rc = find_all(a, s, err);
	stream_free(s);
	return rc;
}

static bool is_of_table(const struct place *p)
{
	return p->type == RECORD_ROWS || p->type == RECORD_PART;
}

static int by_table(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	bool of_x = is_of_table(x), of_y = is_of_table(y);
	if (of_x != of_y)
		return of_x ? 1 : -1;
	if (of_x && x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (of_x && x->table != y->table)
		return x->table < y->table ? -1 : 1;
	if (of_x && x->part != y->part)
		return x->part < y->part ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

int index_load(struct archive *a, const struct edge *trailer, const volatile int *stop, struct err *err)
{
	struct err why;
	int rc = trailer ? read_index(a, trailer->offset, &why) : -EBADMSG;
	if (rc < 0 && rc != -EBADMSG)
		*err = why;
	if (rc == -EBADMSG)
		rc = scan(a, stop, err);
	if (rc < 0)
		return rc;
	struct index *x = &a->index;
	if (x->count)
		qsort(x->at, x->count, sizeof *x->at, by_table);
	while (a->tables < x->count && !is_of_table(&x->at[a->tables]))
		a->tables++;
	return 0;
}

/* The first place that is not before this table's. */
static size_t lower(const struct archive *a, unsigned section, uint64_t table)
{
	size_t low = a->tables, high = a->index.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct place *p = &a->index.at[middle];
		if (p->section < section || (p->section == section && p->table < table))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct place *archive_places(const struct archive *a, unsigned section, uint32_t table, size_t *count)
{
	size_t from = lower(a, section, table);
	*count = lower(a, section, (uint64_t)table + 1) - from;
	return *count ? &a->index.at[from] : NULL;
}
