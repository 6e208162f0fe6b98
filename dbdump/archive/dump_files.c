#include <errno.h>
#include <stdlib.h>

#include "dbdump/archive/dump_impl.h"
#include "xfer/base/fd.h"

static struct end *source(const struct part_dump *d)
{
	return &d->run->ends[0];
}

bool dump_is_file(const struct part_dump *d, const struct scan_task *task)
{
	return source(d)->catalog.tables[task->index].by_file;
}

/* A table's parts stand behind each other already. */
int dump_sort_parts(struct part_dump *d, struct err *err)
{
	const struct catalog *c = &source(d)->catalog;
	struct plan *p = &d->plan;
	struct part *sorted = calloc(p->count + 1, sizeof *sorted);
	size_t n = 0;
	if (!sorted)
		return err_set(err, -ENOMEM, "plan");
	for (size_t i = 0; i < p->count; i++)
		if (!c->tables[p->parts[i].table].by_file)
			sorted[n++] = p->parts[i];
	d->rows_parts = n;
	for (size_t i = 0; i < p->count; i++)
		if (c->tables[p->parts[i].table].by_file)
			sorted[n++] = p->parts[i];
	free(p->parts);
	p->parts = sorted;
	return 0;
}

/* Of tables that go as their files, when that is all that will be compared. */
static int count_rows(struct part_dump *d, size_t i)
{
	struct scan_task *task = &d->tasks[i];
	if (i > d->rows_parts && d->tasks[i - 1].index == task->index)
		return 0; /* it was counted with the first */
	return task->rc = d->run->engine->count(source(d)->session, 0, task->table, &d->read[i].rows,
						&task->err);
}

/* Behind the destination's word: rank by rank, are they in? */
static int is_in(const struct part_dump *d, const struct buf *bits, const struct scan_task *task)
{
	uint32_t rank = d->ranks[task->index];
	return bits->data[rank / 8] >> rank % 8 & 1;
}

/* The parts from first on, all of one table, as rows after all. */
static int send_rows(struct part_dump *d, size_t first, size_t count, struct err *err)
{
	source(d)->catalog.tables[d->tasks[first].index].by_file = false;
	for (size_t i = first; i < first + count; i++) {
		d->read[i] = (struct rows_digest){ 0 };
		d->tasks[i].rc = 0;
	}
	return dump_scan(d, first, count, err);
}

int dump_file_tables(struct part_dump *d, struct err *err)
{
	AUTO(buf_fini) struct buf bits;
	size_t tables = source(d)->catalog.table_count;
	int rc = 0;
	buf_init(&bits, tables / 8 + 1);
	if (!d->ferries)
		return 0;
	for (size_t i = d->rows_parts; d->files.verify == VERIFY_COUNTS && i < d->plan.count; i++)
		if (count_rows(d, i) < 0 && (rc = watch_stopped(d->run->watch, err)) < 0)
			return rc;
	rc = files_await(d->run, &bits, err);
	if (rc == 0 && bits.len != tables / 8 + 1)
		rc = err_say(err, -EBADMSG, "what the destination says of its tables does not parse");
	for (size_t i = d->rows_parts, n; rc == 0 && i < d->plan.count; i += n) {
		for (n = 1; i + n < d->plan.count && d->tasks[i + n].index == d->tasks[i].index; n++)
			;
		if (!is_in(d, &bits, &d->tasks[i]))
			rc = send_rows(d, i, n, err);
		for (size_t k = i; rc == 0 && k < i + n && dump_is_file(d, &d->tasks[k]); k++)
			dump_end_part(d, &d->tasks[k]);
	}
	return rc ? rc : watch_stopped(d->run->watch, err);
}
