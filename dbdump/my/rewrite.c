#include "dbdump/my/rewrite.h"

#include <string.h>

#include "dbdump/my/lex.h"
#include "dbdump/my/sql.h"

static void copy(struct buf *out, const struct token *t)
{
	buf_bytes(out, t->p, t->len);
}

/* Digits alone are a number: a database of that name has quotes. */
static bool is_number(const struct token *t)
{
	size_t i = 0;
	while (i < t->len && t->p[i] >= '0' && t->p[i] <= '9')
		i++;
	return i == t->len;
}

/* The new name of what this token names, if it is a database that gets one. */
static const char *new_name(const struct rewrite *how, const struct token *t, char *name, size_t cap)
{
	if ((t->kind != TOKEN_NAME && t->kind != TOKEN_WORD) || is_number(t) || !token_name(t, name, cap))
		return NULL;
	const char *renamed = options_renamed(how->options, name);
	return strcmp(renamed, name) ? renamed : NULL;
}

static bool follows(const struct lexer *l, const char *mark)
{
	struct lexer ahead = *l;
	struct token t = lex_solid(&ahead);
	return token_is(&t, mark);
}

/* After DEFINER: "= name @ host", or "= role", or "= CURRENT_USER". Moves behind it. */
static void skip_definer(struct lexer *l)
{
	struct token t = lex_solid(l); /* "=" */
	t = lex_solid(l);
	struct lexer ahead = *l;
	t = lex_solid(&ahead);
	if (!token_is(&t, "@"))
		return;
	lex_solid(&ahead);
	*l = ahead;
}

/* "user@host" or "role". */
static void put_definer(struct buf *out, const char *definer)
{
	const char *at = strrchr(definer, '@');
	AUTO(buf_fini) struct buf user = { .limit = SQL_LIMIT };
	buf_bytes(&user, definer, at ? (size_t)(at - definer) : strlen(definer));
	const char *name = sql_text(&user);
	if (name && strcmp(definer, "current") != 0)
		sql_add(out, at ? "DEFINER=%i@%i" : "DEFINER=%i", name, at ? at + 1 : "");
}

/* Behind it there are statements, in which a word before a dot may be a table or a variable too. */
static bool ends_head(const struct token *t)
{
	static const char *const words[] = { "AS", "FOR", "BEGIN", "RETURN", "DO", "IS" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (token_is(t, words[i]))
			return true;
	return false;
}

/* SHOW CREATE escapes a comment's backslashes even for a sql_mode in which they escape nothing. */
static void put_comment(struct buf *out, const struct token *t)
{
	for (size_t i = 0; i < t->len; i++) {
		char c = t->p[i];
		if (c == '\\' && i + 2 < t->len) {
			c = t->p[++i];
			c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
		}
		buf_u8(out, (uint8_t)c);
	}
}

struct state {
	const char *text;
	bool head, definer_seen, after_dot, after_comment;
	bool view;	   /* there only those in backticks are names */
	bool has_list;	   /* a routine's parameters are over: a body without BEGIN may follow */
	unsigned depth;	   /* of parentheses */
	bool table;	   /* a table's definition: there a name before a dot is a database's */
	bool wants_table;  /* behind FROM and the like, maybe with parentheses between */
	bool from_is_word; /* of EXTRACT(x FROM y) and its kind */
	bool unsure;
};

/* Does the text use this name for something that is no database: a table or an alias, and not a definer's? */
static bool is_other_name(const char *text, const char *sql_mode, const char *name)
{
	struct lexer l = lex_begin(text, strlen(text), sql_mode);
	char found[256];
	for (struct token t = lex_solid(&l); t.kind != TOKEN_END; t = lex_solid(&l))
		if ((t.kind == TOKEN_NAME || t.kind == TOKEN_WORD) && token_name(&t, found, sizeof found) &&
		    !strcmp(found, name) && !follows(&l, ".") && !follows(&l, "@"))
			return true;
	return false;
}

static bool in_name(const struct state *st)
{
	return st->head && !st->has_list;
}

/* With this token's name before a dot: is it a database's, whatever else is called so? Three names with dots between, or a
 * function's, or a place where there is a table. */
static bool is_database(const struct lexer *l, const struct state *st)
{
	struct lexer ahead = *l;
	lex_solid(&ahead); /* "." */
	lex_solid(&ahead);
	struct token t = lex_solid(&ahead);
	return in_name(st) || st->table || st->wants_table || token_is(&t, ".") || token_is(&t, "(");
}

static void note_token(struct state *st, const struct token *t)
{
	static const char *const before_tables[] = { "JOIN",	"INTO",	      "UPDATE",	       "TABLE",
						     "CALL",	"REFERENCES", "STRAIGHT_JOIN", "NEXTVAL",
						     "LASTVAL", "SETVAL" };
	static const char *const with_from[] = { "EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "MID" };
	bool from = token_is(t, "FROM");
	st->after_dot = token_is(t, ".");
	st->after_comment = token_is(t, "COMMENT");
	st->wants_table = (from && !st->from_is_word) || (st->wants_table && token_is(t, "("));
	for (size_t i = 0; i < sizeof before_tables / sizeof *before_tables; i++)
		st->wants_table = st->wants_table || token_is(t, before_tables[i]);
	st->from_is_word = st->from_is_word && !from && !token_is(t, ")");
	for (size_t i = 0; i < sizeof with_from / sizeof *with_from; i++)
		st->from_is_word = st->from_is_word || token_is(t, with_from[i]);
	st->table = st->table || (st->head && token_is(t, "TABLE"));
	st->view = st->view || (st->head && token_is(t, "VIEW"));
	st->depth += token_is(t, "(");
	st->depth -= st->depth && token_is(t, ")");
	st->has_list = st->has_list || (!st->depth && token_is(t, ")"));
}

static void put_token(struct buf *out, struct lexer *l, const struct token *t, const struct rewrite *how,
		      struct state *st)
{
	char name[256];
	const char *definer = how->options->definer;
	if (st->head && !st->definer_seen && token_is(t, "DEFINER")) {
		st->definer_seen = true;
		if (how->definer && definer && strcmp(definer, "keep") != 0) {
			skip_definer(l);
			put_definer(out, definer);
			return;
		}
	}
	const char *renamed = how->rename && !st->after_dot && follows(l, ".")
				      ? new_name(how, t, name, sizeof name)
				      : NULL;
	if (renamed && (t->kind == TOKEN_NAME || in_name(st)) &&
	    (is_database(l, st) || !is_other_name(st->text, how->sql_mode, name))) {
		sql_add(out, "%i", renamed);
		return;
	}
	st->unsure = st->unsure || (renamed && !st->view);
	if (st->head && st->after_comment && t->kind == TOKEN_STRING && l->no_backslash) {
		put_comment(out, t);
		return;
	}
	copy(out, t);
}

bool rewrite(struct buf *out, const char *text, const struct rewrite *how)
{
	struct lexer l = lex_begin(text, strlen(text), how->sql_mode);
	struct state st = { .text = text, .head = true };
	for (struct token t = lex_next(&l); t.kind != TOKEN_END; t = lex_next(&l)) {
		st.head = st.head && !ends_head(&t);
		put_token(out, &l, &t, how, &st);
		if (t.kind != TOKEN_SPACE)
			note_token(&st, &t);
	}
	return st.unsure;
}

void rewrite_event(struct buf *out, const char *text, const char *sql_mode, bool *was_enabled)
{
	struct lexer l = lex_begin(text, strlen(text), sql_mode);
	bool completion = false, done = false;
	*was_enabled = false;
	for (struct token t = lex_next(&l); t.kind != TOKEN_END; t = lex_next(&l)) {
		completion = completion || token_is(&t, "COMPLETION");
		done = done || token_is(&t, "DO");
		if (completion && !done && token_is(&t, "ENABLE")) {
			sql_add(out, "DISABLE");
			*was_enabled = done = true;
			continue;
		}
		copy(out, &t);
	}
}
