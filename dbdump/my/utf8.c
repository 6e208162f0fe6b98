#include "dbdump/my/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dbdump/my/lex.h"
#include "dbdump/my/sql.h"

/* "utf8", "utf8_bin", "_utf8": how many bytes of the token end with the name; 0: it is another word. */
static size_t end_of_name(const struct token *t)
{
	static const char name[] = "utf8";
	size_t n = sizeof name - 1, from = t->len && t->p[0] == '_';
	if (t->kind != TOKEN_WORD || t->len < from + n || strncasecmp(t->p + from, name, n) != 0)
		return 0;
	return t->len == from + n || (!from && t->p[n] == '_') ? from + n : 0;
}

char *utf8_named(char *text, const char *sql_mode)
{
	struct buf out = { .limit = SQL_LIMIT };
	if (!text)
		return NULL;
	struct lexer l = lex_begin(text, strlen(text), sql_mode);
	for (struct token t = lex_next(&l); t.kind != TOKEN_END; t = lex_next(&l)) {
		size_t n = end_of_name(&t);
		buf_bytes(&out, t.p, n);
		sql_add(&out, n ? "mb3" : "");
		buf_bytes(&out, t.p + n, t.len - n);
	}
	free(text);
	return sql_take(&out);
}
