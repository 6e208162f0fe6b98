#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/catalog.h"
#include "dbdump/grow.h"

void script_fini(struct script *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->statements[i].name);
		strings_fini(&s->statements[i].sql);
	}
	free(s->statements);
	*s = (struct script){ 0 };
}

struct statement *script_add(struct script *s, enum phase phase, const char *kind, const char *name)
{
	struct statement *grown = grow_by_one(s->statements, s->count, sizeof *grown);
	char *copy = strdup(name);
	if (grown)
		s->statements = grown;
	if (!grown || !copy) {
		free(copy);
		return NULL;
	}
	struct statement *st = &s->statements[s->count++];
	*st = (struct statement){ .phase = phase, .kind = kind, .name = copy };
	return st;
}

int statement_sql(struct statement *st, const char *sql)
{
	return strings_add(&st->sql, sql, strlen(sql));
}
