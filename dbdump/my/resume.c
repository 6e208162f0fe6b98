/* resume.c - engine.h's part of a load that goes on with what another one has left. */
#include <errno.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/grow.h"
#include "dbdump/my/columns.h"
#include "dbdump/my/mark.h"
#include "dbdump/my/session.h"
#include "dbdump/my/sql.h"

static int refuse(const struct session *s, const char *why, struct err *err)
{
	return mark_refuse_resume(err, s->job.uri->shown, why);
}

/* 1: the database has the mark of what this session goes on with; 0: it has none. */
static int look(struct session *s, const char *database, struct err *err)
{
	const struct options *o = s->job.options;
	char text[MARK_TEXT], where[ERR_TEXT / 2];
	uint64_t guard = 0;
	int status = my_mark_read(s, database, text, err);
	if (status || !text[0])
		return status;
	snprintf(where, sizeof where, "%.150s: database %.64s", s->job.uri->shown, database);
	if (!s->job.frozen || !mark_goes_on(text, o, s->job.frozen, &guard))
		return mark_refuse(err, where, text, o);
	if (s->mark[0] && strcmp(s->mark, text) != 0)
		return refuse(s, "its databases are of several copies", err);
	memcpy(s->mark, text, sizeof text);
	s->guard = guard;
	return 1;
}

static int check_tables(struct session *s, struct err *err)
{
	char one[8];
	int status = conn_value(&s->control, one, sizeof one, err, "SELECT 1 FROM %i.%i WHERE part = %u",
				s->job.databases->at[0], MARK_NAME, (unsigned)MARK_TABLES);
	if (!status && !one[0])
		status = refuse(s, "it ended before all of its tables were there", err);
	return status;
}

int my_resume_check(struct session *s, bool *goes_on, struct err *err)
{
	size_t marked = 0;
	for (size_t i = 0; i < s->job.databases->count; i++) {
		int status = look(s, s->job.databases->at[i], err);
		if (status < 0)
			return status;
		marked += (size_t)status;
	}
	if (!marked)
		return 0;
	if (marked < s->job.databases->count)
		return refuse(s, "it has ended in some of its databases, or not begun", err);
	int status = check_tables(s, err);
	*goes_on = !status;
	return status;
}

bool my_resume_forgives(const struct session *s, unsigned number)
{
	static const unsigned there[] = {
		ER_DUP_KEYNAME,	       ER_DUP_CONSTRAINT_NAME,	ER_TABLE_EXISTS_ERROR, ER_SP_ALREADY_EXISTS,
		ER_TRG_ALREADY_EXISTS, ER_EVENT_ALREADY_EXISTS, ER_MULTIPLE_PRI_KEY,
	};
	for (size_t i = 0; s->resumed && i < sizeof there / sizeof *there; i++)
		if (number == there[i])
			return true;
	return false;
}

/* A reading that locks waits for who has noted a part and not heard yet that it is in. */
static int add_numbers(struct session *s, const char *database, uint64_t **numbers, size_t *count,
		       struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(&s->control, &r, err, "SELECT part FROM %i.%i LOCK IN SHARE MODE", database,
				 MARK_NAME);
	while (!status && rows_next(&r)) {
		uint64_t *grown = grow_by_one(*numbers, *count, sizeof *grown);
		if (!grown)
			return err_set(err, -ENOMEM, "%s", s->job.uri->shown);
		*numbers = grown;
		grown[(*count)++] = strtoull(r.at[0], NULL, 10);
	}
	return status;
}

int my_noted(struct session *s, uint64_t **numbers, size_t *count, struct err *err)
{
	int status = 0;
	*numbers = NULL;
	*count = 0;
	for (size_t i = 0; !status && s->resumed && i < s->job.databases->count; i++)
		status = add_numbers(s, s->job.databases->at[i], numbers, count, err);
	if (status) {
		free(*numbers);
		*numbers = NULL;
		*count = 0;
	}
	return session_status(s, status, err);
}

int my_note(struct session *s, uint64_t number, struct err *err)
{
	int status = s->marked ? conn_run(&s->control, err, "INSERT INTO %i.%i VALUES (%U)",
					  s->job.databases->at[0], MARK_NAME, number)
			       : 0;
	return session_status(s, status, err);
}

static int forget(struct session *s, const struct table *t, const uint64_t *parts, size_t count,
		  struct err *err)
{
	int status = 0;
	for (size_t i = 0; !status && i < count; i++)
		status = conn_run(&s->control, err, "DELETE FROM %i.%i WHERE part = %U", table_own(t)->target,
				  MARK_NAME, parts[i]);
	return status ? status
		      : conn_run(&s->control, err, "TRUNCATE TABLE %i.%i", table_own(t)->target, t->name);
}

/* Only with transactions is a part there exactly when it is noted. */
int my_keeps(struct session *s, const struct table *t, const uint64_t *parts, size_t count, bool *kept,
	     struct err *err)
{
	char engine[65];
	*kept = true;
	int status = conn_value(
		&s->control, engine, sizeof engine, err,
		"SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q AND TABLE_NAME = %q",
		table_own(t)->target, t->name);
	if (status || !engine[0] || !strcmp(engine, "InnoDB"))
		return session_status(s, status, err);
	*kept = false;
	return session_status(s, forget(s, t, parts, count, err), err);
}
