#include "dbdump/pg/sequences.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/text.h"

enum { AT_ONCE = 64 }; /* sequences read by one statement */

/* The table that owns it comes along, for the options. */
static const char list_sql[] =
	"SELECT n.nspname, c.relname, pg_catalog.concat_ws(' ', pg_catalog.format_type(q.seqtypid, NULL), 'start', q.seqstart,"
	" 'increment', q.seqincrement, 'min', q.seqmin, 'max', q.seqmax, 'cache', q.seqcache, 'cycle', q.seqcycle, 'of',"
	" tn.nspname || '.' || t.relname || '.' || a.attname, CASE c.relpersistence WHEN 'u' THEN 'unlogged' END),"
	" tn.nspname, t.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	" JOIN pg_catalog.pg_sequence q ON q.seqrelid = c.oid"
	" LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0"
	" AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0"
	" LEFT JOIN pg_catalog.pg_class t ON t.oid = d.refobjid LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace"
	" LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
	" WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE"
	" x.classid = 'pg_catalog.pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e')"
	" AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_temp'"
	" ORDER BY n.nspname::text COLLATE \"C\", c.relname::text COLLATE \"C\"";

static void forget(struct session *s)
{
	for (size_t i = 0; i < s->sequence_count; i++) {
		free(s->sequences[i].schema);
		free(s->sequences[i].name);
		free(s->sequences[i].value);
	}
	free(s->sequences);
	s->sequences = NULL;
	s->sequence_count = 0;
}

static int note(struct session *s, const char *schema, const char *name)
{
	struct pg_sequence *grown = reallocarray(s->sequences, s->sequence_count + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	s->sequences = grown;
	struct pg_sequence *q = &s->sequences[s->sequence_count++];
	*q = (struct pg_sequence){ .schema = strdup(schema), .name = strdup(name) };
	return q->schema && q->name ? 0 : -ENOMEM;
}

static int read_values(struct session *s, size_t from, size_t to, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	for (size_t i = from; i < to; i++) {
		text_format(&sql, "%sSELECT %zu, last_value, is_called FROM ", i > from ? " UNION ALL " : "",
			    i);
		text_dotted(&sql, s->sequences[i].schema, s->sequences[i].name);
		/* a view that took its name meanwhile has no ctid: nothing of it is run */
		text_add(&sql, " WHERE ctid IS NOT NULL");
	}
	int r = conn_query(&rows, &s->control, "sequences", text_of(&sql), err);
	for (int i = 0; !r && i < PQntuples(rows); i++) {
		uint64_t at = strtoull(pg_cell(rows, i, 0), NULL, 10);
		if (at < from || at >= to || s->sequences[at].value)
			return err_say(err, -EIO,
				       "%s: sequences: the server answers of one that was not asked for",
				       s->control.where);
		struct pg_sequence *q = &s->sequences[at];
		q->value = strdup(pg_cell(rows, i, 1));
		q->called = *pg_cell(rows, i, 2) == 't';
		r = q->value ? 0 : err_set(err, -ENOMEM, "%s: sequences", s->control.where);
	}
	return r;
}

static int add_object(struct catalog *out, const struct pg_sequence *q, const char *definition, bool value)
{
	AUTO(buf_fini) struct buf text;
	text_init(&text);
	struct object *o = catalog_add_object(out);
	if (!o)
		return -ENOMEM;
	o->kind = "sequence";
	text_format(&text, "%s.%s", q->schema, q->name);
	o->name = text_copy(&text);
	text_start(&text, definition);
	if (value)
		text_format(&text, " at %s%s", q->value ? q->value : "?", q->called ? "" : ", not used");
	o->definition = text_copy(&text);
	return o->name && o->definition ? 0 : -ENOMEM;
}

int sequences_read(struct session *s, struct catalog *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	AUTO(strings_fini) struct strings definitions = { 0 };
	forget(s);
	int r = conn_query(&rows, &s->control, "sequences", list_sql, err);
	if (r)
		return r;
	for (int i = 0; !r && i < PQntuples(rows); i++) {
		if (!PQgetisnull(rows, i, 4) &&
		    !options_want_table(s->job.options, pg_cell(rows, i, 3), pg_cell(rows, i, 4)))
			continue;
		r = note(s, pg_cell(rows, i, 0), pg_cell(rows, i, 1));
		if (!r)
			r = strings_add(&definitions, pg_cell(rows, i, 2), strlen(pg_cell(rows, i, 2)));
	}
	if (r)
		return err_set(err, r, "%s: sequences", s->control.where);
	for (size_t i = 0; !r && i < s->sequence_count; i += AT_ONCE)
		r = read_values(s, i, i + AT_ONCE < s->sequence_count ? i + AT_ONCE : s->sequence_count, err);
	for (size_t i = 0; !r && i < s->sequence_count; i++)
		if (add_object(out, &s->sequences[i], definitions.at[i], !s->job.options->schema_only))
			r = err_set(err, -ENOMEM, "%s: sequences", s->control.where);
	return r;
}

int sequences_script(struct session *s, struct script *out)
{
	AUTO(buf_fini) struct buf text;
	text_init(&text);
	for (size_t i = 0; i < s->sequence_count; i++) {
		const struct pg_sequence *q = &s->sequences[i];
		if (!q->value)
			continue;
		text_start(&text, "");
		text_format(&text, "%s.%s", q->schema, q->name);
		const char *name = text_of(&text);
		struct statement *st = name ? script_add(out, PHASE_LAST, "sequence value", name) : NULL;
		if (!st)
			return -ENOMEM;
		AUTO(buf_fini) struct buf quoted;
		text_init(&quoted);
		text_dotted(&quoted, q->schema, q->name);
		const char *sequence = text_of(&quoted);
		if (!sequence)
			return -ENOMEM;
		text_start(&text, "SELECT pg_catalog.setval(");
		text_value(&text, sequence);
		text_add(&text, ", ");
		text_value(&text, q->value);
		text_add(&text, q->called ? ", true)" : ", false)");
		const char *sql = text_of(&text);
		if (!sql || statement_sql(st, sql))
			return -ENOMEM;
	}
	return 0;
}
