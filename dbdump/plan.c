#include "dbdump/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/grow.h"
#include "dbdump/mark.h"
#include "dbdump/outcome.h"
#include "xfer/base/buf.h"
#include "xfer/base/fd.h"
#include "xfer/codec/hash.h"

enum {
	PARTS_EACH = 8,	      /* for a connection at least: an eighth is what one may end later */
	PART_LEAST = 8 << 20, /* below it statements cost more than the end gains */
};

struct ranked {
	size_t table;
	uint64_t bytes;
};

static int largest_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->table < y->table ? -1 : 1;
}

static bool has_rows(const struct table *t)
{
	return t && t->rows_kind != ROWS_NONE;
}

static uint64_t part_bytes(const struct plan_job *job)
{
	uint64_t total = 0;
	for (size_t i = 0; i < job->count; i++)
		total += has_rows(job->tables[i]) ? job->tables[i]->data_bytes : 0;
	uint64_t each = total / (PARTS_EACH * (uint64_t)job->connections);
	if (each > PLAN_PART_BYTES)
		return PLAN_PART_BYTES;
	return each < PART_LEAST ? PART_LEAST : each;
}

/* A server's signed number has 63 bits. That two of a plan have the same is as good as impossible; the second one would fail. */
static uint64_t id_of(const struct table *t, const char *where)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, SIZE_MAX / 4);
	buf_string(&b, t->schema, strlen(t->schema));
	buf_string(&b, t->name, strlen(t->name));
	buf_string(&b, where, strlen(where));
	if (b.failed)
		return 0;
	struct digest d = hash_of(b.data, b.len);
	uint64_t id = 0;
	for (size_t i = 0; i < sizeof id; i++)
		id = id << 8 | d.byte[i];
	id &= INT64_MAX;
	return id > MARK_TABLES ? id : MARK_TABLES + 1;
}

static int add_part(struct plan *p, const struct plan_job *job, size_t table, const char *where)
{
	uint64_t id = id_of(job->tables[table], where);
	struct part *grown = grow_by_one(p->parts, p->count, sizeof *grown);
	p->parts = grown ? grown : p->parts;
	if (!grown || !id)
		return -ENOMEM;
	p->parts[p->count++] = (struct part){ .table = table, .where = where, .id = id };
	return 0;
}

static int add_table(struct plan *p, const struct plan_job *job, size_t table, uint64_t each, struct err *err)
{
	const struct table *t = job->tables[table];
	struct strings *where = &p->wheres[table].where;
	struct err why = { 0 };
	int rc = 0;
	/* half as much again is not worth a second part */
	if (t->data_bytes > each + each / 2)
		rc = job->engine->split(job->session, t, each, &p->wheres[table], &why);
	if (rc < 0 && outcome_ends_run(rc)) {
		*err = why;
		return rc;
	}
	if (rc < 0)
		strings_cut(where, 0);
	if (!where->count && strings_add(where, "", 0) < 0)
		return err_set(err, -ENOMEM, "plan");
	for (size_t i = 0; i < where->count; i++)
		if (add_part(p, job, table, where->at[i]) < 0)
			return err_set(err, -ENOMEM, "plan");
	return 0;
}

static int make(struct plan *p, const struct plan_job *job, struct err *err)
{
	AUTO(fd_free_buffer) struct ranked *order = calloc(job->count + 1, sizeof *order);
	p->wheres = calloc(job->count + 1, sizeof *p->wheres);
	if (!order || !p->wheres)
		return err_set(err, -ENOMEM, "plan");
	p->table_count = job->count;
	for (size_t i = 0; i < job->count; i++) {
		const struct table *t = job->tables[i];
		order[i] = (struct ranked){ i, has_rows(t) ? t->data_bytes + t->index_bytes : 0 };
	}
	qsort(order, job->count, sizeof *order, largest_first);
	const uint64_t each = part_bytes(job);
	int rc = 0;
	for (size_t i = 0; i < job->count && rc == 0; i++)
		if (has_rows(job->tables[order[i].table]))
			rc = add_table(p, job, order[i].table, each, err);
	return rc;
}

int plan_make(struct plan *out, const struct plan_job *job, struct err *err)
{
	*out = (struct plan){ 0 };
	int rc = make(out, job, err);
	if (rc < 0)
		plan_fini(out);
	return rc;
}

void plan_fini(struct plan *p)
{
	for (size_t i = 0; i < p->table_count; i++)
		strings_fini(&p->wheres[i].where);
	free(p->wheres);
	free(p->parts);
	*p = (struct plan){ 0 };
}
