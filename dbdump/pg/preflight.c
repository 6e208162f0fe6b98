#include "dbdump/pg/preflight.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/pg_dump.h"
#include "dbdump/pg/text.h"
#include "dbdump/room.h"
#include "xfer/base/fd.h"

static const char *name_at(const struct look *l, enum check_end end)
{
	return l->job->databases[end]->at[0];
}

static struct conn *conn_at(struct look *l, enum check_end end)
{
	return &l->at[end].control;
}

static void write_query(struct buf *b, const struct look *l, enum check_end end, const char *sql)
{
	text_start(b, "");
	for (const char *at; (at = strchr(sql, '$')) != NULL; sql = at + 2) {
		buf_bytes(b, sql, (size_t)(at - sql));
		if (at[1] == 'N')
			text_value(b, name_at(l, end));
		else
			text_format(b, "%u", l->job->options->jobs + 3);
	}
	text_add(b, sql);
}

static int take(PGresult *rows, struct answer *out)
{
	int columns = PQnfields(rows);
	out->columns = (size_t)columns;
	for (int row = 0; row < PQntuples(rows); row++)
		for (int i = 0; i < columns; i++)
			if (strings_add(&out->cells, PQgetvalue(rows, row, i),
					(size_t)PQgetlength(rows, row, i)))
				return -ENOMEM;
	return 0;
}

static int ask(void *ctx, enum check_end end, const char *sql, struct answer *out, struct err *err)
{
	struct look *l = ctx;
	AUTO(buf_fini) struct buf query;
	AUTO(conn_clearp) PGresult *rows = NULL;
	text_init(&query);
	if (l->job->quit && *l->job->quit)
		return err_say(err, -EINTR, "interrupted");
	write_query(&query, l, end, sql);
	int r = conn_query(&rows, conn_at(l, end), "preflight", text_of(&query), err);
	if (!r && take(rows, out))
		r = err_set(err, -ENOMEM, "preflight");
	return r;
}

/* Of an end as a whole, or with a name of its database. */
static int found(struct look *l, const struct check *c, const char *kind, const char *name, const char *one,
		 struct err *err)
{
	const char *const cells[] = { kind, "", name, one };
	return checks_found(&l->asker, c, cells, sizeof cells / sizeof *cells, err);
}

/* Connects to the database, or where a target has none yet to the server. One that is too old is a finding: *usable stays false. */
static int open_end(struct look *l, enum check_end end, bool *usable, struct err *err)
{
	static const struct check too_old[] = {
		{ .code = "version",
		  .kind = CHECK_SOURCE,
		  .reason = "$1",
		  .remedy = "upgrade it first, or copy with its own tools" },
		{ .code = "version", .kind = CHECK_TARGET, .reason = "$1", .remedy = "upgrade it first" },
	};
	struct session *s = &l->at[end];
	struct err why = { 0 };
	s->job = (struct session_job){ .uri = l->job->uris[end],
				       .options = l->job->options,
				       .databases = l->job->databases[end],
				       .role = end == END_SOURCE ? ROLE_SOURCE : ROLE_TARGET };
	int r = conn_params_of(&s->params, l->job->uris[end], &why);
	if (!r) {
		r = pg_open(&s->control, &s->params, name_at(l, end), NULL, &why);
		s->there = !r;
	}
	if (r == -ENOENT && end == END_TARGET)
		r = session_open_maintenance(s, &s->control, &why);
	*usable = !r;
	if (r == -EPROTONOSUPPORT)
		return found(l, &too_old[end], "server", "", why.text, err);
	if (r) {
		*err = why;
		return r;
	}
	s->major = conn_major(&s->control);
	l->asker.version[end] = (unsigned long)s->major;
	return 0;
}

static int look_checks(struct look *l, struct err *err)
{
	return checks_run(&l->asker, pg_checks, pg_check_count, err);
}

static int look_versions(struct look *l, struct err *err)
{
	static const struct check newer = {
		.code = "version",
		.severity = SEVERITY_LIKELY,
		.kind = CHECK_TARGET,
		.reason = "it is of $1, older than the source: what that has learned since is missing",
		.remedy = "take a destination of the source's version or a later one"
	};
	const char *version = PQparameterStatus(conn_at(l, END_TARGET)->pg, "server_version");
	return l->at[END_SOURCE].major > l->at[END_TARGET].major
		       ? found(l, &newer, "server", "", version ? version : "?", err)
		       : 0;
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
	int r = pg_dump_find(&d, &l->at[END_SOURCE], &why);
	if (r == -EPROTONOSUPPORT)
		return found(l, &none, "server", "", why.text, err);
	if (r)
		*err = why;
	return r;
}

/* What is there already, as copy would say it. */
static int look_empty(struct look *l, struct err *err)
{
	static const struct check full = {
		.code = "not-empty",
		.kind = CHECK_TARGET,
		.reason = "$1",
		.remedy = "drop it, --rename the copy, or replace it with --drop-existing"
	};
	struct session *s = &l->at[END_TARGET];
	struct err why = { 0 };
	if (!s->there || session_replaces(s))
		return 0;
	int r = session_check_empty(s, &why);
	if (r == -ENOTEMPTY)
		return found(l, &full, "database", name_at(l, END_TARGET), why.text, err);
	if (r)
		*err = why;
	return r;
}

static int look_same(struct look *l, struct err *err)
{
	static const struct check same = {
		.code = "same-server",
		.kind = CHECK_TARGET,
		.reason = "it is the source's own server, where database $1 is what would be copied",
		.remedy = "name another server, or --rename the copy"
	};
	bool is = false;
	int r = session_same(&l->at[END_SOURCE], &l->at[END_TARGET], &is, err);
	if (r || !is || strcmp(name_at(l, END_SOURCE), name_at(l, END_TARGET)) != 0)
		return r;
	return found(l, &same, "server", "", name_at(l, END_TARGET), err);
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
	struct session *s = &l->at[END_TARGET];
	if (l->job->options->data_only || (s->there && !session_replaces(s)))
		return 0;
	int r = ask(
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
		r = pg_run(conn_at(l, END_TARGET), "locale", text_of(&sql), &why);
		if (r == -EIO)
			r = found(l, &missing, "database", name_at(l, END_SOURCE), answer_cell(&a, i, 0),
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
	int r = ask(l, END_SOURCE, words_sql, &from, err);
	if (!r)
		r = ask(l, END_TARGET, words_sql, &to, err);
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

static int ask_number(struct look *l, enum check_end end, const char *sql, uint64_t *out, struct err *err)
{
	AUTO(answer_fini) struct answer a = { 0 };
	int r = ask(l, end, sql, &a, err);
	*out = answer_rows(&a) ? strtoull(answer_cell(&a, 0, 0), NULL, 10) : 0;
	return r;
}

static int look_disk(struct look *l, struct err *err)
{
	static const char size_sql[] =
		"SELECT pg_catalog.pg_database_size(oid) FROM pg_catalog.pg_database WHERE datname = $N";
	const char *host = PQhost(conn_at(l, END_TARGET)->pg);
	struct room room = { .local = host && *host == '/' };
	AUTO(answer_fini) struct answer dir = { 0 };
	if (l->job->options->schema_only)
		return 0;
	int r = ask_number(l, END_SOURCE, size_sql, &room.wanted, err);
	if (!r && session_replaces(&l->at[END_TARGET]))
		r = ask_number(l, END_TARGET, size_sql, &room.freed, err);
	/* most roles may not know it */
	int told = r ? r
		     : ask(l, END_TARGET, "SELECT pg_catalog.current_setting('data_directory')", &dir, err);
	if (told && told != -EPERM)
		return told;
	room.dir = answer_cell(&dir, 0, 0);
	return room_look(&l->asker, &room, err);
}

static const struct part {
	const char *what;
	int (*look)(struct look *l, struct err *err);
	bool both; /* there has to be a target */
} parts[] = {
	{ "version", look_versions, true },  { "checks", look_checks, false },
	{ "pg-dump", look_pg_dump, false },  { "not-empty", look_empty, true },
	{ "same-server", look_same, true },  { "locale", look_locale, true },
	{ "reserved", look_reserved, true }, { "disk", look_disk, true },
};

/* One that the servers refuse does not keep the others from looking. */
static int look_all(struct look *l, struct err *err)
{
	int r = 0;
	for (size_t i = 0; !r && i < sizeof parts / sizeof *parts; i++) {
		struct err why = { 0 };
		if (parts[i].both && !l->asker.has_target)
			continue;
		r = parts[i].look(l, &why);
		if (r && (r = checks_unseen(&l->asker, parts[i].what, r, &why)))
			*err = why;
	}
	return r;
}

static void close_end(struct session *s)
{
	pg_close(&s->control);
	conn_params_fini(&s->params);
	pthread_mutex_destroy(&s->cancel_lock);
	pthread_mutex_destroy(&s->child_lock);
}

int preflight_look(const struct preflight_job *job, struct err *err)
{
	struct look l = { .job = job };
	bool source = false, target = false;
	l.asker = (struct asker){ .ask = ask, .ctx = &l, .options = job->options, .found = job->found };
	for (size_t i = 0; i < 2; i++) {
		pthread_mutex_init(&l.at[i].cancel_lock, NULL);
		pthread_mutex_init(&l.at[i].child_lock, NULL);
	}
	int r = open_end(&l, END_SOURCE, &source, err);
	if (!r && job->uris[END_TARGET])
		r = open_end(&l, END_TARGET, &target, err);
	l.asker.has_target = target;
	if (!r && source)
		r = look_all(&l, err);
	close_end(&l.at[END_SOURCE]);
	close_end(&l.at[END_TARGET]);
	return r;
}
