#include "dbdump/pg/resume.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/mark.h"
#include "dbdump/pg/mend.h"
#include "dbdump/pg/text.h"

static int refuse(const struct session *s, const char *why, struct err *err)
{
	return mark_refuse_resume(err, s->control.where, why);
}

/* Row 0 is there until the server crashes. */
static int check_parts(struct session *s, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	int r = conn_query(&rows, &s->control, "mark",
			   "SELECT part FROM " MARK_NAME ".parts WHERE part IN (0, 1) ORDER BY part", err);
	if (r)
		return r;
	if (!PQntuples(rows) || strcmp(pg_cell(rows, 0, 0), "0") != 0)
		return refuse(s, "the server crashed, and may have lost what it had said to be there", err);
	return PQntuples(rows) == 2 ? 0 : refuse(s, "it ended before all of its tables were there", err);
}

/* The locks of connections that there may have been more of. */
static int take_others(struct session *s, struct err *err)
{
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_format(&sql,
		    "SET lock_timeout = '10s'; SELECT pg_catalog.count(pg_catalog.pg_advisory_lock(%" PRId64
		    " + i)::text) FROM pg_catalog.generate_series(%u, %u) i; SET lock_timeout = 0",
		    (int64_t)s->guard, s->job.connections, (unsigned)MARK_LINKS - 1);
	return pg_run(&s->control, "wait for what another copy had begun", text_of(&sql), err);
}

int resume_check(struct session *s, const char *text, struct err *err)
{
	int r = check_parts(s, err);
	for (unsigned i = 0; !r && i < s->job.connections; i++)
		r = mend_guard(s, i, err);
	if (!r)
		r = take_others(s, err);
	if (r == -ETIMEDOUT)
		return refuse(s, "something of it is still at work there", err);
	snprintf(s->mark, sizeof s->mark, "%s", text);
	s->resumed = !r;
	return r;
}

bool resume_forgives(const struct session *s, const struct err *err)
{
	/* table, object, function, primary key */
	static const char *const there[] = { "42P07", "42710", "42723", "42P16" };
	for (size_t i = 0; s->resumed && i < sizeof there / sizeof *there; i++)
		if (conn_failed_as(err, there[i]))
			return true;
	return false;
}

/* Waits for who has noted a part and not heard yet that it is in. */
static int read_numbers(PGresult **out, struct session *s, struct err *err)
{
	int r = pg_run(&s->control, "mark", "BEGIN; LOCK TABLE " MARK_NAME ".parts IN SHARE MODE", err);
	if (!r)
		r = conn_query(out, &s->control, "mark",
			       "SELECT part FROM " MARK_NAME ".parts WHERE part > 0", err);
	return r ? r : pg_run(&s->control, "mark", "COMMIT", err);
}

int resume_noted(struct session *s, uint64_t **numbers, size_t *count, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	*numbers = NULL;
	*count = 0;
	int r = s->resumed ? read_numbers(&rows, s, err) : 0;
	if (r || !s->resumed)
		return r;
	*numbers = calloc((size_t)PQntuples(rows) + 1, sizeof **numbers);
	if (!*numbers)
		return err_set(err, -ENOMEM, "%s", s->control.where);
	for (int i = 0; i < PQntuples(rows); i++)
		(*numbers)[(*count)++] = strtoull(pg_cell(rows, i, 0), NULL, 10);
	return 0;
}

int resume_note(struct session *s, uint64_t number, struct err *err)
{
	AUTO(buf_fini) struct buf sql;
	if (!s->marked)
		return 0;
	text_init(&sql);
	text_format(&sql, "INSERT INTO " MARK_NAME ".parts VALUES (%" PRIu64 ")", number);
	return pg_run(&s->control, "mark", text_of(&sql), err);
}
