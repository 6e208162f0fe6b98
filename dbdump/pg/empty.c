/* empty.c - session.h's look into a target: what is there already is never mixed with what comes. */
#include <errno.h>
#include <string.h>

#include "dbdump/mark.h"
#include "dbdump/pg/mark.h"
#include "dbdump/pg/session.h"
#include "dbdump/pg/text.h"

#define USERS                                                               \
	"n.nspname NOT IN ('pg_catalog', 'information_schema', '" MARK_NAME \
	"') AND n.nspname !~ '^pg_(toast|temp)'"
#define OWN(class, oid)                                                                                  \
	"NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '" class "'::regclass AND d.objid = " oid \
									" AND d.deptype = 'e')"

/* Of anything a few: an administrator may have put extensions there, and they do no harm. */
static const char things_sql[] =
	"SELECT what FROM (SELECT 'schema ' || n.nspname AS what FROM pg_namespace n WHERE n.nspname <> 'public' AND " USERS
	" AND " OWN(
		"pg_namespace",
		"n.oid") " UNION ALL SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'view ' WHEN 'S'"
			 " THEN 'sequence ' ELSE 'table ' END || n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid ="
			 " c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND " USERS
			 " AND " OWN(
				 "pg_class",
				 "c.oid") " UNION ALL SELECT 'function ' || n.nspname || '.' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid ="
					  " p.pronamespace WHERE " USERS " AND " OWN(
						  "pg_proc",
						  "p.oid") " UNION ALL SELECT 'type ' || n.nspname || '.' || t.typname"
							   " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype IN ('c', 'd', 'e', 'r') AND " USERS
							   " AND " OWN(
								   "pg_type",
								   "t.oid") " UNION ALL SELECT 'large object ' || oid FROM pg_largeobject_metadata) x LIMIT 3";

static const char tables_sql[] =
	"SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND " USERS
	" AND " OWN("pg_class", "c.oid") " ORDER BY 1, 2";

static int check_things(struct session *s, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	int r = conn_query(&rows, &s->control, "look into it", things_sql, err);
	if (r || !PQntuples(rows))
		return r;
	AUTO(buf_fini) struct buf text;
	text_init(&text);
	for (int i = 0; i < PQntuples(rows); i++)
		text_format(&text, "%s%s", i ? ", " : "", pg_cell(rows, i, 0));
	const char *what = text_of(&text);
	return err_say(err, -ENOTEMPTY, "%s is not empty: it has %s%s", s->control.where,
		       what ? what : "something",
		       s->job.options->drop_existing ? " (--drop-existing replaces whole databases)"
						     : "; --drop-existing replaces it");
}

static int check_table(struct session *s, const char *schema, const char *name, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_add(&sql, "SELECT FROM ONLY ");
	text_dotted(&sql, schema, name);
	text_add(&sql, " LIMIT 1");
	int r = conn_query(&rows, &s->control, name, text_of(&sql), err);
	if (!r && PQntuples(rows))
		r = err_say(err, -ENOTEMPTY, "%s is not empty: table %s.%s has rows", s->control.where,
			    schema, name);
	return r;
}

static int check_rows(struct session *s, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	int r = conn_query(&rows, &s->control, "look into it", tables_sql, err);
	for (int i = 0; !r && i < PQntuples(rows); i++) {
		const char *schema = pg_cell(rows, i, 0), *name = pg_cell(rows, i, 1);
		if (options_want_table(s->job.options, schema, name))
			r = check_table(s, schema, name, err);
	}
	return r;
}

int session_check_empty(struct session *s, struct err *err)
{
	int r = pg_mark_check(s, err);
	if (r || s->resumed)
		return r;
	return s->job.options->data_only ? check_rows(s, err) : check_things(s, err);
}
