#include "dbdump/my/mark.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/mark.h"
#include "dbdump/my/columns.h"
#include "dbdump/my/spaces.h"
#include "dbdump/my/sql.h"

bool my_mark_is_table(const char *name)
{
	return !strcmp(name, MARK_NAME);
}

int my_mark_read(struct session *s, const char *database, char text[static MARK_TEXT], struct err *err)
{
	return conn_value(&s->control, text, MARK_TEXT, err,
			  "SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q "
			  "AND TABLE_NAME = %q",
			  database, MARK_NAME);
}

int my_mark_check(struct session *s, const char *database, struct err *err)
{
	const struct options *o = s->job.options;
	bool replaces = o->drop_existing && !o->data_only && !o->only_tables.count &&
			!o->exclude_tables.count;
	char text[MARK_TEXT], where[ERR_TEXT / 2];
	int status = my_mark_read(s, database, text, err);
	if (status || !text[0] || mark_is_replaced(text, o, replaces))
		return status;
	snprintf(where, sizeof where, "%.150s: database %.64s", s->job.uri->shown, database);
	return mark_refuse(err, where, text, o);
}

int my_mark_warn(struct session *s, struct err *err)
{
	int status = 0;
	for (size_t i = 0; !status && i < s->job.databases->count; i++) {
		const char *database = s->job.databases->at[i];
		char text[MARK_TEXT];
		status = my_mark_read(s, database, text, err);
		if (!status && text[0])
			session_warn(s, "database %s is not whole: it has what an interrupted copy left (%s)",
				     database, text);
	}
	return status;
}

int my_mark_is_own(struct session *s, const char *database, bool *own, struct err *err)
{
	char text[MARK_TEXT];
	int status = my_mark_read(s, database, text, err);
	*own = !status && text[0] && !strcmp(text, s->mark);
	return status;
}

int my_mark_drop(struct session *s, const char *database, struct err *err)
{
	return conn_run(&s->control, err, "DROP TABLE IF EXISTS %i.%i", database, MARK_NAME);
}

int my_mark_make(struct session *s, const char *database, struct err *err)
{
	char text[MARK_TEXT];
	struct err why = { 0 };
	if (!s->job.origin)
		return 0;
	int status = my_mark_read(s, database, text, err);
	if (!status && text[0])
		status = my_mark_drop(s, database, err);
	if (status)
		return status;
	if (!s->mark[0]) {
		const struct mark_origin from = { s->job.origin, s->job.frozen, s->guarded ? s->guard : 0 };
		mark_text(s->mark, s->job.options, &from);
	}
	status = conn_run(
		&s->control, &why,
		"CREATE TABLE %i.%i (part BIGINT UNSIGNED NOT NULL PRIMARY KEY) ENGINE=InnoDB COMMENT=%q",
		database, MARK_NAME, s->mark);
	s->marked = !status;
	if (status != -EPERM) {
		if (status && err)
			*err = why;
		return status;
	}
	session_warn(
		s,
		"%s; so nothing will tell that database %s is not whole, should the copy be interrupted, "
		"and a lost connection ends it",
		why.text, database);
	return 0;
}

int my_mark_part(struct session *s, struct conn *c, const struct table *t, uint64_t part, struct err *err)
{
	if (!s->marked || !part)
		return 0;
	return conn_run(c, err, "INSERT INTO %i.%i VALUES (%U)", table_own(t)->target, MARK_NAME, part);
}

void my_mark_note(struct session *s, unsigned at, const struct table *t, uint64_t part)
{
	pthread_mutex_lock(&s->mark_lock);
	s->links[at].kept = s->marked ? part : 0;
	s->links[at].kept_in = table_own(t)->target;
	s->loose = s->loose || !table_own(t)->innodb;
	pthread_mutex_unlock(&s->mark_lock);
}

static int has_mark(struct conn *c, const char *database, uint64_t part, bool *has, struct err *err)
{
	char one[8];
	int status = conn_value(c, one, sizeof one, err, "SELECT 1 FROM %i.%i WHERE part = %U", database,
				MARK_NAME, part);
	*has = !status && one[0];
	return status;
}

static int lost_rows(struct session *s, struct err *err)
{
	return err_say(err, -ESTALE,
		       "%s: the server went down, and may have lost rows that it had said to be there: the "
		       "copy has to start again",
		       s->job.uri->shown);
}

/* A log that is cut off has lost what came last: where the last part of each link is there, so are the others. What tables without
 * transactions hold nobody knows. */
int my_mark_check_kept(struct session *s, unsigned at, struct err *err)
{
	struct conn *c = &s->links[at].conn;
	bool restarted = false;
	int status = session_restarted(s, c, &restarted, err);
	for (unsigned i = 0; !status && i < s->job.connections; i++) {
		bool has = true;
		pthread_mutex_lock(&s->mark_lock);
		const struct link *l = &s->links[i];
		uint64_t part = l->kept;
		const char *database = l->kept_in;
		bool loose = s->loose;
		pthread_mutex_unlock(&s->mark_lock);
		if (part)
			status = has_mark(c, database, part, &has, err);
		if (!status && (!has || (restarted && loose)))
			return lost_rows(s, err);
	}
	return status;
}

int my_finish(struct session *s, struct err *err)
{
	int status = s->spaces ? spaces_settle(s->spaces, err) : 0;
	for (size_t i = 0; !status && s->marked && i < s->job.databases->count; i++)
		status = my_mark_drop(s, s->job.databases->at[i], err);
	return session_status(s, status, err);
}

/* The target's table may be of another engine than the source's. */
int my_mark_clear(struct conn *c, const struct table *t, const char *where, struct err *err)
{
	char engine[65];
	const char *database = table_own(t)->target;
	int status = conn_value(
		c, engine, sizeof engine, err,
		"SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q AND TABLE_NAME = %q",
		database, t->name);
	if (status || !strcmp(engine, "InnoDB"))
		return status;
	if (where && *where)
		return conn_run(c, err, "DELETE FROM %i.%i WHERE %s", database, t->name, where);
	return conn_run(c, err, "TRUNCATE TABLE %i.%i", database, t->name);
}

int my_settle(struct session *s, unsigned conn, const struct table *t, const struct feed *part, bool *in,
	      struct err *err)
{
	struct link *l = &s->links[conn];
	int status = conn_run(&l->conn, err, "ROLLBACK");
	*in = false;
	if (!status && s->marked && part->part)
		status = has_mark(&l->conn, table_own(t)->target, part->part, in, err);
	else if (!status && l->renewed)
		return err_say(err, -ESTALE,
			       "%s: a connection was lost, and whether its rows of table %s.%s are there "
			       "nobody knows",
			       s->job.uri->shown, table_own(t)->target, t->name);
	if (!status && !*in)
		status = my_mark_clear(&l->conn, t, part->where, err);
	return session_status(s, status, err);
}
