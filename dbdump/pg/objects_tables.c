/* objects_tables.c - relations and what hangs on them. */
#include "dbdump/pg/objects.h"

/* The order of columns is part of a table, unless it inherits some: then the two ends may have another. */
#define COLUMNS                                                                                                                                                    \
	"(SELECT string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), (SELECT 'collate '"                                       \
	" || cn.nspname || '.' || l.collname FROM pg_collation l JOIN pg_namespace cn ON cn.oid = l.collnamespace WHERE"                                           \
	" l.oid = a.attcollation AND a.attcollation <> t.typcollation), CASE WHEN a.attnotnull THEN 'not null' END,"                                               \
	" {{12:nullif('generated ' || a.attgenerated::text, 'generated '),}} 'default ' || pg_get_expr(d.adbin, d.adrelid),"                                       \
	" CASE WHEN NOT c.relispartition THEN nullif('identity ' || a.attidentity::text, 'identity ') END, CASE WHEN a.attstorage <> t.typstorage THEN 'storage '" \
	" || a.attstorage::text END, {{14:nullif('compression ' || a.attcompression::text, 'compression '),}}"                                                     \
	" 'options ' || a.attoptions::text, 'fdw ' || " OBJECTS_SORTED(                                                                                            \
		"a.attfdwoptions") ", CASE WHEN a.attstattarget >= 0 THEN"                                                                                         \
				   " 'target ' || a.attstattarget END, CASE WHEN a.attislocal THEN NULL ELSE 'inherited' END), ', ' ORDER BY CASE WHEN"            \
				   " EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid) THEN 0 ELSE a.attnum END, a.attname::text COLLATE \"C\")"         \
				   " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND"                \
				   " d.adnum = a.attnum WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)"

#define RELATION "n.nspname || '.' || c.relname"

/* EXTRACT('YEAR' FROM x) is shown, and so dumped, as EXTRACT(YEAR FROM x), which is read as 'year'. */
#define VIEW                                                                                                          \
	OBJECTS_UNQUALIFIED(                                                                                          \
		"regexp_replace(pg_get_viewdef(c.oid), 'EXTRACT\\(\\w+ FROM', 'EXTRACT(FROM', 'g')")                  \
	", 'extracts ' || (SELECT string_agg(lower(m[1]), ' ' ORDER BY n) FROM regexp_matches("                       \
	"pg_get_viewdef(c.oid), 'EXTRACT\\((\\w+) FROM', 'g') WITH ORDINALITY AS x(m, n)), 'uses ' || " OBJECTS_USES( \
		"(SELECT w.oid FROM pg_rewrite w WHERE w.ev_class = c.oid AND w.rulename = '_RETURN')")

const struct objects_query objects_tables[] = {
	{ "schema", 0,
	  "SELECT n.nspname, '' FROM pg_namespace n WHERE " OBJECTS_USERS
	  " AND " OBJECTS_OWN("pg_namespace", "n.oid") },
	{ "table", 0,
	  "SELECT " RELATION ", concat_ws(' ', c.relkind, c.relpersistence, '(' || " COLUMNS " || ')',"
	  " 'partition by ' || pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),"
	  " 'inherits ' || (SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno) FROM pg_inherits h"
	  " WHERE h.inhrelid = c.oid), 'with ' || c.reloptions::text, 'toast ' || (SELECT o.reloptions::text FROM pg_class o"
	  " WHERE o.oid = c.reltoastrelid), 'of ' || nullif(c.reloftype, 0)::regtype::text, CASE WHEN c.relreplident <> 'd'"
	  " THEN 'identity ' || c.relreplident::text END, CASE WHEN c.relrowsecurity THEN 'row security' END, CASE WHEN"
	  " c.relforcerowsecurity THEN 'forced' END, (SELECT 'server ' || v.srvname || coalesce(' ' || " OBJECTS_SORTED(
		  "f.ftoptions") ", '') FROM"
				 " pg_foreign_table f JOIN pg_foreign_server v ON v.oid = f.ftserver WHERE f.ftrelid = c.oid), (SELECT 'using ' ||"
				 " m.amname FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap')), n.nspname, c.relname FROM pg_class c" OBJECTS_SCHEMA(
					 "c.relnamespace") " WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND " OBJECTS_USERS
							   " AND " OBJECTS_OWN("pg_class", "c.oid") },
	{ "index", 0,
	  "SELECT " RELATION
	  ", concat_ws(' ', pg_get_indexdef(i.indexrelid), CASE WHEN i.indisclustered THEN 'clustered' END,"
	  " CASE WHEN i.indisreplident THEN 'identity' END, 'of ' || (SELECT string_agg(h.inhparent::regclass::text, ', ') FROM"
	  " pg_inherits h WHERE h.inhrelid = c.oid)), n.nspname, t.relname FROM pg_index i JOIN pg_class c ON c.oid ="
	  " i.indexrelid JOIN pg_class t ON t.oid = i.indrelid" OBJECTS_SCHEMA(
		  "c.relnamespace") " WHERE (i.indisvalid OR"
				    " t.relkind = 'p') AND t.relpersistence <> 't' AND " OBJECTS_USERS
				    " AND " OBJECTS_OWN("pg_class", "t.oid") },
	/* NOT NULL is said of the column, whether or not this version keeps a constraint for it */
	{ "constraint", 0,
	  "SELECT " RELATION
	  " || '.' || o.conname, concat_ws(' ', pg_get_constraintdef(o.oid), CASE WHEN o.conislocal THEN NULL"
	  " ELSE 'inherited' END), n.nspname, c.relname, fn.nspname, f.relname FROM pg_constraint o JOIN pg_class c ON c.oid ="
	  " o.conrelid LEFT JOIN pg_class f ON f.oid = o.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace" OBJECTS_SCHEMA(
		  "c.relnamespace") " WHERE o.contype <> 'n' AND o.contype <> 't' AND c.relpersistence <> 't' AND"
				    " NOT (o.contype = 'f' AND o.conparentid <> 0) AND " OBJECTS_USERS
				    " AND " OBJECTS_OWN("pg_class", "c.oid") },
	{ "view", 0,
	  "SELECT " RELATION ", concat_ws(' ', 'with ' || c.reloptions::text, " VIEW ", (SELECT string_agg("
	  "concat_ws(' ', a.attname, 'default', pg_get_expr(d.adbin, d.adrelid)), ', ' ORDER BY a.attnum) FROM pg_attrdef d JOIN"
	  " pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = c.oid)), n.nspname, c.relname FROM"
	  " pg_class c" OBJECTS_SCHEMA(
		  "c.relnamespace") " WHERE c.relkind = 'v' AND c.relpersistence <> 't' AND " OBJECTS_USERS
				    " AND " OBJECTS_OWN("pg_class", "c.oid") },
	{ "materialized view", 0,
	  "SELECT " RELATION ", concat_ws(' ', 'with ' || c.reloptions::text, " VIEW
	  ", CASE WHEN c.relispopulated"
	  " THEN NULL ELSE 'not filled' END), n.nspname, c.relname FROM pg_class c" OBJECTS_SCHEMA(
		  "c.relnamespace") " WHERE c.relkind = 'm' AND " OBJECTS_USERS
				    " AND " OBJECTS_OWN("pg_class", "c.oid") },
	{ "trigger", 0,
	  "SELECT " RELATION
	  " || '.' || g.tgname, concat_ws(' ', replace(pg_get_triggerdef(g.oid), ' EXECUTE PROCEDURE ', ' EXECUTE FUNCTION '), 'enabled', g.tgenabled), n.nspname,"
	  " c.relname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid" OBJECTS_SCHEMA(
		  "c.relnamespace") " WHERE NOT g.tgisinternal AND {{13:g.tgparentid = 0 AND}} " OBJECTS_USERS
				    " AND " OBJECTS_OWN("pg_class", "c.oid") },
	{ "rule", 0,
	  "SELECT " RELATION
	  " || '.' || u.rulename, concat_ws(' ', " OBJECTS_UNQUALIFIED("pg_get_ruledef(u.oid)") ", 'uses ' || " OBJECTS_USES(
		  "u.oid") ", 'enabled', u.ev_enabled), n.nspname,"
			   " c.relname FROM pg_rewrite u JOIN pg_class c ON c.oid = u.ev_class" OBJECTS_SCHEMA(
				   "c.relnamespace") " WHERE u.rulename <> '_RETURN' AND " OBJECTS_USERS
						     " AND " OBJECTS_OWN("pg_class", "c.oid") },
	{ "policy", 0,
	  "SELECT " RELATION
	  " || '.' || p.polname, concat_ws(' ', p.polcmd, CASE WHEN p.polpermissive THEN NULL ELSE"
	  " 'restrictive' END, 'to ' || (SELECT string_agg(coalesce(r.rolname, 'public'), ', ' ORDER BY r.rolname) FROM"
	  " unnest(p.polroles) m(oid) LEFT JOIN pg_roles r ON r.oid = m.oid), 'using ' || pg_get_expr(p.polqual, p.polrelid),"
	  " 'check ' || pg_get_expr(p.polwithcheck, p.polrelid)), n.nspname, c.relname, (SELECT string_agg(quote_ident(r.rolname),"
	  " ' ') FROM pg_roles r WHERE r.oid = ANY (p.polroles)) AS any_role FROM pg_policy p JOIN pg_class c ON c.oid ="
	  " p.polrelid" OBJECTS_SCHEMA("c.relnamespace") " WHERE " OBJECTS_USERS
							 " AND " OBJECTS_OWN("pg_class", "c.oid") },
	{ "statistics", 0,
	  "SELECT n.nspname || '.' || e.stxname, concat_ws(' ', pg_get_statisticsobjdef(e.oid) {{13:, CASE WHEN e.stxstattarget"
	  " >= 0 THEN 'target ' || e.stxstattarget END}}), tn.nspname, c.relname FROM pg_statistic_ext e" OBJECTS_SCHEMA(
		  "e.stxnamespace") " JOIN pg_class c ON c.oid = e.stxrelid JOIN pg_namespace tn ON tn.oid ="
				    " c.relnamespace WHERE " OBJECTS_USERS },
	{ 0 },
};
