#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dbdump/my/definition.h"
#include "dbdump/my/lex.h"
#include "dbdump/my/script.h"
#include "dbdump/my/sql.h"
#include "xfer/base/fd.h"

/* A view can be made only when there is what it selects from. So most are made after those that they stand on. Those that refer
 * to what is not there, or to each other in a ring, are made under another name while tables stand in for all of that, which
 * have every column that one of their texts names; then the tables go, and the views get their names. */
struct view {
	const struct code *code;
	struct strings refs; /* "db.name", as in the text, database and name each in backticks */
	bool done;
};

struct views {
	struct view *at;
	size_t count;
	struct strings columns; /* that those which are not right name */
	struct strings stand_ins;
};

enum { STAND_IN_COLUMNS = 1000 };

static bool has(const struct strings *s, const char *text)
{
	for (size_t i = 0; i < s->count; i++)
		if (!strcasecmp(s->at[i], text))
			return true;
	return false;
}

/* Chains of names with dots between: a table (2), or a column of it (3), or of an alias (2). */
struct chain {
	char name[3][256];
	unsigned count;
	bool called; /* a function's name */
};

static bool next_chain(struct lexer *l, struct chain *out)
{
	*out = (struct chain){ 0 };
	for (struct token t = lex_solid(l); t.kind != TOKEN_END; t = lex_solid(l)) {
		if (t.kind != TOKEN_NAME)
			continue;
		for (;;) {
			if (out->count < 3 && !token_name(&t, out->name[out->count++], sizeof *out->name))
				out->count--;
			struct lexer ahead = *l;
			struct token dot = lex_solid(&ahead), name = lex_solid(&ahead);
			out->called = token_is(&dot, "(");
			if (!token_is(&dot, ".") || name.kind != TOKEN_NAME)
				return true;
			*l = ahead;
			t = name;
		}
	}
	return false;
}

static int add_ref(struct strings *refs, const char *db, const char *name)
{
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	sql_add(&b, "%i.%i", db, name);
	const char *text = sql_text(&b);
	if (!text)
		return -ENOMEM;
	return has(refs, text) ? 0 : strings_add(refs, text, b.len);
}

static int find_refs(struct view *v)
{
	struct lexer l = lex_begin(v->code->text, strlen(v->code->text), NULL);
	struct chain c;
	int status = 0;
	while (!status && next_chain(&l, &c))
		if (c.count >= 2 && !c.called)
			status = add_ref(&v->refs, c.name[0], c.name[1]);
	return status;
}

static struct view *find(const struct views *views, const char *ref)
{
	for (size_t i = 0; i < views->count; i++) {
		AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
		sql_add(&b, "%i.%i", views->at[i].code->schema, views->at[i].code->name);
		const char *text = sql_text(&b);
		if (text && !strcmp(text, ref))
			return &views->at[i];
	}
	return NULL;
}

static bool is_ready(const struct views *views, const struct view *v)
{
	for (size_t i = 0; i < v->refs.count; i++) {
		struct view *on = find(views, v->refs.at[i]);
		if (on && on != v && !on->done)
			return false;
	}
	return !v->code->broken;
}

static int put_view(struct session *s, struct script *out, const struct code *code)
{
	struct statement *st = script_named(out, PHASE_AFTER, "view", session_target_name(s, code->schema),
					    code->name);
	AUTO(fd_free_buffer) char *text = definition_text(s, code);
	if (!st || !text || script_settings(st, code))
		return -ENOMEM;
	return statement_sql(st, text);
}

static int put_ready(struct session *s, struct views *views, struct script *out)
{
	bool more = true;
	int status = 0;
	while (!status && more) {
		more = false;
		for (size_t i = 0; !status && i < views->count; i++) {
			struct view *v = &views->at[i];
			if (v->done || !is_ready(views, v))
				continue;
			status = put_view(s, out, v->code);
			v->done = more = true;
		}
	}
	return status;
}

static bool is_table(const struct session *s, const struct catalog *c, const char *db, const char *name)
{
	for (size_t i = 0; i < s->code.count; i++)
		if (s->code.at[i].kind == CODE_SEQUENCE && !strcmp(s->code.at[i].schema, db) &&
		    !strcmp(s->code.at[i].name, name))
			return true;
	return catalog_find_table(c, db, name) != NULL;
}

static bool is_ours(const struct session *s, const char *db)
{
	for (size_t i = 0; i < s->job.databases->count; i++)
		if (!strcmp(s->job.databases->at[i], db))
			return true;
	return false;
}

/* Notes what one of the views that are not right wants to be there. */
static int note_wants(struct session *s, const struct catalog *c, struct views *views, const struct view *v)
{
	struct lexer l = lex_begin(v->code->text, strlen(v->code->text), NULL);
	struct chain ch;
	int status = 0;
	while (!status && next_chain(&l, &ch)) {
		const char *column = ch.count ? ch.name[ch.count - 1] : "";
		if (ch.count >= 2 && !has(&views->columns, column) && views->columns.count < STAND_IN_COLUMNS)
			status = strings_add(&views->columns, column, strlen(column));
		if (status || ch.count < 2 || ch.called || !is_ours(s, ch.name[0]) ||
		    is_table(s, c, ch.name[0], ch.name[1]))
			continue;
		AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
		sql_add(&b, "%i.%i", ch.name[0], ch.name[1]);
		struct view *other = sql_text(&b) ? find(views, sql_text(&b)) : NULL;
		if (!other || !other->done)
			status = add_ref(&views->stand_ins, session_target_name(s, ch.name[0]), ch.name[1]);
	}
	return status;
}

static int put_stand_ins(struct views *views, struct script *out, bool make)
{
	int status = 0;
	for (size_t i = 0; !status && i < views->stand_ins.count; i++) {
		const char *name = views->stand_ins.at[i];
		AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
		sql_add(&b, make ? "CREATE TABLE %s (" : "DROP TABLE %s", name);
		for (size_t k = 0; make && k < views->columns.count; k++)
			sql_add(&b, "%s%i INT", k ? ", " : "", views->columns.at[k]);
		sql_add(&b, make ? ")" : "");
		struct statement *st = script_add(out, PHASE_AFTER, "stand-in for a view's table", name);
		status = st && sql_text(&b) ? statement_sql(st, sql_text(&b)) : -ENOMEM;
	}
	return status;
}

/* CREATE ... VIEW `db`.`name` AS: the same with another name. */
static int put_under_other_name(struct session *s, struct script *out, const struct code *code,
				const char *other)
{
	const char *db = session_target_name(s, code->schema);
	AUTO(fd_free_buffer) char *text = definition_text(s, code);
	AUTO(buf_fini) struct buf b = { .limit = SQL_LIMIT };
	struct statement *st = script_named(out, PHASE_AFTER, "view", db, code->name);
	if (!st || !text || script_settings(st, code))
		return -ENOMEM;
	st->optional = code->broken; /* at the source it does not work either */
	struct lexer l = lex_begin(text, strlen(text), NULL);
	struct token t = lex_next(&l);
	for (; t.kind != TOKEN_END && !token_is(&t, "VIEW"); t = lex_next(&l))
		buf_bytes(&b, t.p, t.len);
	sql_add(&b, "VIEW %i.%i ", db, other);
	while (t.kind != TOKEN_END && !token_is(&t, "AS") && t.p[0] != '(')
		t = lex_next(&l);
	buf_bytes(&b, t.p, strlen(t.p));
	return sql_text(&b) ? statement_sql(st, sql_text(&b)) : -ENOMEM;
}

static int put_wrong_view(struct session *s, struct script *out, const struct code *code, size_t number,
			  bool make)
{
	const char *db = session_target_name(s, code->schema);
	char other[64];
	snprintf(other, sizeof other, "dbdump view %zu", number);
	if (make) {
		session_warn(
			s,
			"view %s.%s refers to what is not there, or may not be used: it is copied as it is",
			code->schema, code->name);
		return put_under_other_name(s, out, code, other);
	}
	struct statement *st = script_named(out, PHASE_AFTER, "view", db, code->name);
	if (!st)
		return -ENOMEM;
	st->optional = code->broken;
	return script_sql(st, "RENAME TABLE %i.%i TO %i.%i", db, other, db, code->name);
}

static int put_wrong(struct session *s, const struct catalog *c, struct views *views, struct script *out)
{
	int status = 0;
	for (size_t i = 0; !status && i < views->count; i++)
		if (!views->at[i].done)
			status = note_wants(s, c, views, &views->at[i]);
	if (!status)
		status = put_stand_ins(views, out, true);
	for (size_t i = 0; !status && i < views->count; i++)
		if (!views->at[i].done)
			status = put_wrong_view(s, out, views->at[i].code, i, true);
	if (!status)
		status = put_stand_ins(views, out, false);
	for (size_t i = 0; !status && i < views->count; i++)
		if (!views->at[i].done)
			status = put_wrong_view(s, out, views->at[i].code, i, false);
	return status;
}

int script_views(struct session *s, const struct catalog *c, struct script *out, struct err *err)
{
	struct views views = { .at = calloc(s->code.count + 1, sizeof *views.at) };
	int status = views.at ? 0 : -ENOMEM;
	for (size_t i = 0; !status && i < s->code.count; i++) {
		if (s->code.at[i].kind != CODE_VIEW)
			continue;
		views.at[views.count] = (struct view){ .code = &s->code.at[i] };
		status = find_refs(&views.at[views.count++]);
	}
	if (!status)
		status = put_ready(s, &views, out);
	if (!status)
		status = put_wrong(s, c, &views, out);
	for (size_t i = 0; i < views.count; i++)
		strings_fini(&views.at[i].refs);
	strings_fini(&views.columns);
	strings_fini(&views.stand_ins);
	free(views.at);
	return status ? err_set(err, status, "%s: views", s->job.uri->shown) : 0;
}
