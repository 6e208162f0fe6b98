/* toy.h - an engine whose servers are lists in memory, with faults that a test puts in: a client of the engine's contract.
 *
 * The host of a URI names a server: a or b. A row is a line; its key is what comes before the first tab. SQL is "table T",
 * "index T", "view V" and so on: each makes an object of that kind and name, and a table also the table. Names are without blanks.
 * Statics, so one test program a process. Locked, so that sessions may have threads. */
#pragma once
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/engine.h"

enum { TOY_TABLES = 64, TOY_OBJECTS = 256, TOY_CONNECTIONS = 8 };

struct toy_table {
	char schema[32], name[32];
	struct strings rows; /* without the newline */
	enum rows_kind kind;
	uint64_t data_bytes; /* what the server guesses */
	bool large_rows, indexed;
};

struct toy_server {
	struct toy_table tables[TOY_TABLES];
	size_t table_count;
	struct {
		char kind[16], name[64], definition[32];
	} objects[TOY_OBJECTS];
	size_t object_count;
	unsigned shares; /* connections that share a snapshot; 0: all */

	/* faults */
	int open_fails, snapshot_fails, prepare_fails;
	const char *read_fails, *write_fails, *execute_fails; /* the table's or object's name */
	int code;					      /* with which they fail */
	size_t fails_at;				      /* read: after so many rows */
	const char *loses;	  /* write: the last row of this table is not there, though counted */
	const char *short_by_one; /* write: one row fewer is said to be taken */
	const char *breaks;	  /* write: fails with code at the first lines */
	const char *hangs;	  /* write: ends with cancel alone */
	bool hung;		  /* and it does now: other faults wait for that */
	unsigned load;
	unsigned refuses;	/* so many attempts to open it */
	unsigned refuses_again; /* a source, once what came of it was undone */
	unsigned undone,
		heals_after; /* undo was called; a source's read_fails is over after so many of them */
	int undo_fails;
	unsigned loads_asked, cancels, opened, closed;
	unsigned large_readers; /* bits: the connections that read a row of a MiB or more */
};

struct session {
	struct toy_server *server;
	struct session_job job;
	bool cancelled;
	struct toy_cursor {
		const struct toy_table *table;
		size_t at, end;
	} cursors[TOY_CONNECTIONS];
};

static struct toy_server toy_servers[2];
static pthread_mutex_t toy_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t toy_changed = PTHREAD_COND_INITIALIZER;
/* What happened, in order: "table", "rows", "index", ... with a name behind each. */
static struct strings toy_log;

static inline void toy_note(const char *what, const char *name)
{
	char text[128];
	snprintf(text, sizeof text, "%s %s", what, name);
	strings_add(&toy_log, text, strlen(text));
}

static inline struct toy_table *toy_find(struct toy_server *s, const char *schema, const char *name)
{
	for (size_t i = 0; i < s->table_count; i++)
		if (strcmp(s->tables[i].schema, schema) == 0 && strcmp(s->tables[i].name, name) == 0)
			return &s->tables[i];
	return NULL;
}

static inline void toy_object(struct toy_server *s, const char *kind, const char *name,
			      const char *definition)
{
	if (s->object_count == TOY_OBJECTS)
		abort();
	snprintf(s->objects[s->object_count].kind, sizeof s->objects->kind, "%s", kind);
	snprintf(s->objects[s->object_count].name, sizeof s->objects->name, "%s", name);
	snprintf(s->objects[s->object_count].definition, sizeof s->objects->definition, "%s", definition);
	s->object_count++;
}

/* A table of so many rows, and its object. */
static inline struct toy_table *toy_add(struct toy_server *s, const char *schema, const char *name,
					size_t rows)
{
	if (s->table_count == TOY_TABLES)
		abort();
	struct toy_table *t = &s->tables[s->table_count++];
	char line[64], both[64];
	snprintf(t->schema, sizeof t->schema, "%s", schema);
	snprintf(t->name, sizeof t->name, "%s", name);
	for (size_t i = 0; i < rows; i++) {
		snprintf(line, sizeof line, "%zu\tvalue of %zu\\n", i, i * 7);
		strings_add(&t->rows, line, strlen(line));
		t->data_bytes += strlen(line) + 1;
	}
	snprintf(both, sizeof both, "%.30s.%.30s", schema, name);
	toy_object(s, "table", both, "as it is");
	return t;
}

static inline void toy_reset(void)
{
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < toy_servers[i].table_count; k++)
			strings_fini(&toy_servers[i].tables[k].rows);
		memset(&toy_servers[i], 0, sizeof toy_servers[i]);
	}
	strings_fini(&toy_log);
}

static struct toy_server *toy_server_of(const struct uri *uri)
{
	return &toy_servers[uri->host && strcmp(uri->host, "b") == 0];
}

static bool toy_has(const struct strings *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->at[i], name) == 0)
			return true;
	return false;
}

static bool toy_is(const char *fault, const char *name)
{
	return fault && strcmp(fault, name) == 0;
}

static int toy_databases(struct strings *out, const struct uri *uri, const struct options *o, struct err *err)
{
	struct toy_server *s = toy_server_of(uri);
	(void)o;
	(void)err;
	for (size_t i = 0; i < s->table_count; i++)
		if (uri_wants(uri, s->tables[i].schema) && !toy_has(out, s->tables[i].schema))
			strings_add(out, s->tables[i].schema, strlen(s->tables[i].schema));
	return 0;
}

static int toy_open(struct session **out, const struct session_job *job, struct err *err)
{
	struct toy_server *s = toy_server_of(job->uri);
	if (s->open_fails)
		return err_say(err, s->open_fails, "cannot open");
	if (s->refuses && s->refuses--)
		return err_say(err, -ECONNREFUSED, "not yet");
	for (size_t i = 0; i < s->table_count; i++)
		if (job->role == ROLE_TARGET && !job->options->drop_existing && !job->options->data_only &&
		    toy_has(job->databases, s->tables[i].schema))
			return err_say(err, -ENOTEMPTY, "%s is not empty", s->tables[i].schema);
	*out = calloc(1, sizeof **out);
	(*out)->server = s;
	(*out)->job = *job;
	pthread_mutex_lock(&toy_lock);
	s->opened++;
	pthread_mutex_unlock(&toy_lock);
	return 0;
}

static void toy_close(struct session *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&toy_lock);
	s->server->closed++;
	pthread_mutex_unlock(&toy_lock);
	free(s);
}

static int toy_info(struct session *s, struct server_info *out, struct err *err)
{
	(void)err;
	*out = (struct server_info){ .version = "toy 1", .disk_bytes = s->server->table_count * 1000 };
	return 0;
}

static int toy_mark(struct session *s, char *out, struct err *err)
{
	(void)err;
	snprintf(out, MARK_MOST, "%p", (void *)s->server);
	return 0;
}

static int toy_marked(struct session *s, const char *mark, bool *same, struct err *err)
{
	char own[MARK_MOST];
	(void)err;
	toy_mark(s, own, NULL);
	*same = !strcmp(own, mark);
	return 0;
}

static int toy_snapshot(struct session *s, struct snapshot *out, struct err *err)
{
	if (s->server->snapshot_fails)
		return err_say(err, s->server->snapshot_fails, "no snapshot");
	*out = (struct snapshot){ .connections = s->server->shares ? s->server->shares : s->job.connections,
				  .how = "toy",
				  .position = "1:2" };
	return 0;
}

static void toy_catalog_table(struct session *s, struct catalog *out, const struct toy_table *from)
{
	struct table *t = catalog_add_table(out);
	*t = (struct table){ .schema = strdup(from->schema),
			     .name = strdup(from->name),
			     .rows_kind = s->job.options->schema_only ? ROWS_NONE : from->kind,
			     .key = strdup("id"),
			     .data_bytes = from->data_bytes,
			     .large_rows = from->large_rows,
			     .own = (void *)from };
	struct column *c = table_add_column(t);
	*c = (struct column){ strdup("id"), strdup("int") };
}

static int toy_catalog(struct session *s, struct catalog *out, struct err *err)
{
	(void)err;
	for (size_t i = 0; i < s->server->table_count; i++) {
		const struct toy_table *t = &s->server->tables[i];
		if (!toy_has(s->job.databases, t->schema))
			continue;
		if (options_want_table(s->job.options, t->schema, t->name))
			toy_catalog_table(s, out, t);
		else
			catalog_leave_out(out, t->schema, t->name);
	}
	for (size_t i = 0; i < s->server->object_count; i++) {
		const char *name = s->server->objects[i].name, *dot = strchr(name, '.');
		char schema[64], renamed[128];
		snprintf(schema, sizeof schema, "%.*s", (int)(dot - name), name);
		if (!toy_has(s->job.databases, schema))
			continue;
		const char *to = s->job.role == ROLE_SOURCE ? options_renamed(s->job.options, schema)
							    : schema;
		snprintf(renamed, sizeof renamed, "%s%s", to, dot);
		struct object *o = catalog_add_object(out);
		*o = (struct object){ .kind = s->server->objects[i].kind,
				      .name = strdup(renamed),
				      .definition = strdup(s->server->objects[i].definition) };
	}
	catalog_sort(out);
	return 0;
}

static void toy_statement(struct script *out, enum phase phase, const char *kind, const char *name)
{
	char sql[128];
	snprintf(sql, sizeof sql, "%s %s", kind, name);
	statement_sql(script_add(out, phase, kind, name), sql);
}

/* Objects: tables before, indexes of "S.T.I" when S.T is loaded, views after, all others last. */
static int toy_script(struct session *s, const struct catalog *c, struct script *out, struct err *err)
{
	(void)s;
	(void)err;
	for (size_t i = 0; i < c->object_count; i++) {
		const struct object *o = &c->objects[i];
		bool index = strcmp(o->kind, "index") == 0, table = strcmp(o->kind, "table") == 0;
		bool view = strcmp(o->kind, "view") == 0;
		toy_statement(out,
			      table   ? PHASE_BEFORE
			      : index ? PHASE_LOADED
			      : view  ? PHASE_AFTER
				      : PHASE_LAST,
			      o->kind, o->name);
		out->statements[out->count - 1].apart = table;
		for (size_t k = 0; k < c->table_count && index; k++) {
			const char *dot = strchr(o->name, '.') + 1;
			if (strncmp(dot, c->tables[k].name, strlen(c->tables[k].name)) == 0 &&
			    dot[strlen(c->tables[k].name)] == '.')
				out->statements[out->count - 1].table = k;
		}
	}
	return 0;
}

static int toy_split(struct session *s, const struct table *t, uint64_t bytes, struct parts *out,
		     struct err *err)
{
	const struct toy_table *from = t->own;
	(void)s;
	(void)err;
	size_t parts = (size_t)(t->data_bytes / bytes) + 1, rows = from->rows.count;
	for (size_t i = 0; i < parts; i++) {
		char where[64];
		snprintf(where, sizeof where, "%zu %zu", rows * i / parts, rows * (i + 1) / parts);
		strings_add(&out->where, where, strlen(where));
	}
	return 0;
}

/* Where something is to hang, other faults come when it does. */
static void toy_await_hang(void)
{
	pthread_mutex_lock(&toy_lock);
	while (toy_servers[1].hangs && !toy_servers[1].hung)
		pthread_cond_wait(&toy_changed, &toy_lock);
	pthread_mutex_unlock(&toy_lock);
}

static int toy_read_begin(struct session *s, unsigned conn, const struct table *t, const char *where,
			  struct err *err)
{
	struct toy_cursor *c = &s->cursors[conn];
	(void)err;
	*c = (struct toy_cursor){ .table = t->own, .end = ((const struct toy_table *)t->own)->rows.count };
	if (*where)
		sscanf(where, "%zu %zu", &c->at, &c->end);
	return 0;
}

static int toy_read(struct session *s, unsigned conn, struct buf *lines, struct err *err)
{
	struct toy_cursor *c = &s->cursors[conn];
	size_t begun = lines->len;
	if (toy_is(s->server->read_fails, c->table->name) && c->at >= s->server->fails_at) {
		toy_await_hang();
		return err_say(err, s->server->code, "cannot read");
	}
	for (; c->at < c->end && lines->len - begun < 1000; c->at++) {
		buf_bytes(lines, c->table->rows.at[c->at], strlen(c->table->rows.at[c->at]));
		buf_u8(lines, '\n');
	}
	pthread_mutex_lock(&toy_lock);
	s->server->large_readers |= (unsigned)(lines->len - begun >= 1 << 20) << conn;
	pthread_mutex_unlock(&toy_lock);
	return lines->len > begun;
}

static int toy_read_end(struct session *s, unsigned conn, struct err *err)
{
	(void)err;
	s->cursors[conn].table = NULL;
	return 0;
}

static int toy_count(struct session *s, unsigned conn, const struct table *t, uint64_t *rows, struct err *err)
{
	(void)s;
	(void)conn;
	(void)err;
	*rows = ((const struct toy_table *)t->own)->rows.count;
	return 0;
}

static int toy_prepare(struct session *s, struct err *err)
{
	if (s->server->prepare_fails)
		return err_say(err, s->server->prepare_fails, "cannot prepare");
	return 0;
}

static int toy_execute(struct session *s, unsigned conn, const struct statement *st, struct err *err)
{
	char schema[32], name[32];
	(void)conn;
	pthread_mutex_lock(&toy_lock);
	toy_note(st->kind, st->name);
	int rc = toy_is(s->server->execute_fails, st->name) ? s->server->code : 0;
	if (rc == 0 && strcmp(st->kind, "table") == 0 && sscanf(st->name, "%31[^.].%31s", schema, name) == 2)
		toy_add(s->server, schema, name, 0);
	else if (rc == 0)
		toy_object(s->server, st->kind, st->name, "as it is");
	pthread_mutex_unlock(&toy_lock);
	return rc ? err_say(err, rc, "cannot make it") : 0;
}

static void toy_take_lines(struct strings *rows, const uint8_t *lines, size_t len)
{
	for (size_t at = 0; at < len;) {
		const uint8_t *end = memchr(lines + at, '\n', len - at);
		strings_add(rows, (const char *)lines + at, (size_t)(end - lines) - at);
		at = (size_t)(end - lines) + 1;
	}
}

static int toy_hang(struct session *s, struct err *err)
{
	pthread_mutex_lock(&toy_lock);
	s->server->hung = true;
	pthread_cond_broadcast(&toy_changed);
	while (!s->cancelled)
		pthread_cond_wait(&toy_changed, &toy_lock);
	pthread_mutex_unlock(&toy_lock);
	return err_say(err, -EINTR, "cancelled");
}

static int toy_write(struct session *s, unsigned conn, const struct table *t, struct feed *feed,
		     uint64_t *rows, struct err *err)
{
	struct strings got = { 0 };
	const uint8_t *lines;
	size_t len;
	int rc;
	(void)conn;
	if (toy_is(s->server->hangs, t->name))
		return toy_hang(s, err);
	while ((rc = feed->next(feed, &lines, &len, err)) > 0) {
		toy_take_lines(&got, lines, len);
		if (toy_is(s->server->breaks, t->name)) {
			rc = err_say(err, s->server->code, "cannot go on");
			break;
		}
	}
	if (rc == 0 && toy_is(s->server->write_fails, t->name))
		toy_await_hang();
	pthread_mutex_lock(&toy_lock);
	struct toy_table *to = toy_find(s->server, options_renamed(s->job.options, t->schema), t->name);
	if (rc == 0 && toy_is(s->server->write_fails, t->name))
		rc = err_say(err, s->server->code, "cannot write");
	if (rc == 0 && !to)
		rc = err_say(err, -EIO, "no such table");
	if (rc == 0) {
		toy_note("rows", t->name);
		*rows = got.count - toy_is(s->server->short_by_one, t->name);
		for (size_t i = 0; i < got.count - (toy_is(s->server->loses, t->name) && got.count); i++)
			strings_add(&to->rows, got.at[i], strlen(got.at[i]));
	}
	pthread_mutex_unlock(&toy_lock);
	strings_fini(&got);
	return rc;
}

static char *toy_row_name(const struct table *t, const uint8_t *line, size_t len, char *out, size_t cap)
{
	const uint8_t *tab = memchr(line, '\t', len);
	(void)t;
	snprintf(out, cap, "id=%.*s", (int)(tab ? (size_t)(tab - line) : len), (const char *)line);
	return out;
}

static unsigned toy_load(struct session *s)
{
	pthread_mutex_lock(&toy_lock);
	unsigned load = s->server->load;
	s->server->loads_asked++;
	pthread_cond_broadcast(&toy_changed);
	pthread_mutex_unlock(&toy_lock);
	return load;
}

static void toy_cancel(struct session *s)
{
	pthread_mutex_lock(&toy_lock);
	s->cancelled = true;
	s->server->cancels++;
	pthread_cond_broadcast(&toy_changed);
	pthread_mutex_unlock(&toy_lock);
}

static const struct engine toy_engine = { .name = "Toy",
					  .spans = true,
					  .databases = toy_databases,
					  .open = toy_open,
					  .close = toy_close,
					  .info = toy_info,
					  .mark = toy_mark,
					  .marked = toy_marked,
					  .snapshot = toy_snapshot,
					  .catalog = toy_catalog,
					  .script = toy_script,
					  .split = toy_split,
					  .read_begin = toy_read_begin,
					  .read = toy_read,
					  .read_end = toy_read_end,
					  .count = toy_count,
					  .prepare = toy_prepare,
					  .execute = toy_execute,
					  .write = toy_write,
					  .row_name = toy_row_name,
					  .load = toy_load,
					  .cancel = toy_cancel };
