/* preflight_checks.c - preflight.h's table. $N stands for the database's name at that end, $J for the connections that a copy
 * makes. */
#include "dbdump/pg/preflight.h"

#define USERS "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"
#define OWN(class, oid)                                                                       \
	"NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog." class \
		"'::regclass AND d.objid = " oid " AND d.deptype = 'e')"
#define RELATIONS "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND " USERS
#define TABLES RELATIONS " AND " OWN("pg_class", "c.oid")
#define ME "(SELECT FROM pg_catalog.pg_roles WHERE rolname = current_user AND "
#define KIND                                                                                                           \
	"CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN" \
	" 'foreign table' ELSE 'table' END"
/* The collations that columns have, of those that come with a server. */
#define COLLATIONS                                                                                                     \
	"pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON" \
	" n.oid = c.relnamespace AND " USERS " JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation"               \
	" AND l.collnamespace = 'pg_catalog'::regnamespace AND l.collname <> 'default' WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'i'"
/* What none but a superuser may make. */
#define MASTERS                                                                                                                                                                                                                      \
	"SELECT 'event trigger', '', evtname, '1' FROM pg_catalog.pg_event_trigger e WHERE " OWN(                                                                                                                                    \
		"pg_event_trigger",                                                                                                                                                                                                  \
		"e.oid") " UNION ALL SELECT 'function', n.nspname, p.proname, '1' FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON"                                                                                       \
			 " n.oid = p.pronamespace AND " USERS                                                                                                                                                                        \
			 " JOIN pg_catalog.pg_language g ON g.oid = p.prolang AND NOT g.lanpltrusted AND"                                                                                                                            \
			 " g.lanname <> 'sql' WHERE " OWN(                                                                                                                                                                           \
				 "pg_proc",                                                                                                                                                                                          \
				 "p.oid") " UNION ALL SELECT 'type', n.nspname, t.typname, '1' FROM"                                                                                                                                 \
					  " pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace AND " USERS                                                                                                \
					  " WHERE t.typtype = 'b' AND t.typelem = 0 AND " OWN("pg_type", "t.oid") " UNION ALL SELECT 'foreign data wrapper', '', fdwname, '1' FROM pg_catalog.pg_foreign_data_wrapper w WHERE " OWN( \
						  "pg_foreign_data_wrapper",                                                                                                                                                         \
						  "w.oid") " UNION ALL SELECT 'publication', '', pubname, '1'"                                                                                                                       \
							   " FROM pg_catalog.pg_publication WHERE puballtables"

/* Extensions that none but a superuser may make; which others may is said from version 13 on. */
#define MASTERLY \
	"SELECT name FROM pg_catalog.pg_available_extension_versions v WHERE NOT EXISTS" ME "rolsuper)"
#define BY_NAME                                                                                                 \
	" GROUP BY name HAVING NOT pg_catalog.bool_or(NOT superuser OR coalesce((pg_catalog.row_to_json(v) ->>" \
	" 'trusted')::bool, false))"

const struct check pg_checks[] = {
	{ .code = "extension",
	  .kind = CHECK_ABSENT,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT 'extension', '', extname, extname FROM pg_catalog.pg_extension",
	  .other = "SELECT name FROM pg_catalog.pg_available_extensions",
	  .reason = "it is not at the destination, and what needs it cannot be made",
	  .remedy = "install its package there" },
	{ .code = "extension-version",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_ABSENT,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT 'extension', '', extname, extname || ' ' || extversion FROM pg_catalog.pg_extension",
	  .other = "SELECT name || ' ' || version FROM pg_catalog.pg_available_extension_versions",
	  .reason = "the destination has not its version ($1), and makes the one that it has",
	  .remedy = "update it at the source, or see that the other version does" },
	{ .code = "collation",
	  .kind = CHECK_ABSENT,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT DISTINCT 'table', n.nspname, c.relname, l.collname FROM " COLLATIONS,
	  .other =
		  "SELECT collname FROM pg_catalog.pg_collation WHERE collnamespace = 'pg_catalog'::regnamespace",
	  .reason = "the destination has not the collation $1 of one of its columns",
	  .remedy =
		  "install the system's locale there, then SELECT pg_import_system_collations('pg_catalog')" },
	{ .code = "collation-version",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_ROWS,
	  .sql = "SELECT DISTINCT 'collation', '', l.collname, l.collversion, pg_catalog.pg_collation_actual_version(l.oid) FROM " COLLATIONS
		 " AND l.collversion <> pg_catalog.pg_collation_actual_version(l.oid)",
	  .reason =
		  "indexes were made by its version $1, and the library is of $2: keys may be double at the source, and refused at the destination",
	  .remedy = "REINDEX what uses it, then ALTER COLLATION ... REFRESH VERSION, at the source" },
	{ .code = "collation-version",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_ROWS,
	  .since = 15,
	  .sql = "SELECT 'database', '', datname, datcollversion, pg_catalog.pg_database_collation_actual_version(oid) FROM"
		 " pg_catalog.pg_database WHERE datname = $N AND datcollversion <>"
		 " pg_catalog.pg_database_collation_actual_version(oid)",
	  .reason =
		  "its indexes were made by version $1 of the collation, and the library is of $2: keys may be double at the source, and refused at the destination",
	  .remedy = "REINDEX DATABASE, then ALTER DATABASE ... REFRESH COLLATION VERSION, at the source" },
	{ .code = "collation-version",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_CHANGED,
	  .sql = "SELECT DISTINCT 'collation', '', l.collname, pg_catalog.pg_collation_actual_version(l.oid) FROM " COLLATIONS,
	  .other =
		  "SELECT collname, pg_catalog.pg_collation_actual_version(oid) FROM pg_catalog.pg_collation WHERE"
		  " collnamespace = 'pg_catalog'::regnamespace",
	  .reason =
		  "its library is of version $1 at the source and $2 at the destination: texts may be ordered otherwise",
	  .remedy = "see that nothing relies on the order; indexes are made anew" },
	{ .code = "encoding",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_CHANGED,
	  .when = WHEN_MERGE,
	  .sql = "SELECT 'database', '', 'encoding', pg_catalog.pg_encoding_to_char(encoding) FROM pg_catalog.pg_database WHERE"
		 " datname = $N",
	  .other =
		  "SELECT 'encoding', pg_catalog.pg_encoding_to_char(encoding) FROM pg_catalog.pg_database WHERE datname = $N",
	  .reason =
		  "it is $1 at the source, and $2 is that of the database at the destination: texts may not fit into it",
	  .remedy = "drop the empty database there: the copy makes it as it is at the source" },
	{ .code = "role",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_ABSENT,
	  .when = WHEN_DEFINITIONS | WHEN_NO_USERS,
	  .sql = "SELECT DISTINCT 'role', '', r.rolname, r.rolname FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_roles r ON"
		 " r.oid = s.refobjid WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.dbid = (SELECT oid FROM"
		 " pg_catalog.pg_database WHERE datname = $N)",
	  .other = "SELECT rolname FROM pg_catalog.pg_roles",
	  .reason =
		  "it owns something or was granted something, and is not at the destination: that is left out",
	  .remedy = "copy roles with --users, or make it there" },
	{ .code = "owner",
	  .kind = CHECK_PRESENT,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT DISTINCT CASE WHEN c.oid IS NULL THEN 'role' ELSE " KIND
		 " END, coalesce(n.nspname, ''),"
		 " coalesce(c.relname, r.rolname), r.rolname FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_roles r ON"
		 " r.oid = s.refobjid LEFT JOIN pg_catalog.pg_class c ON s.classid = 'pg_catalog.pg_class'::regclass AND c.oid = s.objid"
		 " LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE s.refclassid ="
		 " 'pg_catalog.pg_authid'::regclass AND s.deptype = 'o' AND s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE"
		 " datname = $N) AND s.classid <> 'pg_catalog.pg_extension'::regclass AND NOT EXISTS (SELECT FROM"
		 " pg_catalog.pg_depend d WHERE d.classid = s.classid AND d.objid = s.objid AND d.deptype = 'e') AND"
		 " coalesce(n.nspname, '') !~ '^pg_(toast|temp)' UNION "
		 /* what the first superuser owns is recorded nowhere else */
		 "SELECT " KIND ", n.nspname, c.relname, pg_catalog.pg_get_userbyid(10) FROM " TABLES
		 " WHERE c.relowner = 10 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't'",
	  .other = "SELECT rolname FROM pg_catalog.pg_roles WHERE NOT pg_catalog.pg_has_role(oid, 'MEMBER')",
	  .reason =
		  "the owner is $1, and the role that writes at the destination, no member of that, may not give it anything",
	  .remedy = "GRANT $1 TO the role that writes there" },
	{ .code = "owner",
	  .kind = CHECK_PRESENT,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT 'database', '', datname, pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database WHERE datname = $N",
	  .other =
		  "SELECT rolname FROM pg_catalog.pg_roles r WHERE NOT pg_catalog.pg_has_role(oid, 'MEMBER') AND NOT EXISTS"
		  " (SELECT FROM pg_catalog.pg_database WHERE datname = $N AND datdba = r.oid)",
	  .reason =
		  "the owner is $1, and the role that writes at the destination, no member of that, may not give it away",
	  .remedy = "GRANT $1 TO the role that writes there" },
	{ .code = "superuser",
	  .kind = CHECK_ABSENT,
	  .when = WHEN_DEFINITIONS,
	  .sql = MASTERS,
	  .other = "SELECT '1' FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolsuper",
	  .reason = "none but a superuser may make it, and the role at the destination is none",
	  .remedy = "copy as a superuser" },
	{ .code = "superuser",
	  .kind = CHECK_PRESENT,
	  .when = WHEN_DEFINITIONS | WHEN_MERGE,
	  .sql = "SELECT 'extension', '', extname, extname FROM pg_catalog.pg_extension",
	  /* not of the database that is connected to where the one that is meant is not there */
	  .other = MASTERLY
	  " AND NOT (pg_catalog.current_database() = $N AND name IN (SELECT extname FROM pg_catalog.pg_extension))" BY_NAME,
	  .reason = "none but a superuser may make it at the destination, and the role there is none",
	  .remedy = "have a superuser make the database there with the extension in it, or copy as one" },
	{ .code = "superuser",
	  .kind = CHECK_PRESENT,
	  .when = WHEN_DEFINITIONS | WHEN_REPLACE,
	  .sql = "SELECT 'extension', '', extname, extname FROM pg_catalog.pg_extension",
	  .other = MASTERLY BY_NAME,
	  .reason = "none but a superuser may make it at the destination, and the role there is none",
	  .remedy =
		  "copy as a superuser, or into a database that has the extension, without --drop-existing" },
	{ .code = "privilege",
	  .kind = CHECK_SOURCE,
	  .sql = "SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname, c.relname FROM " TABLES
		 " WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND NOT CASE c.relkind WHEN 'S' THEN"
		 " pg_catalog.has_sequence_privilege(c.oid, 'SELECT') ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END",
	  .reason = "the role at the source has not the privilege SELECT on it",
	  .remedy = "GRANT SELECT ON it TO the role, or make the role a member of pg_read_all_data" },
	{ .code = "privilege",
	  .kind = CHECK_SOURCE,
	  .sql = "SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname, c.relname FROM " TABLES
		 " WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND NOT"
		 " pg_catalog.has_schema_privilege(n.oid, 'USAGE')",
	  .reason = "the role at the source has not the privilege USAGE on its schema",
	  .remedy = "GRANT USAGE ON the schema TO the role" },
	{ .code = "row-security",
	  .kind = CHECK_SOURCE,
	  .when = WHEN_ROWS,
	  .sql = "SELECT 'table', n.nspname, c.relname FROM " RELATIONS
		 " WHERE c.relkind = 'r' AND c.relrowsecurity AND"
		 " pg_catalog.row_security_active(c.oid)",
	  .reason = "its policies hide rows from the role at the source, which a copy does not put up with",
	  .remedy = "copy as its owner, or as a role with BYPASSRLS" },
	{ .code = "privilege",
	  .kind = CHECK_TARGET,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT 'server', '', '' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $N) AND NOT EXISTS" ME
		 "(rolcreatedb OR rolsuper))",
	  .reason = "the role there has neither CREATEDB nor SUPERUSER, and the database is not there",
	  .remedy = "ALTER ROLE ... CREATEDB, or have the database made" },
	{ .code = "privilege",
	  .kind = CHECK_TARGET,
	  .when = WHEN_DEFINITIONS | WHEN_REPLACE,
	  .sql = "SELECT 'database', '', datname FROM pg_catalog.pg_database WHERE datname = $N AND NOT EXISTS" ME
		 "(rolcreatedb OR rolsuper))",
	  .reason =
		  "the role at the destination has neither CREATEDB nor SUPERUSER, and so may not make it again",
	  .remedy = "ALTER ROLE ... CREATEDB there, or have the database made anew" },
	{ .code = "privilege",
	  .kind = CHECK_PRESENT,
	  .when = WHEN_DEFINITIONS | WHEN_MERGE,
	  .sql = "SELECT 'schema', '', n.nspname, '1' FROM pg_catalog.pg_namespace n WHERE n.nspname <> 'public' AND " USERS
		 " AND " OWN(
			 "pg_namespace",
			 "n.oid") " UNION ALL SELECT 'extension', '', extname, '1' FROM pg_catalog.pg_extension WHERE"
				  " extname <> 'plpgsql' UNION ALL SELECT 'publication', '', pubname, '1' FROM pg_catalog.pg_publication",
	  .other = "SELECT '1' FROM pg_catalog.pg_database WHERE datname = $N AND NOT"
		   " pg_catalog.has_database_privilege(oid, 'CREATE')",
	  .reason = "the role at the destination has not the privilege CREATE on the database there",
	  .remedy = "GRANT CREATE ON DATABASE ... TO the role there" },
	{ .code = "privilege",
	  .kind = CHECK_PRESENT,
	  .when = WHEN_DEFINITIONS | WHEN_MERGE,
	  .sql = "SELECT " KIND ", n.nspname, c.relname, n.nspname FROM " TABLES
		 " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't' AND n.nspname = 'public'",
	  .other =
		  "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname = 'public' AND pg_catalog.current_database() = $N"
		  " AND NOT pg_catalog.has_schema_privilege(oid, 'CREATE')",
	  .reason = "the role at the destination has not the privilege CREATE on the schema $1 there",
	  .remedy = "GRANT CREATE ON SCHEMA $1 TO the role there" },
	{ .code = "privilege",
	  .kind = CHECK_TARGET,
	  .when = WHEN_DEFINITIONS | WHEN_REPLACE,
	  .sql = "SELECT 'database', '', datname FROM pg_catalog.pg_database WHERE datname = $N AND NOT"
		 " pg_catalog.pg_has_role(datdba, 'USAGE')",
	  .reason = "the role at the destination does not own it, and so may not replace it",
	  .remedy = "ALTER DATABASE ... OWNER TO the role there" },
	{ .code = "privilege",
	  .kind = CHECK_TARGET,
	  .when = WHEN_DEFINITIONS | WHEN_USERS,
	  .sql = "SELECT 'server', '', '' WHERE NOT EXISTS" ME "(rolcreaterole OR rolsuper))",
	  .reason = "--users: the role there has neither CREATEROLE nor SUPERUSER",
	  .remedy = "ALTER ROLE ... CREATEROLE" },
	{ .code = "read-only",
	  .kind = CHECK_TARGET,
	  .sql = "SELECT 'server', '', '' WHERE pg_catalog.pg_is_in_recovery()",
	  .reason = "it is a standby, in which nothing can be written",
	  .remedy = "name its primary server" },
	{ .code = "connections",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_SOURCE,
	  .sql = "SELECT 'server', '', '', m, t, $J FROM (SELECT pg_catalog.current_setting('max_connections')::int m, count(*) t FROM"
		 " pg_catalog.pg_stat_activity WHERE backend_type = 'client backend') x WHERE t + $J > m",
	  .reason = "of its $1 connections $2 are taken, and a copy wants $3",
	  .remedy = "raise max_connections, or copy with fewer --jobs" },
	{ .code = "connections",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_TARGET,
	  .sql = "SELECT 'server', '', '', m, t, $J FROM (SELECT pg_catalog.current_setting('max_connections')::int m, count(*) t FROM"
		 " pg_catalog.pg_stat_activity WHERE backend_type = 'client backend') x WHERE t + $J > m",
	  .reason = "of its $1 connections $2 are taken, and a copy wants $3",
	  .remedy = "raise max_connections, or copy with fewer --jobs" },
	{ .code = "time-zone",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_CHANGED,
	  .sql = "SELECT 'variable', '', 'TimeZone', reset_val FROM pg_catalog.pg_settings WHERE name = 'TimeZone'",
	  .other = "SELECT 'TimeZone', reset_val FROM pg_catalog.pg_settings WHERE name = 'TimeZone'",
	  .reason =
		  "the servers' own is $1 at the source and $2 at the destination: clients that say nothing may see other times",
	  .remedy = "set timezone at the destination" },
	{ .code = "prepared",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_SOURCE,
	  .sql = "SELECT 'transaction', '', gid, prepared FROM pg_catalog.pg_prepared_xacts WHERE database = $N",
	  .reason =
		  "prepared at $1 and neither committed nor rolled back: what it did is not copied, and its locks may be waited for",
	  .remedy = "COMMIT PREPARED or ROLLBACK PREPARED" },
	{ .code = "unlogged",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_ROWS,
	  .sql = "SELECT 'table', n.nspname, c.relname FROM " TABLES
		 " WHERE c.relkind = 'r' AND c.relpersistence = 'u'",
	  .reason = "unlogged: it is copied, but what changes in it afterwards cannot be followed",
	  .remedy = "ALTER TABLE ... SET LOGGED" },
	{ .code = "rows-elsewhere",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_ROWS,
	  .sql = "SELECT 'foreign table', n.nspname, c.relname FROM " TABLES " WHERE c.relkind = 'f'",
	  .reason = "its rows are on another server: only its definition is copied",
	  .remedy = "see that the destination reaches them too" },
	{ .code = "index-invalid",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT 'index', n.nspname, c.relname FROM " TABLES
		 " JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid WHERE"
		 " c.relkind = 'i' AND NOT i.indisvalid",
	  .reason = "it is invalid, and so not copied",
	  .remedy = "REINDEX or drop it" },
	{ .code = "tablespace",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT 'tablespace', '', t.spcname FROM pg_catalog.pg_tablespace t WHERE t.spcname NOT IN ('pg_default', 'pg_global') AND"
		 " EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.reltablespace = t.oid)",
	  .reason = "tablespaces are not copied: what is in it goes to the destination's default",
	  .remedy = "see that there is room in that" },
	{ .code = "subscription",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT 'publication', '', p FROM (SELECT DISTINCT pg_catalog.unnest(s.subpublications) p FROM"
		 " pg_catalog.pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = $N)) x",
	  .reason = "what subscribes to it here arrives disabled and without a slot",
	  .remedy = "ALTER SUBSCRIPTION ... at the destination, when the source no longer follows" },
	{ .code = "follow-wal-level",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .sql = "SELECT 'server', '', '', pg_catalog.current_setting('wal_level') WHERE pg_catalog.current_setting('wal_level') <> 'logical'",
	  .reason = "wal_level is $1: what changes after the copy cannot be followed",
	  .remedy = "ALTER SYSTEM SET wal_level = logical, and restart it" },
	{ .code = "follow-slots",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .sql = "SELECT 'server', '', '', m, u FROM (SELECT pg_catalog.current_setting('max_replication_slots')::int m, count(*) u FROM"
		 " pg_catalog.pg_replication_slots) x WHERE u >= m",
	  .reason = "of its $1 replication slots $2 are taken: following changes needs one",
	  .remedy = "raise max_replication_slots, and restart it" },
	{ .code = "follow-senders",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .sql = "SELECT 'server', '', '', m, u FROM (SELECT pg_catalog.current_setting('max_wal_senders')::int m, count(*) u FROM"
		 " pg_catalog.pg_stat_replication) x WHERE u >= m",
	  .reason = "of its $1 WAL senders $2 are at work: following changes needs one",
	  .remedy = "raise max_wal_senders, and restart it" },
	{ .code = "follow-privilege",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .sql = "SELECT 'server', '', '' WHERE NOT EXISTS" ME "(rolreplication OR rolsuper))",
	  .reason = "the role there has not REPLICATION: it cannot follow changes",
	  .remedy = "ALTER ROLE ... REPLICATION" },
	{ .code = "follow-identity",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_ROWS,
	  .sql = "SELECT 'table', n.nspname, c.relname FROM " TABLES
		 " WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND (c.relreplident"
		 " = 'n' OR c.relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND"
		 " i.indisprimary))",
	  .reason = "it has no key by which a change can be followed; once it is published its updates fail",
	  .remedy = "give it a primary key, or ALTER TABLE ... REPLICA IDENTITY FULL" },
	{ .code = "follow-trigger",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_DEFINITIONS,
	  .of_table = true,
	  .sql = "SELECT 'trigger', n.nspname, t.tgname, '', c.relname FROM " TABLES
		 " JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal AND t.tgenabled IN ('A', 'R')",
	  .reason =
		  "it is enabled ALWAYS or for REPLICA: what it did at the source it does again as changes are followed",
	  .remedy = "ALTER TABLE ... ENABLE TRIGGER it, unless that is what it is for" },
	{ .code = "follow-kept",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .since = 13,
	  .sql = "SELECT 'server', '', '', pg_catalog.current_setting('max_slot_wal_keep_size') WHERE"
		 " pg_catalog.current_setting('max_slot_wal_keep_size') <> '-1'",
	  .reason =
		  "it keeps $1 of its log for who is behind: more is written while a copy is made, and its changes are lost",
	  .remedy = "SET max_slot_wal_keep_size = -1 and see that its disk has room" },
	{ .code = "follow-workers",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_TARGET,
	  .sql = "SELECT 'server', '', '', w, u FROM (SELECT least(pg_catalog.current_setting('max_logical_replication_workers')::int,"
		 " pg_catalog.current_setting('max_replication_slots')::int) w, (SELECT count(*) FROM pg_catalog.pg_stat_subscription) u) x"
		 " WHERE u >= w",
	  .reason =
		  "of the $1 subscriptions that it has workers and slots for $2 are there: following changes needs one for each database",
	  .remedy = "raise max_logical_replication_workers and max_replication_slots, and restart it" },
	{ .code = "follow-privilege",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_TARGET,
	  .sql = "SELECT 'server', '', '' WHERE NOT EXISTS" ME
		 "rolsuper) AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE"
		 " rolname = 'pg_create_subscription' AND pg_catalog.pg_has_role(oid, 'USAGE'))",
	  .reason = "the role there may not make a subscription: it cannot follow changes",
	  .remedy =
		  "have a superuser do it, or from PostgreSQL 16 on GRANT pg_create_subscription TO the role" },
	{ .code = "follow-large-objects",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_ROWS,
	  .sql = "SELECT 'database', '', pg_catalog.current_database(), count(*) FROM pg_catalog.pg_largeobject_metadata HAVING count(*) > 0",
	  .reason = "it has $1 large objects: they are copied, but changes of them cannot be followed",
	  .remedy = "keep them unwritten while the copy is made" },
};
const size_t pg_check_count = sizeof pg_checks / sizeof *pg_checks;
