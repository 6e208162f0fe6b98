/* objects.h - everything in a database that is compared by its definition, but for sequences and large objects.
 *
 * Each kind is one query, so that both ends say the same words of the same thing. Owners and grants are kinds of their own: they
 * may differ where roles do. What came with an extension is the extension's. */
#pragma once
#include "dbdump/mark.h"
#include "dbdump/pg/session.h"

/* Rows of name, definition, and for what belongs or refers to a relation its schema and name (NULL: none), for the options. Then,
 * where it needs roles, a column roles or any_role: their names, quoted where need be, with spaces between; behind it owned (catalog.h).
 * search_path is empty, so that names without a schema are pg_catalog's. {{14:words}} are there from 14 on, {{15-16:words}}
 * in these two alone. */
struct objects_query {
	const char *kind;
	int since; /* major version */
	const char *sql;
};

/* Ended by one without a kind. objects_tables.c, objects_code.c, objects_rights.c. */
extern const struct objects_query objects_tables[], objects_code[], objects_rights[];

int objects_read(struct session *s, struct catalog *out, struct err *err);

#define OBJECTS_USERS                                                       \
	"n.nspname NOT IN ('pg_catalog', 'information_schema', '" MARK_NAME \
	"') AND n.nspname !~ '^pg_(toast|temp)'"
#define OBJECTS_OWN(class, oid)                                             \
	"NOT EXISTS (SELECT FROM pg_depend own WHERE own.classid = '" class \
		"'::regclass AND own.objid = " oid " AND own.deptype = 'e')"
#define OBJECTS_SCHEMA(oid) " JOIN pg_namespace n ON n.oid = " oid
/* Options have an order that nobody chose. */
#define OBJECTS_SORTED(list) \
	"(SELECT string_agg(opt, ', ' ORDER BY opt COLLATE \"C\") FROM unnest(" list ") opt)"
/* What PostgreSQL made by itself for something else, as it makes constructors for a range, is not compared. */
#define OBJECTS_EXPLICIT(class, oid)                                          \
	"NOT EXISTS (SELECT FROM pg_depend made WHERE made.classid = '" class \
		"'::regclass AND made.objid = " oid " AND made.deptype = 'i')"
/* From 16 on names of columns are qualified only where they must be: none are. */
#define OBJECTS_UNQUALIFIED(text) \
	"regexp_replace(" text ", '(\"([^\"]|\"\")+\"|\\m[a-z_][a-z0-9_$]*)\\.', '', 'g')"
/* ... so what a rule stands on is said apart. */
#define OBJECTS_USES(rule)                                                                                           \
	"(SELECT string_agg(DISTINCT i.identity, ', ' ORDER BY i.identity) FROM pg_depend used, pg_identify_object(" \
	"used.refclassid, used.refobjid, 0) i WHERE used.classid = 'pg_rewrite'::regclass AND used.objid = " rule    \
	" AND used.deptype = 'n' AND NOT EXISTS (SELECT FROM pg_rewrite self WHERE self.oid = used.objid AND self.ev_class = used.refobjid))"
