/* objects_rights.c - who owns what and may do what, comments, and what belongs to the database itself. */
#include "dbdump/pg/objects.h"

#define THIS_DATABASE "(SELECT oid FROM pg_database WHERE datname = current_database())"

/* A role, for a name and for the list of those that a right needs. */
#define ROLE(oid) "quote_ident(pg_get_userbyid(" oid "))"

/* Rights as rows: to whom, from whom (0: from the owner, in whose place anybody may be), what, and whether it may be given on.
 * MAINTAIN is part of ALL from 17 on, which is how it comes to be given. */
/* clang-format off */
#define EXPLODED(acl, owner) \
	"(SELECT a.grantee, CASE a.grantor WHEN " owner " THEN 0::oid ELSE a.grantor END AS grantor, string_agg(a.privilege_type ||" \
	" CASE WHEN a.is_grantable THEN '*' ELSE '' END, ', ' ORDER BY a.privilege_type COLLATE \"C\", a.is_grantable) AS what" \
	" FROM aclexplode(" acl ") a WHERE a.privilege_type <> 'MAINTAIN' GROUP BY 1, 2)"

/* Those that are not the default's: for each to whom and from whom they are, so that a role which one end lacks makes a
 * difference of its own rights alone. */
#define UNUSUAL(acl, usual, owner) \
	"LATERAL (SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' WHEN " owner " THEN 'its owner' ELSE pg_get_userbyid(x.grantee)" \
	" END || CASE WHEN x.grantor <> 0 THEN ' by ' || pg_get_userbyid(x.grantor) ELSE '' END AS who, x.what, concat_ws(' '," \
	" CASE WHEN x.grantee <> 0 THEN " ROLE("x.grantee") " END, CASE WHEN x.grantor <> 0 THEN " ROLE("x.grantor") " END)" \
	" AS roles FROM (SELECT coalesce(has.grantee, may.grantee) AS grantee, coalesce(has.grantor, may.grantor) AS grantor," \
	" coalesce(has.what, '') AS what FROM " EXPLODED(acl, owner) " has FULL JOIN " EXPLODED(usual, owner) " may ON" \
	" may.grantee = has.grantee AND may.grantor = has.grantor WHERE has.what IS DISTINCT FROM may.what) x) r"

#define RIGHTS(class, oid, sub, acl, type, owner, from) \
	"SELECT i.type || ' ' || i.identity || ' to ' || r.who, r.what, r.roles, i.type || ' ' || i.identity AS owned FROM " from \
	", pg_identify_object('" class "'::regclass, " oid ", " sub ") i, " \
	UNUSUAL(acl, "acldefault(" type ", " owner ")", owner) " WHERE " acl " IS NOT NULL"

#define RELATION_RIGHTS(sub, acl, type, from) \
	"SELECT i.type || ' ' || i.identity || ' to ' || r.who, r.what, n.nspname, c.relname, r.roles, (SELECT o.type || ' ' ||" \
	" o.identity FROM pg_identify_object('pg_class'::regclass, c.oid, 0) o) AS owned FROM " from \
	", pg_identify_object('pg_class'::regclass, c.oid, " sub ") i, " \
	UNUSUAL(acl, "acldefault(" type ", c.relowner)", "c.relowner") " WHERE " acl " IS NOT NULL AND " \
	OBJECTS_USERS " AND " OBJECTS_OWN("pg_class", "c.oid")
/* clang-format on */

/* What belongs to a large object belongs to all of them together, which are a table (large.h). */
#define LARGE_OR(class, what, column) \
	"CASE " class " WHEN 'pg_largeobject'::regclass THEN '" what "' ELSE " column " END"

const struct objects_query objects_rights[] = {
	{ "grant", 0,
	  RELATION_RIGHTS("0", "c.relacl", "CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\"",
			  "pg_class c" OBJECTS_SCHEMA("c.relnamespace")) },
	{ "grant", 0,
	  RELATION_RIGHTS("t.attnum", "t.attacl", "'c'",
			  "pg_class c JOIN pg_attribute t ON t.attrelid = c.oid" OBJECTS_SCHEMA(
				  "c.relnamespace")) },
	{ "grant", 0,
	  RIGHTS("pg_proc", "p.oid", "0", "p.proacl", "'f'", "p.proowner",
		 "pg_proc p" OBJECTS_SCHEMA("p.pronamespace")) " AND " OBJECTS_USERS
							       " AND " OBJECTS_OWN("pg_proc", "p.oid") },
	{ "grant", 0,
	  RIGHTS("pg_type", "t.oid", "0", "t.typacl", "'T'", "t.typowner",
		 "pg_type t" OBJECTS_SCHEMA("t.typnamespace")) " AND " OBJECTS_USERS
							       " AND " OBJECTS_OWN("pg_type", "t.oid") },
	{ "grant", 0,
	  RIGHTS("pg_namespace", "n.oid", "0", "n.nspacl", "'n'", "n.nspowner",
		 "pg_namespace n") " AND " OBJECTS_USERS " AND " OBJECTS_OWN("pg_namespace", "n.oid") },
	{ "grant", 0, RIGHTS("pg_language", "l.oid", "0", "l.lanacl", "'l'", "l.lanowner", "pg_language l") },
	{ "grant", 0,
	  RIGHTS("pg_foreign_data_wrapper", "w.oid", "0", "w.fdwacl", "'F'", "w.fdwowner",
		 "pg_foreign_data_wrapper w") " AND " OBJECTS_OWN("pg_foreign_data_wrapper", "w.oid") },
	{ "grant", 0,
	  RIGHTS("pg_foreign_server", "v.oid", "0", "v.srvacl", "'S'", "v.srvowner",
		 "pg_foreign_server v") " AND " OBJECTS_OWN("pg_foreign_server", "v.oid") },
	{ "grant", 0,
	  "SELECT i.type || ' ' || i.identity || ' to ' || r.who, r.what, 'pg_catalog', 'pg_largeobject', r.roles, i.type || ' ' ||"
	  " i.identity AS owned FROM pg_largeobject_metadata b, pg_identify_object('pg_largeobject'::regclass, b.oid, 0) i, " UNUSUAL(
		  "b.lomacl", "acldefault('L', b.lomowner)", "b.lomowner") " WHERE b.lomacl IS NOT NULL" },
	{ "grant", 0,
	  "SELECT 'database to ' || r.who, r.what, r.roles, 'database' AS owned FROM pg_database d, " UNUSUAL(
		  "d.datacl", "acldefault('d', d.datdba)",
		  "d.datdba") " WHERE d.datacl IS NOT NULL AND d.oid = " THIS_DATABASE },
	/* those of one schema are added to what is usual anyway */
	{ "default privilege", 0,
	  "SELECT concat_ws(' ', pg_get_userbyid(d.defaclrole), d.defaclobjtype, n.nspname) || ' to ' || r.who, r.what, concat_ws("
	  "' ', " ROLE(
		  "d.defaclrole") ", r.roles) AS roles FROM pg_default_acl d LEFT JOIN pg_namespace n ON"
				  " n.oid = d.defaclnamespace, " UNUSUAL(
					  "d.defaclacl",
					  "CASE d.defaclnamespace WHEN 0 THEN acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype"
					  " END, d.defaclrole) END",
					  "d.defaclrole") },
	/* what the first superuser owns is recorded nowhere: it may have another name at the other end */
	{ "owner", 0,
	  "SELECT i.type || ' ' || i.identity, r.rolname, " LARGE_OR("d.classid", "pg_catalog", "n.nspname") ", " LARGE_OR(
		  "d.classid", "pg_largeobject",
		  "c.relname") ", quote_ident(r.rolname) AS roles FROM"
			       " pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid LEFT JOIN pg_namespace n ON"
			       " n.oid = c.relnamespace, pg_identify_object(d.classid, d.objid, d.objsubid) i WHERE d.deptype = 'o' AND d.dbid = " THIS_DATABASE
			       " AND d.refclassid = 'pg_authid'::regclass AND i.type <> 'default acl' AND i.type NOT LIKE 'toast %'"
			       " AND coalesce(i.schema, '') !~ '^pg_' AND coalesce(i.schema, i.name, '') <> '" MARK_NAME
			       "' AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = d.classid AND x.objid"
			       " = d.objid AND x.deptype = 'e')" },
	{ "owner", 0,
	  "SELECT 'database', pg_get_userbyid(datdba), " ROLE(
		  "datdba") " AS roles FROM pg_database WHERE datname = current_database() AND datdba <> 10" },
	{ "comment", 0,
	  "SELECT i.type || ' ' || i.identity, d.description, " LARGE_OR("d.classoid", "pg_catalog", "n.nspname") ", " LARGE_OR(
		  "d.classoid", "pg_largeobject",
		  "c.relname") " FROM pg_description d LEFT JOIN pg_class c ON"
			       " d.classoid = 'pg_class'::regclass AND c.oid = d.objoid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace,"
			       " pg_identify_object(d.classoid, d.objoid, d.objsubid) i WHERE (d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass AND"
			       " d.objoid = 2200 AND"
			       " d.description <> 'standard public schema') AND d.classoid <> 'pg_extension'::regclass AND NOT EXISTS (SELECT FROM"
			       " pg_depend x WHERE x.classid = d.classoid AND x.objid = d.objoid AND x.deptype = 'e') AND (d.classoid <>"
			       " 'pg_namespace'::regclass OR d.objoid NOT IN (SELECT oid FROM pg_namespace WHERE nspname = '" MARK_NAME
			       "'))" },
	{ "comment", 0,
	  "SELECT 'database', shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database() AND"
	  " shobj_description(oid, 'pg_database') IS NOT NULL" },
	{ "database", 0,
	  "SELECT 'database', concat_ws(' ', pg_encoding_to_char(encoding), datcollate, datctype, CASE WHEN datconnlimit >= 0 THEN"
	  " 'limit ' || datconnlimit END) FROM pg_database WHERE datname = current_database()" },
	{ "database setting", 0,
	  "SELECT concat_ws(' ', coalesce(r.rolname, 'all'), split_part(c, '=', 1)), substr(c, position('=' in c) + 1),"
	  " quote_ident(r.rolname) AS roles FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole,"
	  " unnest(s.setconfig) c WHERE s.setdatabase = " THIS_DATABASE },
	{ 0 },
};
