#include "dbdump/my/ddl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/lex.h"

static enum ddl_kind kind_of(const char *item)
{
	struct lexer l = lex_begin(item, strlen(item), NULL);
	struct token first = lex_solid(&l), second = lex_solid(&l);
	if (first.kind == TOKEN_NAME)
		return DDL_COLUMN;
	if (token_is(&first, "PRIMARY"))
		return DDL_PRIMARY;
	if (token_is(&first, "UNIQUE"))
		return DDL_UNIQUE;
	if (token_is(&first, "KEY") || token_is(&first, "INDEX"))
		return DDL_KEY;
	if (token_is(&first, "CONSTRAINT") && second.kind == TOKEN_NAME)
		second = lex_solid(&l);
	return token_is(&second, "FOREIGN") ? DDL_FOREIGN : DDL_OTHER;
}

static int add_item(struct ddl *d, const char *from, const char *to)
{
	while (from < to && strchr(" \t\n", *from))
		from++;
	while (to > from && strchr(" \t\n", to[-1]))
		to--;
	enum ddl_kind *grown = reallocarray(d->kinds, d->items.count + 1, sizeof *grown);
	if (!grown)
		return -ENOMEM;
	d->kinds = grown;
	if (strings_add(&d->items, from, (size_t)(to - from)))
		return -ENOMEM;
	grown[d->items.count - 1] = kind_of(d->items.at[d->items.count - 1]);
	return 0;
}

char *ddl_bare(const char *create)
{
	struct lexer l = lex_begin(create, strlen(create), NULL);
	char *bare = malloc(strlen(create) + 1), *to = bare;
	for (struct token t = lex_next(&l); bare && t.kind != TOKEN_END; t = lex_next(&l)) {
		if (t.kind == TOKEN_SPACE && *t.p == '/')
			to -= to > bare && to[-1] == ' ';
		else
			to = (char *)memcpy(to, t.p, t.len) + t.len;
	}
	if (bare)
		*to = '\0';
	return bare;
}

int ddl_parse(struct ddl *out, const char *create)
{
	struct ddl d = { 0 };
	struct lexer l = lex_begin(create, strlen(create), NULL);
	const char *begun = NULL;
	int status = 0, depth = 0;
	for (struct token t = lex_solid(&l); !status && t.kind != TOKEN_END; t = lex_solid(&l)) {
		bool opens = token_is(&t, "("), closes = token_is(&t, ")");
		if (opens && depth++ == 0)
			begun = t.p + 1;
		if (begun && ((depth == 1 && token_is(&t, ",")) || (closes && depth == 1))) {
			status = add_item(&d, begun, t.p);
			begun = t.p + 1;
		}
		if (closes && --depth == 0)
			break;
	}
	if (!status && (!begun || depth))
		status = -EINVAL;
	if (!status && !(d.tail = strdup(begun)))
		status = -ENOMEM;
	if (status)
		ddl_fini(&d);
	else
		*out = d;
	return status;
}

void ddl_fini(struct ddl *d)
{
	strings_fini(&d->items);
	free(d->kinds);
	free(d->tail);
	*d = (struct ddl){ 0 };
}

bool ddl_names(const char *item, const char *name)
{
	char found[256];
	struct lexer l = lex_begin(item, strlen(item), NULL);
	for (struct token t = lex_solid(&l); t.kind != TOKEN_END; t = lex_solid(&l))
		if (t.kind == TOKEN_NAME && token_name(&t, found, sizeof found) && !strcmp(found, name))
			return true;
	return false;
}

bool ddl_auto_increment(const struct ddl *d, char *out, size_t cap)
{
	for (size_t i = 0; i < d->items.count; i++) {
		struct lexer l = lex_begin(d->items.at[i], strlen(d->items.at[i]), NULL);
		struct token name = lex_solid(&l);
		for (struct token t = lex_solid(&l); d->kinds[i] == DDL_COLUMN && t.kind != TOKEN_END;
		     t = lex_solid(&l))
			if (token_is(&t, "AUTO_INCREMENT"))
				return token_name(&name, out, cap);
	}
	return false;
}
