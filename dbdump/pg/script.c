#include "dbdump/pg/script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/database.h"
#include "dbdump/pg/exclude.h"
#include "dbdump/pg/pg_dump.h"
#include "dbdump/pg/place.h"
#include "dbdump/pg/sequences.h"
#include "dbdump/pg/snapshot.h"
#include "dbdump/pg/statistics.h"
#include "dbdump/pg/text.h"

/* Where the reading of pg_dump's text stands. */
struct making {
	struct session *s;
	const struct catalog *c;
	struct script *out;
	struct script final;	  /* event triggers */
	struct statement *become; /* the statement that SET SESSION AUTHORIZATION has begun */
	char *access;		  /* SET default_table_access_method, unless it is heap */
	bool post_data;		  /* pg_dump has come to what rows are loaded without */
	struct strings late; /* what it makes there, as it writes the names; rights to it come behind it */
	struct place place;
};

static int add_piece(struct statement *st, const struct piece *p)
{
	char *sql = st ? strndup(p->sql, p->len) : NULL;
	int r = sql ? statement_sql(st, sql) : -ENOMEM;
	free(sql);
	return r;
}

static bool is_loaded(const struct making *m, const char *schema, const char *name, size_t *at)
{
	const struct table *t = catalog_find_table(m->c, schema, name);
	if (!t || t->rows_kind == ROWS_NONE)
		return false;
	*at = (size_t)(t - m->c->tables);
	return true;
}

static int keep_access(struct making *m, const struct piece *p)
{
	free(m->access);
	m->access = NULL;
	if (memmem(p->sql, p->len, "= heap", 6))
		return 0;
	m->access = strndup(p->sql, p->len);
	return m->access ? 0 : -ENOMEM;
}

/* Those of a foreign key to what the options leave out cannot be made. */
static bool is_left_out(struct making *m)
{
	struct place *l = &m->place;
	if (!l->refers || exclude_wants(m->s, l->to_schema, l->to_table))
		return false;
	pg_warn(m->s, "foreign key %s: left out, since %s.%s is not copied", l->name, l->to_schema,
		l->to_table);
	return true;
}

static int add_statement(struct making *m, const struct piece *p)
{
	struct place *l = &m->place;
	size_t table = 0, other = 0;
	enum phase phase = l->phase;
	if (l->on_table && is_loaded(m, l->schema, l->table, &table))
		phase = PHASE_LOADED;
	bool of_two = l->refers && is_loaded(m, l->schema, l->table, &table) &&
		      is_loaded(m, l->to_schema, l->to_table, &other);
	struct statement *st = script_add(l->act == PLACE_FINAL ? &m->final : m->out, phase, l->kind,
					  l->name);
	if (!st)
		return -ENOMEM;
	st->table = table;
	st->other = other;
	st->of_two = of_two;
	st->apart = l->apart && phase == PHASE_LOADED;
	st->optional = l->optional;
	/* it is there in every new database */
	static const struct piece schema = { .sql = "CREATE SCHEMA IF NOT EXISTS public", .len = 34 };
	if (p->len == 20 && !memcmp(p->sql, "CREATE SCHEMA public", 20))
		return add_piece(st, &schema);
	if (m->access && (statement_sql(st, m->access) || add_piece(st, p)))
		return -ENOMEM;
	if (m->access)
		return statement_sql(st, "SET default_table_access_method = heap");
	if (add_piece(st, p))
		return -ENOMEM;
	if (l->act == PLACE_BECOME)
		m->become = st;
	return 0;
}

/* It would begin to follow its publisher as a second follower in the place of the first: it is made without a slot, and
 * whoever moves the database decides. */
static int add_subscription(struct making *m, const struct piece *p)
{
	int r = add_statement(m, p);
	if (r)
		return r;
	const char *name = p->sql + strlen("CREATE SUBSCRIPTION "), *end = name;
	char plain[256];
	if (!splitter_name(&end, p->sql + p->len, plain, sizeof plain))
		return -EBADMSG;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_format(&sql, "ALTER SUBSCRIPTION %.*s SET (slot_name = NONE)", (int)(end - name), name);
	const char *text = text_of(&sql);
	pg_warn(m->s, "subscription %s: made disabled and without a slot", plain);
	return text ? statement_sql(&m->out->statements[m->out->count - 1], text) : -ENOMEM;
}

/* A materialised view that groups by a primary key, a function that stands on one: pg_dump makes them behind the key. */
static int note_late(struct making *m, const struct piece *p)
{
	static const char *const made[] = { "CREATE MATERIALIZED VIEW ", "CREATE FUNCTION ",
					    "CREATE PROCEDURE " };
	for (size_t i = 0; m->post_data && i < sizeof made / sizeof *made; i++) {
		size_t n = strlen(made[i]);
		const char *name = p->sql + n, *at = name, *end = p->sql + p->len;
		char part[256];
		if (p->len <= n || memcmp(p->sql, made[i], n) || !splitter_name(&at, end, part, sizeof part))
			continue;
		if (at < end && *at == '.' && (at++, !splitter_name(&at, end, part, sizeof part)))
			continue;
		return strings_add(&m->late, name, (size_t)(at - name));
	}
	return 0;
}

/* Are these rights to something that is made late? */
static bool is_late(const struct making *m, const struct piece *p)
{
	const char *end = p->sql + p->len;
	for (size_t i = 0; i < m->late.count; i++) {
		size_t n = strlen(m->late.at[i]);
		const char *f = memmem(p->sql, p->len, m->late.at[i], n);
		if (f && f > p->sql && f[-1] == ' ' && f + n < end && (f[n] == ' ' || f[n] == '('))
			return true;
	}
	return false;
}

static int take(struct making *m, const struct piece *p)
{
	place_of(&m->place, p, m->post_data);
	m->post_data = m->place.post_data;
	if (note_late(m, p))
		return -ENOMEM;
	if (m->place.act == PLACE_KEEP && !strcmp(m->place.kind, "grant") && m->place.phase == PHASE_BEFORE &&
	    is_late(m, p))
		m->place.phase = PHASE_AFTER;
	if (m->place.act == PLACE_DROP || is_left_out(m))
		return 0;
	if (m->place.act == PLACE_ACCESS)
		return keep_access(m, p);
	if (m->become) {
		int r = add_piece(m->become, p);
		if (!strcmp(m->place.kind, "grant") && m->place.phase > m->become->phase)
			m->become->phase = m->place.phase;
		if (m->place.act == PLACE_RETURN)
			m->become = NULL;
		return r;
	}
	if (m->place.act == PLACE_RETURN)
		return 0;
	if (p->len > 20 && !memcmp(p->sql, "CREATE SUBSCRIPTION ", 20))
		return add_subscription(m, p);
	return add_statement(m, p);
}

static int take_schema(struct making *m, struct err *err)
{
	AUTO(pg_dump_fini) struct pg_dump d = { 0 };
	AUTO(buf_fini) struct buf text;
	text_init(&text);
	int r = pg_dump_find(&d, m->s, err);
	if (!r)
		r = pg_dump_schema(m->s, &d, &m->s->excluded, &text, err);
	if (r)
		return r;
	struct splitter cut = splitter_of((const char *)text.data, text.len);
	struct piece piece;
	while ((r = splitter_next(&cut, &piece)) > 0)
		if ((r = take(m, &piece)))
			break;
	if (r == -EBADMSG)
		return err_say(err, r, "%s: what pg_dump says ends within a statement", m->s->control.where);
	return r ? err_set(err, r, "%s: schema", m->s->control.where) : 0;
}

/* Event triggers move behind all else. */
static int append_final(struct making *m)
{
	for (size_t i = 0; i < m->final.count; i++) {
		struct statement *from = &m->final.statements[i];
		struct statement *st = script_add(m->out, PHASE_LAST, from->kind, from->name);
		for (size_t k = 0; st && k < from->sql.count; k++)
			if (statement_sql(st, from->sql.at[k]))
				return -ENOMEM;
		if (!st)
			return -ENOMEM;
	}
	return 0;
}

/* The statements before it were committed without waiting for the disk (session.c). This one waits, and with it for all that is
 * before it in the log: what is reported as copied stays. A transaction that only reads would not wait. For the server's own disk: one
 * whose standby is away would let us wait for ever. */
static int append_flush(struct making *m)
{
	struct statement *st = script_add(m->out, PHASE_LAST, "writing to the disk", m->s->database);
	return !st || statement_sql(st, "SET synchronous_commit = local") ||
			       statement_sql(st,
					     "SELECT pg_catalog.pg_logical_emit_message(true, 'dbdump', '')")
		       ? -ENOMEM
		       : 0;
}

static int make_schema(struct making *m, struct err *err)
{
	int r = database_script_first(m->s, m->out, err);
	if (!r && m->s->job.options->users)
		r = roles_script(m->s, m->out, err);
	return r ? r : take_schema(m, err);
}

/* With --data-only large objects have to be there before their pages. */
static int make_large_objects(struct making *m, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	if (!catalog_find_table(m->c, "pg_catalog", "pg_largeobject"))
		return 0;
	int r = conn_query(&rows, &m->s->control, "large objects",
			   "SELECT oid FROM pg_catalog.pg_largeobject_metadata", err);
	for (int i = 0; !r && i < PQntuples(rows); i++) {
		AUTO(buf_fini) struct buf sql;
		text_init(&sql);
		text_format(
			&sql,
			"SELECT lo_create(%s) WHERE NOT EXISTS (SELECT FROM pg_largeobject_metadata WHERE oid = %s)",
			pg_cell(rows, i, 0), pg_cell(rows, i, 0));
		struct statement *st = script_add(m->out, PHASE_BEFORE, "large object", pg_cell(rows, i, 0));
		const char *text = text_of(&sql);
		if (!st || !text || statement_sql(st, text))
			r = err_set(err, -ENOMEM, "%s: large objects", m->s->control.where);
	}
	return r;
}

static int make_all(struct making *m, struct err *err)
{
	const struct options *o = m->s->job.options;
	int r = o->data_only ? make_large_objects(m, err) : make_schema(m, err);
	if (!r && !o->schema_only && sequences_script(m->s, m->out))
		r = err_set(err, -ENOMEM, "%s: sequences", m->s->control.where);
	if (!r && !o->schema_only)
		r = statistics_tell_views(m->s, err);
	if (!r && o->data_only)
		r = statistics_refresh(m->s, m->out, err);
	if (!r && !o->schema_only && !o->no_analyze)
		r = statistics_script(m->s, m->c, m->out, err);
	if (!r && !o->data_only)
		r = database_script_last(m->s, m->out, err);
	if (!r && append_final(m))
		r = err_set(err, -ENOMEM, "%s: event triggers", m->s->control.where);
	if (!r && append_flush(m))
		r = err_set(err, -ENOMEM, "%s", m->s->control.where);
	return r;
}

int script_make(struct session *s, const struct catalog *c, struct script *out, struct err *err)
{
	*out = (struct script){ 0 };
	struct making m = { .s = s, .c = c, .out = out };
	int r = snapshot_enter(s, &s->control, err);
	if (r)
		return r;
	r = make_all(&m, err);
	int left = snapshot_leave(s, &s->control, r ? NULL : err);
	free(m.access);
	strings_fini(&m.late);
	script_fini(&m.final);
	r = r ? r : left;
	if (r)
		script_fini(out);
	return r;
}
