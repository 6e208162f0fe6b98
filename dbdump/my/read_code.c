#include "dbdump/my/read_code.h"

#include <errno.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/sql.h"
#include "xfer/base/fd.h"

/* How each kind is listed, and what SHOW CREATE calls it and says in which column (-1: it does not). */
static const struct shown {
	const char *list; /* %q: the database; name, and whatever the kind wants to know besides */
	const char *word;
	int sql_mode, text, charset, collation, db_collation, time_zone;
} kinds[] = {
	[CODE_SEQUENCE] = { "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q "
			    "AND TABLE_TYPE = 'SEQUENCE' ORDER BY 1",
			    "SEQUENCE", -1, 1, -1, -1, -1, -1 },
	[CODE_PACKAGE] = { "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = %q "
			   "AND ROUTINE_TYPE = 'PACKAGE' ORDER BY 1",
			   "PACKAGE", 1, 2, 3, 4, 5, -1 },
	[CODE_PACKAGE_BODY] = { "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = %q "
				"AND ROUTINE_TYPE = 'PACKAGE BODY' ORDER BY 1",
				"PACKAGE BODY", 1, 2, 3, 4, 5, -1 },
	[CODE_FUNCTION] = { "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = %q "
			    "AND ROUTINE_TYPE = 'FUNCTION' ORDER BY 1",
			    "FUNCTION", 1, 2, 3, 4, 5, -1 },
	[CODE_PROCEDURE] = { "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = %q "
			     "AND ROUTINE_TYPE = 'PROCEDURE' ORDER BY 1",
			     "PROCEDURE", 1, 2, 3, 4, 5, -1 },
	[CODE_VIEW] = { "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q "
			"AND TABLE_TYPE = 'VIEW' ORDER BY 1",
			"VIEW", -1, 1, 2, 3, -1, -1 },
	[CODE_TRIGGER] = { "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_ORDER FROM information_schema.TRIGGERS "
			   "WHERE TRIGGER_SCHEMA = %q "
			   "ORDER BY EVENT_OBJECT_TABLE, EVENT_MANIPULATION, ACTION_TIMING, ACTION_ORDER",
			   "TRIGGER", 1, 2, 3, 4, 5, -1 },
	[CODE_EVENT] = { "SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = %q ORDER BY 1",
			 "EVENT", 1, 3, 4, 5, 6, 2 },
};

static bool is_wanted(const struct session *s, const char *schema, enum code_kind kind, const struct rows *r)
{
	switch (kind) {
	case CODE_VIEW:
	case CODE_SEQUENCE:
		return session_wants(s, schema, r->at[0]);
	case CODE_TRIGGER:
		return session_wants(s, schema, r->at[1]);
	default:
		return !session_is_partial(s);
	}
}

static bool is_copied(const struct session *s, enum code_kind kind)
{
	return !s->job.options->data_only || kind == CODE_SEQUENCE; /* where a sequence is, is data */
}

/* What a pattern of tables leaves out is there all the same. */
static int leave_out(struct catalog *c, const char *schema, enum code_kind kind, const char *name)
{
	return kind == CODE_VIEW || kind == CODE_SEQUENCE ? catalog_leave_out(c, schema, name) : 0;
}

static int list_kind(struct session *s, struct catalog *catalog, const char *schema, enum code_kind kind,
		     struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(&s->control, &r, err, kinds[kind].list, schema);
	while (!status && rows_next(&r)) {
		if (!is_wanted(s, schema, kind, &r)) {
			if (leave_out(catalog, schema, kind, r.at[0]))
				status = err_set(err, -ENOMEM, "%s.%s", schema, r.at[0]);
			continue;
		}
		if (!is_copied(s, kind))
			continue;
		struct code *c = code_add(&s->code, kind, schema, r.at[0]);
		if (c && kind == CODE_TRIGGER) {
			c->table = strdup(r.at[1]);
			c->order = strdup(r.at[2]);
		}
		if (!c || (kind == CODE_TRIGGER && (!c->table || !c->order)))
			status = err_set(err, -ENOMEM, "%s.%s", schema, r.at[0]);
	}
	return status;
}

static char *column(const struct rows *r, int at)
{
	return at >= 0 && !rows_null(r, (unsigned)at) ? strdup(r->at[at]) : NULL;
}

/* A view in a ring is shown by information_schema alone, whose texts know no other character set than UTF-8. */
static int show_ring(struct session *s, struct code *c, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_define(&s->control, &r, err,
				 "SELECT VIEW_DEFINITION, CHECK_OPTION, DEFINER, SECURITY_TYPE, ALGORITHM "
				 "FROM information_schema.VIEWS WHERE TABLE_SCHEMA = %q AND TABLE_NAME = %q",
				 c->schema, c->name);
	if (status || !rows_next(&r))
		return status ? status : err_say(err, -EIO, "it is gone");
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	AUTO(fd_free_buffer) char *user = strdup(r.at[2]);
	char *at = user ? strrchr(user, '@') : NULL;
	if (at)
		*at = '\0';
	sql_add(&b, at ? "CREATE ALGORITHM=%s DEFINER=%i@%i" : "CREATE ALGORITHM=%s DEFINER=%i", r.at[4],
		user ? user : "", at ? at + 1 : "");
	sql_add(&b, " SQL SECURITY %s VIEW %i.%i AS %s", r.at[3], c->schema, c->name, r.at[0]);
	if (strcmp(r.at[1], "NONE") != 0)
		sql_add(&b, " WITH %s CHECK OPTION", r.at[1]);
	c->text = sql_take(&b);
	c->broken = true;
	return c->text && user ? 0 : err_set(err, -ENOMEM, "%s", s->job.uri->shown);
}

static int show_created(struct session *s, struct code *c, struct err *err)
{
	const struct shown *k = &kinds[c->kind];
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_define(&s->control, &r, err, "SHOW CREATE %s %i.%i", k->word, c->schema, c->name);
	if (status && c->kind == CODE_VIEW && conn_errno(&s->control) == ER_VIEW_RECURSIVE)
		return show_ring(s, c, err);
	if (!status && !rows_next(&r))
		status = err_say(err, -EIO, "it is gone");
	if (status)
		return status;
	c->broken = mysql_warning_count(s->control.db) >
		    0; /* that is how it says that a view refers to what is not there */
	c->text = column(&r, k->text);
	c->sql_mode = column(&r, k->sql_mode);
	c->charset = column(&r, k->charset);
	c->collation = column(&r, k->collation);
	c->db_collation = column(&r, k->db_collation);
	c->time_zone = column(&r, k->time_zone);
	if (!c->text)
		return err_say(err, -EPERM,
			       "%s: its body is not shown to this account, which needs SELECT on mysql.proc "
			       "(SHOW CREATE ROUTINE from MariaDB 11.3 on)",
			       s->job.uri->shown);
	return 0;
}

static int show(struct session *s, struct code *c, struct err *err)
{
	int status = show_created(s, c, err);
	if (status)
		err_context(err, "%s %s.%s", code_kind_name(c->kind), c->schema, c->name);
	return status;
}

/* What nextval gives next. A sequence is not part of the snapshot: its value only moves on, and may be beyond what rows have. */
static int read_position(struct session *s, struct code *c, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(
		&s->control, &r, err,
		"SELECT next_not_cached_value, maximum_value, minimum_value, increment, cycle_count FROM %i.%i",
		c->schema, c->name);
	if (status || !rows_next(&r))
		return status ? status : err_say(err, -EIO, "sequence %s.%s is empty", c->schema, c->name);
	int64_t next = strtoll(r.at[0], NULL, 10), most = strtoll(r.at[1], NULL, 10),
		least = strtoll(r.at[2], NULL, 10);
	int64_t step = strtoll(r.at[3], NULL, 10);
	/* beyond its end it is used up */
	bool used = step < 0 ? next < least : next > most;
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_add(&b, "%d, %u, %u", used ? (step < 0 ? least : most) : next, (unsigned)used,
		(unsigned)strtoul(r.at[4], NULL, 10));
	c->position = sql_take(&b);
	return c->position ? 0 : err_set(err, -ENOMEM, "sequence %s.%s", c->schema, c->name);
}

/* Views of which no more is wanted are listed too, since patterns may mean them. */
static bool is_listed(const struct session *s, enum code_kind kind)
{
	bool only_mariadb = kind == CODE_SEQUENCE || kind == CODE_PACKAGE || kind == CODE_PACKAGE_BODY;
	return (is_copied(s, kind) || kind == CODE_VIEW) && (s->control.mariadb || !only_mariadb);
}

int code_read(struct session *s, struct catalog *c, struct err *err)
{
	int status = 0;
	for (enum code_kind kind = CODE_SEQUENCE; kind <= CODE_EVENT; kind++)
		for (size_t i = 0; !status && is_listed(s, kind) && i < s->job.databases->count; i++)
			status = list_kind(s, c, s->job.databases->at[i], kind, err);
	/* the texts as they are stored: in the character set of whoever wrote them */
	if (!status)
		status = conn_run(&s->control, err, "SET character_set_results = NULL");
	for (size_t i = 0; !status && i < s->code.count; i++) {
		status = show(s, &s->code.at[i], err);
		if (!status && s->code.at[i].kind == CODE_SEQUENCE)
			status = read_position(s, &s->code.at[i], err);
	}
	if (!status)
		status = conn_run(&s->control, err, "SET character_set_results = utf8mb4");
	return status;
}
