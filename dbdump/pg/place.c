#include "dbdump/pg/place.h"

#include <stdio.h>
#include <string.h>

/* pg_dump's own words for what a statement makes, and ours. */
static const struct {
	const char *type, *kind;
} kinds[] = {
	{ "ACCESS METHOD", "access method" },
	{ "ACL", "grant" },
	{ "AGGREGATE", "aggregate" },
	{ "BLOB METADATA", "large object" },
	{ "BLOB", "large object" },
	{ "CAST", "cast" },
	{ "CHECK CONSTRAINT", "constraint" },
	{ "COLLATION", "collation" },
	{ "COMMENT", "comment" },
	{ "CONSTRAINT", "constraint" },
	{ "CONVERSION", "conversion" },
	{ "DEFAULT ACL", "default privilege" },
	{ "DEFAULT", "default" },
	{ "DOMAIN", "domain" },
	{ "EVENT TRIGGER", "event trigger" },
	{ "EXTENSION", "extension" },
	{ "FK CONSTRAINT", "foreign key" },
	{ "FOREIGN DATA WRAPPER", "foreign data wrapper" },
	{ "FOREIGN TABLE", "foreign table" },
	{ "FUNCTION", "function" },
	{ "INDEX ATTACH", "index" },
	{ "INDEX", "index" },
	{ "MATERIALIZED VIEW DATA", "materialized view" },
	{ "MATERIALIZED VIEW", "materialized view" },
	{ "OPERATOR CLASS", "operator class" },
	{ "OPERATOR FAMILY", "operator family" },
	{ "OPERATOR", "operator" },
	{ "POLICY", "policy" },
	{ "PROCEDURAL LANGUAGE", "language" },
	{ "PROCEDURE", "procedure" },
	{ "PUBLICATION TABLE", "publication" },
	{ "PUBLICATION TABLES IN SCHEMA", "publication" },
	{ "PUBLICATION", "publication" },
	{ "ROW SECURITY", "row security" },
	{ "RULE", "rule" },
	{ "SCHEMA", "schema" },
	{ "SEQUENCE OWNED BY", "sequence" },
	{ "SEQUENCE", "sequence" },
	{ "SERVER", "server" },
	{ "SHELL TYPE", "type" },
	{ "STATISTICS", "statistics" },
	{ "SUBSCRIPTION", "subscription" },
	{ "TABLE ATTACH", "table" },
	{ "TABLE", "table" },
	{ "TEXT SEARCH CONFIGURATION", "text search configuration" },
	{ "TEXT SEARCH DICTIONARY", "text search dictionary" },
	{ "TEXT SEARCH PARSER", "text search parser" },
	{ "TEXT SEARCH TEMPLATE", "text search template" },
	{ "TRANSFORM", "transform" },
	{ "TRIGGER", "trigger" },
	{ "TYPE", "type" },
	{ "USER MAPPING", "user mapping" },
	{ "VIEW", "view" },
};

static bool begins(const struct piece *p, const char *words)
{
	size_t len = strlen(words);
	return p->len >= len && !memcmp(p->sql, words, len);
}

static const char *find(const struct piece *p, const char *words)
{
	return memmem(p->sql, p->len, words, strlen(words));
}

static bool is_kind(const char *text, size_t len, const char *type)
{
	return len == strlen(type) && !memcmp(text, type, len);
}

/* "Name: orders; Type: TABLE; Schema: shop; Owner: joe": for people alone, since a name may look like the rest. */
static void read_title(struct place *out, const struct piece *p)
{
	out->kind = "object";
	snprintf(out->name, sizeof out->name, "%.*s", (int)(p->len < 60 ? p->len : 60), p->sql);
	if (!p->title)
		return;
	const char *end = p->title + p->title_len, *type = NULL, *schema = NULL;
	for (const char *at = p->title; (at = memmem(at, (size_t)(end - at), "; Type: ", 8)); at += 8)
		type = at + 8;
	if (type)
		schema = memmem(type, (size_t)(end - type), "; Schema: ", 10);
	if (!schema)
		return;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (is_kind(type, (size_t)(schema - type), kinds[i].type))
			out->kind = kinds[i].kind;
	const char *name = p->title + 6, *schema_end = memchr(schema + 10, ';', (size_t)(end - schema - 10));
	int name_len = (int)(type - 8 - name), schema_len = schema_end ? (int)(schema_end - schema - 10) : 0;
	bool dotted = schema_len && !(schema_len == 1 && schema[10] == '-');
	snprintf(out->name, sizeof out->name, "%.*s%s%.*s", dotted ? schema_len : 0, schema + 10,
		 dotted ? "." : "", name_len, name);
}

/* "schema"."name" */
static bool read_dotted(const char **at, const char *end, char schema[static 256], char name[static 256])
{
	if (!splitter_name(at, end, schema, 256) || *at == end || **at != '.')
		return false;
	++*at;
	return splitter_name(at, end, name, 256);
}

/* CREATE [UNIQUE] INDEX name ON [ONLY] table */
static void read_index(struct place *out, const struct piece *p)
{
	const char *at = p->sql +
			 strlen(begins(p, "CREATE UNIQUE") ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
	const char *end = p->sql + p->len;
	char index[256];
	if (!splitter_name(&at, end, index, sizeof index) || end - at < 5 || memcmp(at, " ON ", 4) != 0)
		return;
	at += 4;
	if (end - at > 5 && !memcmp(at, "ONLY ", 5))
		at += 5;
	out->on_table = out->apart = read_dotted(&at, end, out->schema, out->table);
}

static bool is_next(const char *at, const char *end, const char *words)
{
	size_t len = strlen(words);
	return (size_t)(end - at) >= len && !memcmp(at, words, len);
}

/* ALTER TABLE [ONLY] table\n    ADD CONSTRAINT name ..., or ALTER DOMAIN domain\n\tADD ...: what follows the name. NULL: it is
 * something else. */
static const char *behind_constraint(struct place *out, const struct piece *p)
{
	const char *end = p->sql + p->len, *at = p->sql;
	bool table = begins(p, "ALTER TABLE ");
	const char *add = table ? "\n    ADD CONSTRAINT " : "\n\tADD CONSTRAINT ";
	char name[256];
	at += strlen(table ? "ALTER TABLE " : "ALTER DOMAIN ");
	if (table && is_next(at, end, "ONLY "))
		at += strlen("ONLY ");
	if (!read_dotted(&at, end, out->schema, out->table) || !is_next(at, end, add))
		return NULL;
	at += strlen(add);
	return splitter_name(&at, end, name, sizeof name) && at < end ? at + 1 : NULL;
}

static void read_constraint(struct place *out, const struct piece *p)
{
	const char *end = p->sql + p->len, *at = behind_constraint(out, p);
	if (!at)
		return;
	struct piece rest = { .sql = at, .len = (size_t)(end - at) };
	out->on_table = begins(&rest, "PRIMARY KEY") || begins(&rest, "UNIQUE") || begins(&rest, "EXCLUDE");
	const char *to = begins(&rest, "FOREIGN KEY") ? find(&rest, ") REFERENCES ") : NULL;
	if (!to)
		return;
	to += strlen(") REFERENCES ");
	out->refers = read_dotted(&to, end, out->to_schema, out->to_table);
}

static bool ends(const struct piece *p, const char *words)
{
	size_t len = strlen(words);
	return p->len >= len && !memcmp(p->sql + p->len - len, words, len);
}

/* pg_dump makes what these make after all that rows go into, one of them first. */
static bool is_post_data(const struct piece *p)
{
	static const char *const words[] = { "CREATE INDEX ",
					     "CREATE UNIQUE INDEX ",
					     "ALTER INDEX ",
					     "CREATE STATISTICS ",
					     "CREATE RULE ",
					     "CREATE OR REPLACE VIEW ",
					     "CREATE TRIGGER ",
					     "CREATE CONSTRAINT TRIGGER ",
					     "CREATE EVENT TRIGGER ",
					     "CREATE POLICY ",
					     "CREATE PUBLICATION ",
					     "CREATE SUBSCRIPTION ",
					     "ALTER DEFAULT PRIVILEGES ",
					     "REFRESH MATERIALIZED VIEW " };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (begins(p, words[i]))
			return true;
	struct place unused;
	if (begins(p, "ALTER TABLE ") && ends(p, " ENABLE ROW LEVEL SECURITY"))
		return true;
	return (begins(p, "ALTER TABLE ") || begins(p, "ALTER DOMAIN ")) && behind_constraint(&unused, p);
}

static enum place_act act_of(const struct piece *p)
{
	if (begins(p, "SET default_table_access_method"))
		return PLACE_ACCESS;
	if (begins(p, "SET SESSION AUTHORIZATION"))
		return PLACE_BECOME;
	if (begins(p, "RESET SESSION AUTHORIZATION"))
		return PLACE_RETURN;
	if (begins(p, "SET ") || begins(p, "SELECT pg_catalog.set_config("))
		return PLACE_DROP;
	if (begins(p, "CREATE EVENT TRIGGER") || begins(p, "ALTER EVENT TRIGGER") ||
	    begins(p, "COMMENT ON EVENT TRIGGER"))
		return PLACE_FINAL;
	return PLACE_KEEP;
}

static bool is_owner(const struct piece *p)
{
	static const char words[] = " OWNER TO ";
	if (!begins(p, "ALTER "))
		return false;
	const char *at = NULL, *end = p->sql + p->len;
	for (const char *f = p->sql; (f = memmem(f, (size_t)(end - f), words, sizeof words - 1)); f++)
		at = f + sizeof words - 1;
	char role[256];
	return at && splitter_name(&at, end, role, sizeof role) && at == end;
}

void place_of(struct place *out, const struct piece *p, bool post_data)
{
	*out = (struct place){ .act = act_of(p), .post_data = post_data || is_post_data(p) };
	out->phase = out->post_data ? PHASE_AFTER : PHASE_BEFORE;
	read_title(out, p);
	if (is_owner(p))
		out->kind = "owner";
	else if (begins(p, "ALTER DEFAULT PRIVILEGES"))
		out->kind = "default privilege";
	if (begins(p, "GRANT ") || begins(p, "REVOKE ") || out->act == PLACE_BECOME) {
		out->kind = "grant";
		out->phase = PHASE_BEFORE; /* pg_dump says them last; indexes and constraints may need them */
	}
	if (begins(p, "COMMENT ON EXTENSION"))
		out->optional = true;
	if (out->act == PLACE_FINAL || begins(p, "REFRESH MATERIALIZED VIEW") ||
	    begins(p, "ALTER LARGE OBJECT") ||
	    ((begins(p, "GRANT ") || begins(p, "REVOKE ")) && find(p, " ON LARGE OBJECT ")))
		out->phase = PHASE_LAST;
	if (begins(p, "CREATE INDEX ") || begins(p, "CREATE UNIQUE INDEX "))
		read_index(out, p);
	else if (begins(p, "ALTER TABLE "))
		read_constraint(out, p);
}
