#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/columns.h"
#include "dbdump/my/mark.h"
#include "dbdump/my/session.h"
#include "dbdump/my/sql.h"
#include "xfer/base/fd.h"

static bool is_system(const char *name)
{
	static const char *const system[] = { "information_schema", "performance_schema", "mysql", "sys" };
	for (size_t i = 0; i < sizeof system / sizeof *system; i++)
		if (!strcasecmp(system[i], name))
			return true;
	return false;
}

int my_check_names(struct session *s, struct err *err)
{
	for (size_t i = 0; i < s->job.databases->count; i++)
		if (is_system(s->job.databases->at[i]))
			return err_say(err, -EPERM,
				       "%s: %s is the server's own database, and none to load into",
				       s->job.uri->shown, s->job.databases->at[i]);
	return 0;
}

static bool has(const struct strings *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (!strcmp(s->at[i], name))
			return true;
	return false;
}

static int check_named(const struct strings *found, const struct uri *uri, struct err *err)
{
	for (size_t i = 0; i < uri->databases.count; i++) {
		char name[256];
		if (strlen(uri->databases.at[i]) < sizeof name &&
		    uri_pattern_is_name(uri->databases.at[i], name) && !has(found, name))
			return err_say(err, -ENOENT,
				       "%s: there is no database %s, or the account may not see it",
				       uri->shown, name);
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list(struct conn *c, struct strings *out, const struct uri *uri, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(c, &r, err, "SHOW DATABASES");
	while (!status && rows_next(&r))
		if (!is_system(r.at[0]) && uri_wants(uri, r.at[0]) && strings_add(out, r.at[0], r.len[0]))
			status = err_set(err, -ENOMEM, "%s", uri->shown);
	if (!status && out->count > 1)
		qsort(out->at, out->count, sizeof *out->at, by_name);
	return status ? status : check_named(out, uri, err);
}

int my_databases(struct strings *out, const struct uri *uri, const struct options *o, struct err *err)
{
	struct conn c = { 0 };
	(void)o;
	*out = (struct strings){ 0 };
	int status = conn_open(&c, uri, false, err);
	if (status)
		return status;
	status = list(&c, out, uri, err);
	conn_close(&c);
	if (status)
		strings_fini(out);
	return status;
}

/* Calls do_it for every table of the database that is part of the run, until one says other than 0. */
static int each_table(struct session *s, const char *database,
		      int (*do_it)(struct session *s, const char *database, const char *table,
				   struct err *err),
		      struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(
		&s->control, &r, err,
		"SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q "
		"AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
		database);
	while (!status && rows_next(&r))
		if (session_wants(s, database, r.at[0]) && table_keeps_rows(r.at[1]))
			status = do_it(s, database, r.at[0], err);
	return status;
}

/* The rows of a table with triggers have been through them already, at the source. */
static int check_no_triggers(struct session *s, const char *database, const char *table, struct err *err)
{
	char name[256];
	int status = conn_value(
		&s->control, name, sizeof name, err,
		"SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = %q "
		"AND EVENT_OBJECT_TABLE = %q AND EVENT_MANIPULATION = 'INSERT' LIMIT 1",
		database, table);
	if (!status && name[0])
		status = err_say(err, -ENOTEMPTY,
				 "%s: the trigger %s of table %s.%s would change the rows once more",
				 s->job.uri->shown, name, database, table);
	return status;
}

static int check_no_rows(struct session *s, const char *database, const char *table, struct err *err)
{
	char one[8];
	int status = conn_value(&s->control, one, sizeof one, err, "SELECT 1 FROM %i.%i LIMIT 1", database,
				table);
	if (!status && one[0])
		status = err_say(err, -ENOTEMPTY, "%s: table %s.%s has rows", s->job.uri->shown, database,
				 table);
	return status;
}

static int check_nothing(struct session *s, const char *database, struct err *err)
{
	static const char *const what[] = {
		"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q LIMIT 1",
		"SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = %q LIMIT 1",
		"SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = %q LIMIT 1",
	};
	char name[256];
	for (size_t i = 0; i < sizeof what / sizeof *what; i++) {
		int status = conn_value(&s->control, name, sizeof name, err, what[i], database);
		if (!status && name[0])
			status = err_say(
				err, -ENOTEMPTY,
				"%s: database %s is not empty, there is %s; --drop-existing replaces it",
				s->job.uri->shown, database, name);
		if (status)
			return status;
	}
	return 0;
}

int my_check_empty(struct session *s, struct err *err)
{
	int status = s->job.options->resume ? my_resume_check(s, &s->resumed, err) : 0;
	if (s->resumed)
		return status;
	for (size_t i = 0; !status && i < s->job.databases->count; i++)
		status = my_mark_check(s, s->job.databases->at[i], err);
	for (size_t i = 0; !status && s->job.options->data_only && i < s->job.databases->count; i++)
		status = each_table(s, s->job.databases->at[i], check_no_triggers, err);
	if (s->job.options->drop_existing)
		return status;
	for (size_t i = 0; !status && i < s->job.databases->count; i++)
		status = s->job.options->data_only
				 ? each_table(s, s->job.databases->at[i], check_no_rows, err)
				 : check_nothing(s, s->job.databases->at[i], err);
	return status;
}

static int empty_table(struct session *s, const char *database, const char *table, struct err *err)
{
	return conn_run(&s->control, err, "TRUNCATE TABLE %i.%i", database, table);
}

/* Drops what of one kind is part of the run. list says what it is (TABLE, VIEW) and its name. */
static int drop_listed(struct session *s, const char *database, const char *list, bool tables,
		       struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(&s->control, &r, err, list, database);
	while (!status && rows_next(&r))
		if (tables ? session_wants(s, database, r.at[1]) : !session_is_partial(s))
			status = conn_run(&s->control, err, "DROP %s %i.%i", r.at[0], database, r.at[1]);
	return status;
}

static int drop_wanted(struct session *s, const char *database, struct err *err)
{
	int status = drop_listed(
		s, database,
		"SELECT CASE TABLE_TYPE WHEN 'VIEW' THEN 'VIEW' WHEN 'SEQUENCE' THEN 'SEQUENCE' ELSE 'TABLE' END, "
		"TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q",
		true, err);
	if (!status)
		status = drop_listed(s, database,
				     "SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES "
				     "WHERE ROUTINE_SCHEMA = %q AND ROUTINE_TYPE <> 'PACKAGE BODY'",
				     false, err);
	if (!status)
		status = drop_listed(
			s, database,
			"SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = %q",
			false, err);
	return status;
}

/* They are made again, from one another, on ways that would end at those that are there. */
static int drop_views(struct session *s, struct err *err)
{
	int status = 0;
	for (size_t i = 0; !status && !s->job.options->data_only && i < s->job.databases->count; i++)
		status = drop_listed(
			s, s->job.databases->at[i],
			"SELECT TABLE_TYPE, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %q "
			"AND TABLE_TYPE = 'VIEW'",
			true, err);
	return status;
}

/* Of a database of which only some tables were asked for the others stay. */
int my_prepare(struct session *s, struct err *err)
{
	const struct options *o = s->job.options;
	int status = 0;
	s->prepared = true;
	s->marked = s->resumed;
	if (s->resumed)
		return session_status(s, drop_views(s, err), err);
	for (size_t i = 0; !status && i < s->job.databases->count; i++) {
		const char *name = s->job.databases->at[i];
		bool partial = o->only_tables.count || o->exclude_tables.count;
		if (o->drop_existing && o->data_only)
			status = each_table(s, name, empty_table, err);
		else if (o->drop_existing && partial)
			status = drop_wanted(s, name, err);
		else if (o->drop_existing)
			status = conn_run(&s->control, err, "DROP DATABASE IF EXISTS %i", name);
		if (!status && !o->data_only)
			status = conn_run(&s->control, err, "CREATE DATABASE IF NOT EXISTS %i", name);
		if (!status)
			status = my_mark_make(s, name, err);
	}
	return session_status(s, status, err);
}

/* It was empty, or not there, when the copy began. */
static int empty_own(struct session *s, const char *database, struct err *err)
{
	int status = drop_wanted(s, database, err);
	/* last: what is not whole has its mark */
	return status ? status : my_mark_drop(s, database, err);
}

/* What is to be replaced will be, whatever is there. */
int my_undo(struct session *s, struct err *err)
{
	const struct strings *all = s->job.databases;
	if (!s->prepared || s->job.options->drop_existing)
		return 0;
	AUTO(fd_free_buffer) bool *own = calloc(all->count + 1, sizeof *own);
	if (!own)
		return err_set(err, -ENOMEM, "%s", s->job.uri->shown);
	int status = session_alone(s, err);
	for (size_t i = 0; !status && i < all->count; i++) {
		status = my_mark_is_own(s, all->at[i], &own[i], err);
		if (!status && !own[i])
			status = check_nothing(s, all->at[i], err);
	}
	for (size_t i = 0; !status && i < all->count; i++)
		status = own[i] ? empty_own(s, all->at[i], err) : 0;
	return status;
}
