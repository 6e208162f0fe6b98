/* exclude.h - what the options leave out: relations, the views that stand on them, and the sequences that belong to them. */
#pragma once
#include "dbdump/pg/session.h"

/* Fills s->excluded, and what of it are tables, c->left_out; views are warned of at a source. */
int exclude_read(struct session *s, struct catalog *c, struct err *err);
/* Is the relation none of those? */
bool exclude_wants(const struct session *s, const char *schema, const char *name);
