/* definition.h - what the catalog's objects say of tables, databases and code: equal at both ends when they are the same. */
#pragma once
#include "dbdump/catalog.h"
#include "dbdump/my/session.h"

/* Adds the databases, the tables of c, and s->code, as objects. */
int definitions_add(struct session *s, struct catalog *c, struct err *err);
/* A database's collation and comment, a row; at a target it may not be there. */
int definition_database(struct session *s, const char *name, struct rows *out, struct err *err);
/* As the destination is to have it: s->code's text with new names and definers. NULL: no memory. */
char *definition_text(struct session *s, const struct code *code);
