/* reported.h - a report of a copy with something of everything: what is told and heard in test_tell.c, and recorded for fuzzing. */
#pragma once
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/report_add.h"

static inline void reported_narrowed(struct narrowed *n)
{
	*n = (struct narrowed){ .done = true, .missing = 1, .named_count = 1 };
	n->named[0] = (struct row_difference){ DIFFERENCE_MISSING, strdup("id=17") };
	n->first = strdup("id=17");
	n->last = strdup("id=19");
}

/* Dies when there is no memory. */
static inline void reported_fill(struct report *r)
{
	struct column column = { .name = NULL };
	char schema[] = "shop", name[] = "orders";
	const struct table t = { .schema = schema, .name = name, .rows_kind = ROWS_LIVE, .columns = &column };
	struct err err;
	err_say(&err, -ENOSPC, "full");
	if (report_table(r, &t))
		abort();
	struct table_report *got = &r->tables[0];
	got->read = got->reread = got->digested = got->by_file = true;
	got->source = (struct rows_digest){ 10, 200, { 3, 4 } };
	got->target = (struct rows_digest){ 9, 180, { 5, 6 } };
	got->verdict = VERDICT_DIFFERENT;
	reported_narrowed(&got->narrowed);
	report_kind(r, "view")->different = 2;
	if (report_object(r, DIFFERENCE_CHANGED, "view", "shop.v") ||
	    !report_failure(r, "rows", "shop.x", &err) ||
	    report_moment(r, NULL, &(struct snapshot){ .position = "bin.1:4" }) ||
	    report_phase(r, "schema", 1.5) || strings_add(&r->warnings, "w", 1) ||
	    strings_add(&r->databases, "shop", 4))
		abort();
	r->rows = 10;
	r->verified = VERIFY_ROWS;
	r->status = 40;
}
