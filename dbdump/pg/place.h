/* place.h - which phase and kind a statement of pg_dump's has, judged by how it begins. Pure. */
#pragma once
#include <stdbool.h>

#include "dbdump/catalog.h"
#include "dbdump/pg/splitter.h"

enum { PLACE_NAME = 2 * 256 + 8 };

enum place_act {
	PLACE_KEEP,
	PLACE_DROP,   /* a setting of pg_dump's session: ours has its own */
	PLACE_ACCESS, /* SET default_table_access_method: goes with each statement that follows */
	PLACE_BECOME, /* SET SESSION AUTHORIZATION: one statement with those that follow, up to ... */
	PLACE_RETURN, /* ... RESET SESSION AUTHORIZATION */
	PLACE_FINAL,  /* event triggers: after all else, or they would act on it */
};

struct place {
	enum place_act act;
	enum phase phase;
	const char *kind;      /* static */
	char name[PLACE_NAME]; /* for people */
	bool on_table;	       /* an index or a constraint that rows are loaded without: of the table */
	bool apart;	       /* an index alone: others of the table may be made at the same time */
	char schema[256], table[256];
	bool refers; /* a foreign key to */
	char to_schema[256], to_table[256];
	bool optional;
	bool post_data; /* it is of pg_dump's post-data, as all that follows is, but for grants */
};

/* post_data: the one before it was. */
void place_of(struct place *out, const struct piece *p, bool post_data);
