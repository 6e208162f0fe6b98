#include "dbdump/pg/preflight.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/pg_dump.h"
#include "dbdump/pg/text.h"

static const char *name_at(const struct look *l, enum check_end end)
{
	return l->job->databases[end]->at[0];
}

static void add_names(struct buf *sql, const struct strings *names)
{
	text_value(sql, names->at[0]);
}

static int take(PGresult *rows, struct answer *out)
{
	int columns = PQnfields(rows);
	out->columns = (size_t)columns;
	for (int row = 0; row < PQntuples(rows); row++)
		for (int i = 0; i < columns; i++)
			if (strings_add(&out->cells, pg_cell(rows, row, i),
					(size_t)PQgetlength(rows, row, i)))
				return -ENOMEM;
	return 0;
}

static int ask(struct session *s, const char *sql, struct answer *out, struct err *err)
{
	AUTO(conn_clearp) PGresult *rows = NULL;
	int r = conn_query(&rows, &s->control, "preflight", sql, err);
	return !r && take(rows, out) ? err_set(err, -ENOMEM, "preflight") : r;
}

/* To the database, or where a target has none yet to the server. */
static int open_end(struct session *s, const struct session_job *job, struct look_server *out,
		    struct err *err)
{
	s->job = *job;
	int r = conn_params_of(&s->params, job->uri, err);
	if (!r) {
		r = pg_open(&s->control, &s->params, job->databases->at[0], NULL, err);
		s->there = !r;
	}
	if (r == -ENOENT && job->role == ROLE_TARGET)
		r = session_open_maintenance(s, &s->control, err);
	if (r)
		return r;
	s->major = conn_major(&s->control);
	const char *shown = PQparameterStatus(s->control.pg, "server_version");
	*out = (struct look_server){ (unsigned long)s->major, shown ? shown : "?", "PostgreSQL" };
	return 0;
}

static void close_end(struct session *s)
{
	pg_close(&s->control);
	conn_params_fini(&s->params);
	pthread_mutex_destroy(&s->cancel_lock);
	pthread_mutex_destroy(&s->child_lock);
}

static int check_empty(struct session *s, const struct strings *databases, struct err *err)
{
	(void)databases; /* one, which is the session's */
	return !s->there || session_replaces(s) ? 0 : session_check_empty(s, err);
}

static int look_pg_dump(struct look *l, struct err *err)
{
	static const struct check none = {
		.code = "pg-dump",
		.kind = CHECK_SOURCE,
		.when = WHEN_DEFINITIONS,
		.reason = "$1",
		.remedy = "install the client programs of its version here, or name them by --pg-dump"
	};
	AUTO(pg_dump_fini) struct pg_dump d = { 0 };
	struct err why = { 0 };
	if (l->job->options->data_only)
		return 0;
	int r = pg_dump_find(&d, l->at[END_SOURCE], &why);
	if (r == -EPROTONOSUPPORT)
		return look_found_server(l, &none, why.text, "", err);
	if (r)
		*err = why;
	return r;
}

/* Whether the system has a locale is asked by setting one that nothing depends on. */
static int look_locale(struct look *l, struct err *err)
{
	static const struct check missing = {
		.code = "locale",
		.kind = CHECK_SOURCE,
		.reason = "its locale $1 is not at the destination, where the database cannot be made",
		.remedy = "install it there (locale-gen) and restart the server"
	};
	AUTO(answer_fini) struct answer a = { 0 };
	struct session *s = l->at[END_TARGET];
	if (l->job->options->data_only || (s->there && !session_replaces(s)))
		return 0;
	int r = look_ask(
		l, END_SOURCE,
		"SELECT datcollate FROM pg_catalog.pg_database WHERE datname = $N UNION SELECT datctype FROM"
		" pg_catalog.pg_database WHERE datname = $N",
		&a, err);
	for (size_t i = 0; !r && i < answer_rows(&a); i++) {
		AUTO(buf_fini) struct buf sql;
		text_init(&sql);
		text_add(&sql, "SET lc_time = ");
		text_value(&sql, answer_cell(&a, i, 0));
		struct err why = { 0 };
		r = pg_run(&s->control, "locale", text_of(&sql), &why);
		if (r == -EIO)
			r = look_found(l, &missing,
				       (const char *const[]){ "database", "", name_at(l, END_SOURCE),
							      answer_cell(&a, i, 0), "" },
				       err);
		else if (r)
			*err = why;
	}
	return r;
}

/* Names that are free at the source and words of SQL at the destination, where they stand in functions' bodies, which nobody quotes. */
static int look_reserved(struct look *l, struct err *err)
{
	static const struct check reserved = {
		.code = "reserved",
		.severity = SEVERITY_LIKELY,
		.kind = CHECK_SOURCE,
		.when = WHEN_DEFINITIONS,
		.reason =
			"it has the word $1, which is reserved at the destination: as a name it must be quoted",
		.remedy = "write it in double quotes where it is a name"
	};
	static const char words_sql[] =
		"SELECT word FROM pg_catalog.pg_get_keywords() WHERE catcode IN ('R', 'T') ORDER BY 1";
	AUTO(answer_fini) struct answer from = { 0 }, to = { 0 };
	int r = look_ask(l, END_SOURCE, words_sql, &from, err);
	if (!r)
		r = look_ask(l, END_TARGET, words_sql, &to, err);
	for (size_t i = 0, k = 0; !r && i < answer_rows(&to); i++) {
		const char *word = answer_cell(&to, i, 0);
		while (k < answer_rows(&from) && strcmp(answer_cell(&from, k, 0), word) < 0)
			k++;
		if (k < answer_rows(&from) && !strcmp(answer_cell(&from, k, 0), word))
			continue;
		AUTO(buf_fini) struct buf sql;
		text_init(&sql);
		text_format(
			&sql,
			"SELECT 'function', n.nspname, p.proname, '%s' FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON"
			" n.oid = p.pronamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.prosrc ~*"
			" '(^|[^\"_[:alnum:]])%s([^\"_[:alnum:]]|\\Z)'",
			word, word);
		struct check c = reserved;
		c.sql = text_of(&sql);
		r = c.sql ? checks_run(&l->asker, &c, 1, err) : err_set(err, -ENOMEM, "preflight");
	}
	return r;
}

/* Of some tables the sum of theirs, which waits for who holds one locked; the whole database is nobody's. */
static int bytes(struct look *l, enum check_end end, uint64_t *bytes, struct err *err)
{
	static const char whole[] =
		"SELECT pg_catalog.pg_database_size(oid) FROM pg_catalog.pg_database WHERE datname = $N";
	static const char tables[] =
		"SELECT n.nspname, c.relname, pg_catalog.pg_total_relation_size(c.oid) FROM pg_catalog.pg_class c JOIN"
		" pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'"
		" AND n.nspname NOT IN ('pg_catalog', 'information_schema')";
	const struct options *o = l->job->options;
	AUTO(answer_fini) struct answer a = { 0 };
	if (!o->only_tables.count && !o->exclude_tables.count)
		return look_number(l, end, whole, bytes, err);
	int r = look_ask(l, end, tables, &a, err);
	for (size_t i = 0; !r && i < answer_rows(&a); i++)
		if (options_want_table(o, answer_cell(&a, i, 0), answer_cell(&a, i, 1)))
			*bytes += strtoull(answer_cell(&a, i, 2), NULL, 10);
	return r;
}

static bool is_local(struct session *s)
{
	const char *host = PQhost(s->control.pg);
	return host && *host == '/';
}

int preflight_look(const struct preflight_job *job, struct err *err)
{
	static const struct look_part parts[] = {
		{ "pg-dump", look_pg_dump, false },
		{ "locale", look_locale, true },
		{ "reserved", look_reserved, true },
	};
	const struct look_engine engine = {
		.open = open_end,
		.close = close_end,
		.ask = ask,
		.add_names = add_names,
		.same = session_same,
		.check_empty = check_empty,
		.replaces = session_replaces,
		.bytes = bytes,
		.is_local = is_local,
		.directory = "SELECT pg_catalog.current_setting('data_directory')",
		.series = 1,
		.beside = 3,
		.checks = pg_checks,
		.check_count = pg_check_count,
		.parts = parts,
		.part_count = sizeof parts / sizeof *parts
	};
	struct session ends[2] = { 0 };
	for (size_t i = 0; i < 2; i++) {
		pthread_mutex_init(&ends[i].cancel_lock, NULL);
		pthread_mutex_init(&ends[i].child_lock, NULL);
	}
	return look_run(&engine, (struct session *const[]){ &ends[0], &ends[1] }, job, err);
}
