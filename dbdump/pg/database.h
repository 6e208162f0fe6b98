/* database.h - the database itself: how it is made, and what belongs to it but is in no schema. */
#pragma once
#include "dbdump/pg/session.h"

/* What makes a database called name like the one that c is connected to. For the caller to free. */
int database_create_sql(char **out, struct conn *c, const char *name, struct err *err);
/* Statements: of the database, before anything else; of its settings, owner, grants and comment, when all is there. */
int database_script_first(struct session *s, struct script *out, struct err *err);
int database_script_last(struct session *s, struct script *out, struct err *err);
/* --users: the roles that this database speaks of, before anything else. */
int roles_script(struct session *s, struct script *out, struct err *err);
