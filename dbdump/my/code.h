/* code.h - what a database holds besides tables: as the server would have it made again. Plain values; the list owns them. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* In the order in which they are made. */
enum code_kind {
	CODE_SEQUENCE,
	CODE_PACKAGE,
	CODE_PACKAGE_BODY,
	CODE_FUNCTION,
	CODE_PROCEDURE,
	CODE_VIEW,
	CODE_TRIGGER,
	CODE_EVENT,
};

struct code {
	enum code_kind kind;
	char *schema, *name;
	char *text;		   /* SHOW CREATE, in the bytes of charset */
	char *sql_mode;		   /* these five may be NULL */
	char *charset, *collation; /* of the client that made it */
	char *db_collation;
	char *time_zone;
	char *table; /* of a trigger */
	char *order; /* of a trigger: which one it is of those that run at the same time; its text does not say */
	char *position; /* of a sequence: "next, is used, round" as setval takes them */
	bool broken;	/* a view that refers to what is not there, as the server says */
};

struct code_list {
	struct code *at;
	size_t count;
};

/* Static: "sequence", "view", "package body", ... */
const char *code_kind_name(enum code_kind kind);
/* Appends an empty one, valid until the next; NULL: no memory. */
struct code *code_add(struct code_list *l, enum code_kind kind, const char *schema, const char *name);
void code_fini(struct code_list *l);
