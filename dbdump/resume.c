#include "dbdump/resume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "dbdump/mark.h"
#include "xfer/base/fd.h"
#include "xfer/base/figure.h"

static int by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

int resume_begin(struct resume *r, struct err *err)
{
	const struct engine *e = r->run->engine;
	int rc = e->noted(r->run->ends[1].session, &r->numbers, &r->count, err);
	if (rc == 0 && r->count)
		qsort(r->numbers, r->count, sizeof *r->numbers, by_number);
	return rc;
}

void resume_fini(struct resume *r)
{
	free(r->numbers);
	r->numbers = NULL;
}

static bool is_noted(const struct resume *r, uint64_t number)
{
	return bsearch(&number, r->numbers, r->count, sizeof number, by_number) != NULL;
}

/* A part that is in, and is none of the plan's, would come again in pieces of other sizes. */
static int mark_parts(const struct resume *r, struct plan *plan, struct err *err)
{
	size_t in = is_noted(r, MARK_TABLES);
	for (size_t i = 0; i < plan->count; i++) {
		plan->parts[i].in = is_noted(r, plan->parts[i].id);
		in += plan->parts[i].in;
	}
	if (in == r->count)
		return 0;
	return err_say(
		err, -EINVAL,
		"%s: what is there was loaded in other parts: --resume needs the --jobs that it had, and "
		"the same dbdump",
		r->run->job.uris[1]->shown);
}

/* What of one table is not sure to be there comes again, all of it. */
static int settle_table(const struct resume *r, struct plan *plan, const struct table *t, size_t table,
			struct err *err)
{
	AUTO(fd_free_buffer) uint64_t *in = calloc(plan->count + 1, sizeof *in);
	size_t count = 0;
	bool kept = true;
	if (!in)
		return err_set(err, -ENOMEM, "plan");
	for (size_t i = 0; i < plan->count; i++)
		if (plan->parts[i].table == table && plan->parts[i].in)
			in[count++] = plan->parts[i].id;
	int rc = r->run->engine->keeps(r->run->ends[1].session, t, in, count, &kept, err);
	for (size_t i = 0; i < plan->count && !kept; i++)
		plan->parts[i].in &= plan->parts[i].table != table;
	return rc;
}

static void tell(const struct resume *r, const struct plan *plan)
{
	AUTO(fd_free_buffer) char *text = NULL;
	size_t in = 0;
	for (size_t i = 0; i < plan->count; i++)
		in += plan->parts[i].in;
	if (asprintf(&text,
		     "%s: goes on with what an interrupted copy left: %s of %s parts of its rows are there",
		     r->run->job.uris[1]->shown, figure_count(in).text, figure_count(plan->count).text) < 0)
		text = NULL;
	if (text)
		watch_warn(r->run->watch, text);
}

int resume_plan(const struct resume *r, struct plan *plan, const struct catalog *catalog, struct err *err)
{
	int rc = mark_parts(r, plan, err);
	for (size_t i = 0; i < catalog->table_count && rc == 0 && r->run->engine->keeps; i++)
		if (catalog->tables[i].rows_kind != ROWS_NONE)
			rc = settle_table(r, plan, &catalog->tables[i], i, err);
	if (rc == 0)
		tell(r, plan);
	return rc;
}
