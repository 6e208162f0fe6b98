#include "dbdump/cli/totals.h"

#include <errno.h>
#include <string.h>

#include "xfer/base/buf.h"

enum { DIGESTS_LIMIT = 1 << 30 };

static void add_digest(struct buf *to, const struct table_report *t, const struct rows_digest *d)
{
	buf_string(to, t->schema, strlen(t->schema));
	buf_string(to, t->name, strlen(t->name));
	buf_u64(to, d->rows);
	struct digest value = tree_digest_value(&d->sum);
	buf_bytes(to, value.byte, sizeof value.byte);
}

/* The tables are in one order at both ends: the source's. */
static int digests(struct totals *t, const struct report *r)
{
	AUTO(buf_fini) struct buf source, target;
	buf_init(&source, DIGESTS_LIMIT);
	buf_init(&target, DIGESTS_LIMIT);
	for (size_t i = 0; i < r->table_count; i++) {
		const struct table_report *table = &r->tables[i];
		if (!table->digested)
			continue;
		t->digested = true;
		add_digest(&source, table, &table->source);
		add_digest(&target, table, &table->target);
	}
	if (source.failed || target.failed)
		return -ENOMEM;
	t->source = hash_of(source.data, source.len);
	t->target = hash_of(target.data, target.len);
	t->equal = t->digested && digest_equal(&t->source, &t->target);
	return 0;
}

int totals_of(struct totals *t, const struct report *r)
{
	*t = (struct totals){ .tables = r->table_count };
	for (size_t i = 0; i < r->table_count; i++) {
		const struct table_report *table = &r->tables[i];
		t->by_verdict[table->verdict]++;
		t->live += table->live;
		t->uncounted += table->by_file && !table->read;
		t->reread = t->reread || table->reread;
		t->source_rows += table->source.rows;
		t->target_rows += table->target.rows;
		t->target_bytes += table->target.bytes;
	}
	for (size_t i = 0; i < r->kind_count; i++) {
		t->objects += r->kinds[i].source > r->kinds[i].target ? r->kinds[i].source
								      : r->kinds[i].target;
		t->different_objects += r->kinds[i].different;
	}
	return digests(t, r);
}
