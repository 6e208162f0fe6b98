/* script.h - the parts of engine.script: each appends its statements. 0 or -errno, err filled. */
#pragma once
#include "dbdump/my/session.h"

int script_tables(struct session *s, const struct catalog *c, struct script *out, struct err *err);
int script_foreign_keys(struct session *s, const struct catalog *c, struct script *out, struct err *err);
/* Sequences, routines, triggers, events. Views are script_views'. */
int script_code(struct session *s, struct script *out, enum code_kind from, enum code_kind to,
		struct err *err);
int script_views(struct session *s, const struct catalog *c, struct script *out, struct err *err);

/* A statement of kind for schema.name. NULL: no memory. */
struct statement *script_named(struct script *out, enum phase phase, const char *kind, const char *schema,
			       const char *name);
/* Appends SQL made as by sql_add. 0 or -ENOMEM. */
int script_sql(struct statement *st, const char *fmt, ...);
/* SET of what the code was made under. */
int script_settings(struct statement *st, const struct code *code);
