#include "dbdump/cli/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dbdump/cli/ends.h"
#include "dbdump/options.h"
#include "dbdump/outcome.h"
#include "xfer/front/process.h"

enum { SQL_AT_ONCE = 1 << 20 }; /* is written, then made */

struct cat {
	const struct engine *engine;
	const struct archived *archived;
	struct uri *uri;
	const struct options *options;
	const char *pattern; /* of tables; NULL: all there is */
	bool matched;
	struct buf sql;
	struct err *err;
};

static int flush(struct cat *c)
{
	if (c->sql.failed)
		return err_set(c->err, -ENOMEM, "SQL of more than %zu bytes", c->sql.len);
	for (size_t at = 0; at < c->sql.len;) {
		ssize_t n = write(STDOUT_FILENO, c->sql.data + at, c->sql.len - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(c->err, -EPIPE, "standard output: %s", strerror(errno));
		at += (size_t)n;
	}
	buf_clear(&c->sql);
	return cmd_quit ? err_say(c->err, -EINTR, "interrupted") : 0;
}

static int cat_rows(struct cat *c, struct session *s, const struct table *t)
{
	AUTO(buf_fini) struct buf lines;
	buf_init(&lines, SIZE_MAX / 4);
	int rc = c->engine->read_begin(s, 0, t, "", c->err);
	if (rc < 0)
		return rc;
	c->archived->sql_rows_begin(&c->sql, t);
	while (rc == 0 && (rc = c->engine->read(s, 0, &lines, c->err)) > 0) {
		c->archived->sql_rows(&c->sql, t, lines.data, lines.len);
		buf_clear(&lines);
		rc = c->sql.len >= SQL_AT_ONCE || c->sql.failed ? flush(c) : 0;
	}
	c->archived->sql_rows_end(&c->sql, t);
	int ended = c->engine->read_end(s, 0, rc < 0 ? NULL : c->err);
	rc = rc < 0 ? rc : ended;
	return rc < 0 ? rc : flush(c);
}

static bool wants(struct cat *c, const struct table *t)
{
	bool wanted = !c->pattern || options_pattern_matches(c->pattern, t->schema, t->name);
	c->matched = c->matched || wanted;
	return wanted;
}

/* A statement's name is for people: pg_dump has a space there for a line's end. */
static bool is_called(const char *said, const char *name)
{
	for (; *said && *name; said++, name++)
		if (*said != *name && (*said != ' ' || (*name != '\n' && *name != '\r')))
			return false;
	return *said == *name;
}

/* The statement that makes this table alone; what else it stands on is the destination's. */
static bool makes_table(const struct cat *c, const struct statement *st, const struct catalog *catalog)
{
	for (size_t i = 0; i < catalog->table_count && !strcmp(st->kind, "table"); i++) {
		char name[512];
		const struct table *t = &catalog->tables[i];
		snprintf(name, sizeof name, "%s.%s", t->schema, t->name);
		if (is_called(st->name, name) && options_pattern_matches(c->pattern, t->schema, t->name))
			return true;
	}
	return false;
}

static int cat_phase(struct cat *c, const struct script *script, enum phase phase,
		     const struct catalog *catalog)
{
	int rc = 0;
	for (size_t i = 0; i < script->count && rc == 0; i++) {
		const struct statement *st = &script->statements[i];
		if (st->phase != phase || (c->pattern && !makes_table(c, st, catalog)))
			continue;
		c->archived->sql_statement(&c->sql, st);
		rc = flush(c);
	}
	return rc;
}

static int cat_table(struct cat *c, struct session *s, const struct catalog *catalog,
		     const struct script *script, size_t at)
{
	const struct table *t = &catalog->tables[at];
	int rc = t->rows_kind == ROWS_NONE ? 0 : cat_rows(c, s, t);
	for (size_t i = 0; i < script->count && rc == 0; i++) {
		const struct statement *st = &script->statements[i];
		if (st->phase != PHASE_LOADED || st->table != at)
			continue;
		c->archived->sql_statement(&c->sql, st);
		rc = flush(c);
	}
	return rc;
}

static int cat_session(struct cat *c, struct session *s)
{
	struct catalog catalog = { 0 };
	struct script script = { 0 };
	int rc = c->engine->catalog(s, &catalog, c->err);
	if (rc == 0)
		rc = c->engine->script(s, &catalog, &script, c->err);
	if (rc == 0)
		rc = cat_phase(c, &script, PHASE_BEFORE, &catalog);
	for (size_t i = 0; i < catalog.table_count && rc == 0; i++)
		if (wants(c, &catalog.tables[i]))
			rc = cat_table(c, s, &catalog, &script, i);
	if (rc == 0)
		rc = cat_phase(c, &script, PHASE_AFTER, &catalog);
	if (rc == 0)
		rc = cat_phase(c, &script, PHASE_LAST, &catalog);
	script_fini(&script);
	catalog_fini(&catalog);
	return rc;
}

static int cat_all(struct cat *c)
{
	AUTO(strings_fini) struct strings names = { 0 };
	int rc = c->engine->databases(&names, c->uri, c->options, c->err);
	bool each = c->pattern && !c->engine->spans; /* a table alone is for a database that is there */
	if (!each)
		c->archived->sql_begin(&c->sql, NULL);
	for (size_t i = 0; i < names.count && rc == 0; i++) {
		const struct strings one = { &names.at[i], 1 };
		const struct session_job job = { .uri = c->uri,
						 .options = c->options,
						 .databases = c->engine->spans ? &names : &one,
						 .role = ROLE_SOURCE,
						 .connections = 1 };
		struct session *s = NULL;
		rc = c->engine->open(&s, &job, c->err);
		if (each)
			c->archived->sql_begin(&c->sql, names.at[i]);
		if (rc == 0)
			rc = cat_session(c, s);
		c->engine->close(s);
		if (c->engine->spans)
			break;
	}
	if (rc == 0 && c->pattern && !c->matched)
		rc = err_say(c->err, -ENOENT, "%s has no table %s", c->uri->shown, c->pattern);
	return rc ? rc : flush(c);
}

/* Returns the exit status. */
static int tell(const struct ends *ends, const struct err *err)
{
	const struct strings *d = ends->archives[0] ? archive_damages(ends->archives[0]) : NULL;
	for (size_t i = 0; d && i + 2 < d->count; i += 3) {
		char text[ERR_TEXT * 2];
		snprintf(text, sizeof text, "%s %s: %s", d->at[i], d->at[i + 1], d->at[i + 2]);
		process_complain("dbdump", text);
	}
	if (err->code) {
		process_complain("dbdump", err->text);
		return ends_status(err->code);
	}
	return d && d->count ? EXIT_PARTIAL : EXIT_OK;
}

int cmd_cat(const struct options *o, const struct strings *operands)
{
	AUTO(ends_fini) struct ends ends = { 0 };
	struct options own = *o;
	struct err err = { 0 };
	own.damaged = DAMAGED_SKIP;
	int rc = ends_parse(&ends, operands, ARGS_CAT, &err);
	if (rc == 0 && archive_stream(ends.archives[0]))
		rc = err_say(&err, -EINVAL, "%s: cat reads an archive from a file, not from a pipe",
			     ends.at[0].shown);
	if (rc == 0) {
		struct cat c = { .engine = ends.engine,
				 .archived = ends.archived,
				 .uri = &ends.at[0],
				 .options = &own,
				 .pattern = operands->count > 1 ? operands->at[1] : NULL,
				 .err = &err };
		buf_init(&c.sql, SIZE_MAX / 4);
		cat_all(&c);
		buf_fini(&c.sql);
	}
	return tell(&ends, &err);
}
