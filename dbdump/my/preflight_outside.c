/* preflight_outside.c - preflight.h's look at tables of which only their whole definition says whether they lead out of the database:
 * those that merge others, and partitions in folders of their own. */
#include <errno.h>

#include "dbdump/my/admit_table.h"
#include "dbdump/my/form.h"
#include "dbdump/my/preflight.h"

/* What keeps it from being made, as a copy finds it (admit.h); NULL: nothing of the kind. */
static const char *leads_out(const char *definition, const struct strings *databases)
{
	struct form f = form_of(definition, NULL, databases);
	struct admitted a = { .kind = "table", .databases = databases };
	if (!form_is(&f, "CREATE TABLE #") || admit_table_rest(&f, &a))
		return NULL;
	return a.why;
}

static int look_table(struct look *l, const char *schema, const char *name, struct err *err)
{
	static const struct check outside = {
		.code = "outside",
		.kind = CHECK_SOURCE,
		.reason = "$1: such a table is not made",
		.remedy = "see that it is meant to, and copy with --allow-outside"
	};
	struct session *s = l->at[END_SOURCE];
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_define(&s->control, &r, NULL, "SHOW CREATE TABLE %i.%i", schema, name);
	if (status == -ECONNRESET)
		return conn_error(&s->control, err);
	const char *why = !status && rows_next(&r) ? leads_out(r.at[1], s->job.databases) : NULL;
	return why ? look_found(l, &outside, (const char *const[]){ "table", schema, name, why, "" }, err)
		   : 0;
}

int look_outside(struct look *l, struct err *err)
{
	static const char sql[] =
		"SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA IN ($D) AND"
		" TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND (ENGINE = 'MRG_MyISAM' OR CREATE_OPTIONS LIKE '%partitioned%')";
	const struct options *o = l->job->options;
	AUTO(answer_fini) struct answer a = { 0 };
	int status = o->allow_outside || o->data_only ? 0 : look_ask(l, END_SOURCE, sql, &a, err);
	for (size_t i = 0; !status && i < answer_rows(&a); i++)
		if (session_wants(l->at[END_SOURCE], answer_cell(&a, i, 0), answer_cell(&a, i, 1)))
			status = look_table(l, answer_cell(&a, i, 0), answer_cell(&a, i, 1), err);
	return status;
}
