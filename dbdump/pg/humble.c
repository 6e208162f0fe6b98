#include "dbdump/pg/humble.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "dbdump/mark.h"
#include "dbdump/pg/text.h"

/* Owner and whether a function is called, that came neither with the server nor with an extension, as a row comes in; of a table whose
 * owner is no superuser. By what depends on what: constraints and expressions of the table and of those that it is a part of, and the
 * types of its columns. */
static const char asked[] =
	"WITH RECURSIVE part(oid) AS (SELECT %s::pg_catalog.regclass::pg_catalog.oid UNION"
	" SELECT i.inhparent FROM pg_catalog.pg_inherits i JOIN part ON i.inhrelid = part.oid),"
	" needs(class, obj) AS (SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, oid FROM part"
	" UNION SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, c.oid FROM pg_catalog.pg_constraint c JOIN part ON"
	" c.conrelid = part.oid AND c.contype = 'c'"
	" UNION SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid FROM pg_catalog.pg_attrdef d JOIN part ON d.adrelid ="
	" part.oid UNION SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, a.atttypid FROM pg_catalog.pg_attribute a JOIN part ON"
	" a.attrelid = part.oid AND a.attnum > 0 AND NOT a.attisdropped"
	" UNION SELECT x.class, x.obj FROM needs n CROSS JOIN LATERAL (SELECT d.refclassid AS class, d.refobjid AS obj FROM"
	" pg_catalog.pg_depend d WHERE d.classid = n.class AND d.objid = n.obj AND d.deptype = 'n' AND d.refclassid IN"
	" ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass,"
	" 'pg_catalog.pg_operator'::pg_catalog.regclass, 'pg_catalog.pg_cast'::pg_catalog.regclass)"
	" UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, c.oid FROM pg_catalog.pg_constraint c WHERE"
	" n.class = 'pg_catalog.pg_type'::pg_catalog.regclass AND c.contypid = n.obj"
	" UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, e.t FROM pg_catalog.pg_type y, LATERAL (VALUES"
	" (y.typelem), (y.typbasetype)) e(t) WHERE n.class = 'pg_catalog.pg_type'::pg_catalog.regclass AND y.oid = n.obj AND"
	" e.t <> 0"
	" UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, a.atttypid FROM pg_catalog.pg_type y JOIN"
	" pg_catalog.pg_attribute a ON a.attrelid = y.typrelid AND a.attnum > 0 WHERE"
	" n.class = 'pg_catalog.pg_type'::pg_catalog.regclass AND y.oid = n.obj AND y.typrelid <> 0) x)"
	" SELECT o.rolname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles o ON o.oid = c.relowner WHERE"
	" c.oid = %s::pg_catalog.regclass AND NOT o.rolsuper AND (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname ="
	" current_user) AND EXISTS (SELECT FROM needs n JOIN pg_catalog.pg_proc p ON p.oid = n.obj AND n.class ="
	" 'pg_catalog.pg_proc'::pg_catalog.regclass WHERE p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE"
	" d.classid = n.class AND d.objid = p.oid AND d.deptype = 'e'))";

/* No table needs it where this is false: what is asked of each takes 8 ms, which would be a twentieth of a copy of many small ones. */
static const char asked_first[] =
	"SELECT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AND EXISTS (SELECT FROM"
	" pg_catalog.pg_proc p WHERE p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid ="
	" 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'))";

/* All functions are there before the first row. */
static int may_be_needed(bool *may, struct session *s, unsigned conn, struct err *err)
{
	char *answer = NULL;
	int r = 0;
	pthread_mutex_lock(&s->humble_lock);
	if (!s->humble_asked)
		r = pg_value(&answer, &s->conns[conn], "functions", asked_first, err);
	if (answer) {
		s->humble_asked = true;
		s->humble_may = *answer == 't';
	}
	*may = !s->humble_asked || s->humble_may;
	pthread_mutex_unlock(&s->humble_lock);
	free(answer);
	return r;
}

/* *owner NULL: there is nothing to be humble for. */
static int find_owner(char **owner, struct session *s, unsigned conn, const struct pg_table *own,
		      struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf name, sql;
	text_init(&name);
	text_init(&sql);
	text_value(&name, own->quoted);
	const char *quoted = text_of(&name);
	if (quoted)
		text_format(&sql, asked, quoted, quoted);
	int r = conn_query(&rows, &s->conns[conn], own->quoted, quoted ? text_of(&sql) : NULL, err);
	*owner = NULL;
	if (!r && PQntuples(rows) && !(*owner = strdup(pg_cell(rows, 0, 0))))
		r = err_set(err, -ENOMEM, "%s", own->quoted);
	return r;
}

/* One that nobody can drop any more is of no use to anybody in a week. */
static void add_validity(struct buf *sql)
{
	time_t end = time(NULL) + 7 * 86400;
	struct tm tm;
	char text[64] = "";
	if (gmtime_r(&end, &tm))
		strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S+00", &tm);
	text_add(sql, " VALID UNTIL ");
	text_value(sql, text);
}

static int make_role(struct session *s, struct conn *c, struct err *err)
{
	AUTO(buf_fini) struct buf sql;
	uint64_t random[3];
	text_init(&sql);
	if (getrandom(random, sizeof random, 0) != sizeof random)
		return err_set(err, -errno, "a random number");
	snprintf(s->humble_role, sizeof s->humble_role, "dbdump_%" PRIx64, random[0]);
	snprintf(s->humble_word, sizeof s->humble_word, "%016" PRIx64 "%016" PRIx64, random[1], random[2]);
	/* as the server keeps it: the word itself is in no statement, and in no log */
	char *kept = PQencryptPasswordConn(c->pg, s->humble_word, s->humble_role, NULL);
	if (kept) {
		text_format(&sql, "CREATE ROLE %s LOGIN PASSWORD ", s->humble_role);
		text_value(&sql, kept);
		add_validity(&sql);
	}
	int r = kept ? pg_run(c, "a role to load rows with", text_of(&sql), err)
		     : conn_fail(c, NULL, "a role to load rows with", err);
	PQfreemem(kept);
	if (!r && s->marked) {
		text_start(&sql, "");
		text_format(&sql,
			    "GRANT USAGE ON SCHEMA " MARK_NAME " TO %s; GRANT INSERT ON " MARK_NAME
			    ".parts TO %s",
			    s->humble_role, s->humble_role);
		r = pg_run(c, "a role to load rows with", text_of(&sql), err);
	}
	s->humble_made = !r;
	return r;
}

static int log_in(struct session *s, struct conn *out, struct err *err)
{
	struct conn_params p = { 0 };
	int r = 0;
	for (size_t i = 0; !r && i < s->params.keys.count; i++)
		if (strcmp(s->params.keys.at[i], "passfile") != 0)
			r = conn_params_set(&p, s->params.keys.at[i], s->params.values.at[i]);
	if (!r)
		r = conn_params_set(&p, "user", s->humble_role);
	if (!r)
		r = conn_params_set(&p, "password", s->humble_word);
	r = r ? err_set(err, r, "%s", s->control.where) : pg_open(out, &p, s->database, &s->stop, err);
	conn_params_fini(&p);
	if (r && r != -EINTR && r != -ENOMEM)
		return err_say(
			err, -EIO,
			"its functions would run as rows come in, and a role without a superuser's rights, to "
			"load them with, is not let in (pg_hba.conf): copy as a role that is no superuser: %.200s",
			err ? err->text : "");
	return r;
}

/* The connection is one of the role, which is a member of the owner, and it is him. */
static int become(struct session *s, unsigned conn, const char *owner, struct err *err)
{
	struct conn *c = &s->conns[conn], *humble = &s->humble[conn];
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	pthread_mutex_lock(&s->humble_lock);
	int r = s->humble_made ? 0 : make_role(s, c, err);
	if (!r) {
		text_add(&sql, "GRANT ");
		text_name(&sql, owner);
		text_format(&sql, " TO %s", s->humble_role);
		r = pg_run(c, "a role to load rows with", text_of(&sql), err);
	}
	pthread_mutex_unlock(&s->humble_lock);
	if (!r && humble->pg && PQstatus(humble->pg) != CONNECTION_OK)
		pg_close(humble);
	if (!r && !humble->pg)
		r = log_in(s, humble, err);
	if (r)
		return r;
	text_start(&sql, "SET synchronous_commit = off; SET ROLE ");
	text_name(&sql, owner);
	return pg_run(humble, "become the owner", text_of(&sql), err);
}

int humble_conn(struct conn **out, struct session *s, unsigned conn, const struct table *t, struct err *err)
{
	char *owner = NULL;
	*out = &s->conns[conn];
	if (s->job.options->data_only)
		return 0;
	bool may = false;
	int r = may_be_needed(&may, s, conn, err);
	if (r || !may)
		return r;
	r = find_owner(&owner, s, conn, t->own, err);
	if (!r && owner) {
		r = become(s, conn, owner, err);
		*out = &s->humble[conn];
	}
	free(owner);
	return r;
}

void humble_close(struct session *s)
{
	for (unsigned i = 0; s->humble && i < s->job.connections; i++)
		pg_close(&s->humble[i]);
}

void humble_end(struct session *s)
{
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	humble_close(s);
	if (!s->humble_made)
		return;
	s->humble_made = false;
	text_format(&sql, "DROP OWNED BY %s; DROP ROLE %s", s->humble_role, s->humble_role);
	struct err err = { 0 };
	if (pg_run(&s->control, "a role to load rows with", text_of(&sql), &err))
		pg_warn(s, "%s: it stays: DROP ROLE %s", err.text, s->humble_role);
}
