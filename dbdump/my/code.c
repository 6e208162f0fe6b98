#include "dbdump/my/code.h"

#include <stdlib.h>
#include <string.h>

const char *code_kind_name(enum code_kind kind)
{
	static const char *const names[] = {
		[CODE_SEQUENCE] = "sequence",	      [CODE_PACKAGE] = "package",
		[CODE_PACKAGE_BODY] = "package body", [CODE_FUNCTION] = "function",
		[CODE_PROCEDURE] = "procedure",	      [CODE_VIEW] = "view",
		[CODE_TRIGGER] = "trigger",	      [CODE_EVENT] = "event",
	};
	return names[kind];
}

struct code *code_add(struct code_list *l, enum code_kind kind, const char *schema, const char *name)
{
	/* room for 16, then twice as many each time that it is full */
	bool full = l->count == 0 || (l->count >= 16 && (l->count & (l->count - 1)) == 0);
	if (full) {
		struct code *grown = reallocarray(l->at, l->count ? l->count * 2 : 16, sizeof *grown);
		if (!grown)
			return NULL;
		l->at = grown;
	}
	struct code *c = &l->at[l->count];
	*c = (struct code){ .kind = kind, .schema = strdup(schema), .name = strdup(name) };
	l->count++;
	return c->schema && c->name ? c : NULL;
}

void code_fini(struct code_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		struct code *c = &l->at[i];
		free(c->schema);
		free(c->name);
		free(c->text);
		free(c->sql_mode);
		free(c->charset);
		free(c->collation);
		free(c->db_collation);
		free(c->time_zone);
		free(c->table);
		free(c->order);
		free(c->position);
	}
	free(l->at);
	*l = (struct code_list){ 0 };
}
