/* preflight_checks.c - preflight.h's tables. $D stands for the databases, $J for the connections that a copy makes. */
#include "dbdump/my/preflight.h"

#define TABLES "TABLE_SCHEMA IN ($D) AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')"
/* MariaDB from 10.6.1 on calls utf8mb3 what was utf8, in names of collations too. */
#define CHARSET(name) "IF(" name " = 'utf8', 'utf8mb3', " name ")"
#define COLLATION(name) "IF(LEFT(" name ", 5) = 'utf8_', CONCAT('utf8mb3_', SUBSTR(" name ", 6)), " name ")"
#define ACCOUNT "CONCAT(User, '@', Host)"
#define MINE "GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')"
#define VARIABLE(name) "'variable', '', '" name "', @@global." name

const struct check my_checks[] = {
	{ .code = "engine",
	  .kind = CHECK_ABSENT,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT IF(TABLE_TYPE = 'SEQUENCE', 'sequence', 'table'), TABLE_SCHEMA, TABLE_NAME, UPPER(ENGINE) FROM"
		 " information_schema.TABLES WHERE TABLE_SCHEMA IN ($D) AND TABLE_TYPE <> 'VIEW' AND ENGINE IS NOT NULL",
	  .other = "SELECT UPPER(ENGINE) FROM information_schema.ENGINES WHERE SUPPORT IN ('YES', 'DEFAULT')",
	  .reason = "its storage engine $1 is not at the destination",
	  .remedy =
		  "install the engine there, or give the table one that is there (ALTER TABLE ... ENGINE)" },
	{ .code = "charset",
	  .kind = CHECK_ABSENT,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT DISTINCT 'table', TABLE_SCHEMA, TABLE_NAME, " CHARSET(
		  "CHARACTER_SET_NAME") " FROM information_schema.COLUMNS"
					" WHERE TABLE_SCHEMA IN ($D) AND CHARACTER_SET_NAME IS NOT NULL",
	  .other = "SELECT " CHARSET("CHARACTER_SET_NAME") " FROM information_schema.CHARACTER_SETS",
	  .reason = "the destination does not know the character set $1 of one of its columns",
	  .remedy = "convert the table to one that both know, as utf8mb4" },
	{ .code = "collation",
	  .kind = CHECK_ABSENT,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT k, s, n, " COLLATION(
		  "c") " FROM (SELECT 'database' k, '' s, SCHEMA_NAME n, DEFAULT_COLLATION_NAME c FROM"
		       " information_schema.SCHEMATA WHERE SCHEMA_NAME IN ($D) UNION SELECT 'table', TABLE_SCHEMA, TABLE_NAME, TABLE_COLLATION"
		       " FROM information_schema.TABLES WHERE " TABLES " AND TABLE_COLLATION IS NOT NULL"
		       " UNION SELECT 'table', TABLE_SCHEMA, TABLE_NAME, COLLATION_NAME FROM information_schema.COLUMNS"
		       " JOIN information_schema.TABLES USING (TABLE_SCHEMA, TABLE_NAME) WHERE " TABLES
		       " AND COLLATION_NAME IS NOT NULL UNION SELECT LOWER(ROUTINE_TYPE), ROUTINE_SCHEMA, ROUTINE_NAME,"
		       " COLLATION_CONNECTION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN ($D)) x",
	  .other = "SELECT " COLLATION(
		  "COLLATION_NAME") " FROM information_schema.COLLATIONS UNION SELECT CONCAT(CHARACTER_SET_NAME, '_',"
				    " COLLATION_NAME) FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY",
	  .reason = "the destination does not know its collation $1, or that of one of its columns",
	  .remedy = "convert it to a collation that both know, as utf8mb4_unicode_ci" },
	{ .code = "type",
	  .kind = CHECK_ABSENT,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT DISTINCT 'table', TABLE_SCHEMA, TABLE_NAME, LOWER(DATA_TYPE) FROM information_schema.COLUMNS"
		 " WHERE TABLE_SCHEMA IN ($D) AND DATA_TYPE IN ('inet4', 'inet6', 'uuid')",
	  .other =
		  "SELECT LOWER(PLUGIN_NAME) FROM information_schema.PLUGINS WHERE PLUGIN_TYPE = 'DATA TYPE' AND"
		  " PLUGIN_STATUS = 'ACTIVE'",
	  .reason = "the destination does not know the type $1 of one of its columns",
	  .remedy = "take a later version there, or another type here" },
	{ .code = "plugin",
	  .kind = CHECK_ABSENT,
	  .when = WHEN_DEFINITIONS | WHEN_USERS,
	  .sql = "SELECT DISTINCT 'account', '', " ACCOUNT
		 ", plugin FROM mysql.user u WHERE plugin <> '' AND EXISTS (SELECT 1"
		 " FROM information_schema.SCHEMATA s JOIN (SELECT User, Host, Db FROM mysql.db UNION SELECT User, Host, Db FROM"
		 " mysql.tables_priv UNION SELECT User, Host, Db FROM mysql.procs_priv) d ON SCHEMA_NAME LIKE d.Db WHERE"
		 " SCHEMA_NAME IN ($D) AND d.User = u.User AND d.Host = u.Host)",
	  .other =
		  "SELECT PLUGIN_NAME FROM information_schema.PLUGINS WHERE PLUGIN_TYPE = 'AUTHENTICATION' AND"
		  " PLUGIN_STATUS = 'ACTIVE'",
	  .reason = "the plugin $1 by which it proves who it is is not at the destination",
	  .remedy = "install the plugin there, or ALTER USER ... IDENTIFIED with another one" },
	{ .code = "definer",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_ABSENT,
	  .when = WHEN_DEFINITIONS | WHEN_NO_USERS | WHEN_KEEP_DEFINER,
	  .of_table = true,
	  .sql = MY_DEFINED,
	  .other = "SELECT " ACCOUNT " FROM mysql.user UNION SELECT User FROM mysql.user WHERE Host = ''",
	  .reason = "its definer $1 is no account at the destination: whoever uses it there gets an error",
	  .remedy = "copy accounts with --users, or put another definer in its place with --definer" },
	{ .code = "definer-rights",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_PRESENT,
	  .when = WHEN_DEFINITIONS | WHEN_KEEP_DEFINER,
	  .of_table = true,
	  .sql = "SELECT 'view', TABLE_SCHEMA, TABLE_NAME, DEFINER, '' FROM information_schema.VIEWS WHERE TABLE_SCHEMA IN ($D) AND"
		 " SECURITY_TYPE = 'DEFINER' UNION ALL SELECT 'trigger', TRIGGER_SCHEMA, TRIGGER_NAME, DEFINER, EVENT_OBJECT_TABLE FROM"
		 " information_schema.TRIGGERS WHERE TRIGGER_SCHEMA IN ($D) UNION ALL SELECT LOWER(ROUTINE_TYPE), ROUTINE_SCHEMA,"
		 " ROUTINE_NAME, DEFINER, '' FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN ($D) AND SECURITY_TYPE = 'DEFINER'"
		 " UNION ALL SELECT 'event', EVENT_SCHEMA, EVENT_NAME, DEFINER, '' FROM information_schema.EVENTS WHERE EVENT_SCHEMA"
		 " IN ($D)",
	  .other = "SELECT " ACCOUNT " FROM mysql.user WHERE Super_priv = 'Y'",
	  .reason =
		  "its definer $1 may do anything at the destination: whoever uses it there uses those rights",
	  .remedy = "see that it is meant to, or put another definer in its place with --definer" },
	{ .code = "primary-key",
	  .kind = CHECK_PRESENT,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT 'table', TABLE_SCHEMA, TABLE_NAME, '1' FROM information_schema.TABLES LEFT JOIN (SELECT TABLE_SCHEMA,"
		 " TABLE_NAME, INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA IN ($D) AND NON_UNIQUE = 0 GROUP BY"
		 " TABLE_SCHEMA, TABLE_NAME, INDEX_NAME HAVING SUM(NULLABLE = 'YES') = 0) s USING (TABLE_SCHEMA, TABLE_NAME) WHERE " TABLES
		 " AND ENGINE = 'InnoDB' AND INDEX_NAME IS NULL",
	  .other =
		  "SELECT '1' FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = 'INNODB_FORCE_PRIMARY_KEY' AND VARIABLE_VALUE = 'ON'",
	  .reason = "it has no key of its rows, and the destination refuses tables without one",
	  .remedy =
		  "give it a primary key, or SET GLOBAL innodb_force_primary_key = OFF there, at least for the copy" },
	{ .code = "function-log",
	  .kind = CHECK_PRESENT,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT 'function', ROUTINE_SCHEMA, ROUTINE_NAME, '1' FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN ($D) AND"
		 " ROUTINE_TYPE = 'FUNCTION' AND IS_DETERMINISTIC = 'NO' AND SQL_DATA_ACCESS IN ('CONTAINS SQL', 'MODIFIES SQL DATA')",
	  .other = MY_UNTRUSTED,
	  .reason =
		  "the destination keeps a binary log, and refuses functions of which it is not said that they are DETERMINISTIC or only"
		  " read",
	  .remedy = "SET GLOBAL log_bin_trust_function_creators = ON there, at least for the copy" },
	{ .code = "time-zone",
	  .kind = CHECK_ABSENT,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT 'event', EVENT_SCHEMA, EVENT_NAME, TIME_ZONE FROM information_schema.EVENTS WHERE EVENT_SCHEMA IN ($D)"
		 " AND TIME_ZONE <> 'SYSTEM' AND TIME_ZONE NOT REGEXP '^[-+][0-9]'",
	  .other = "SELECT Name FROM mysql.time_zone_name",
	  .reason = "the destination does not know its time zone $1",
	  .remedy = "load the zones there: mariadb-tzinfo-to-sql /usr/share/zoneinfo | mariadb mysql" },
	{ .code = "time-zone",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_CHANGED,
	  .sql = "SELECT " VARIABLE("time_zone") " UNION SELECT " VARIABLE("system_time_zone"),
	  .other =
		  "SELECT 'time_zone', @@global.time_zone UNION SELECT 'system_time_zone', @@global.system_time_zone",
	  .reason =
		  "it is $1 at the source and $2 at the destination: clients that say nothing see other times",
	  .remedy = "set default_time_zone at the destination" },
	{ .code = "sql-mode",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_CHANGED,
	  .sql = "SELECT " VARIABLE("sql_mode"),
	  .other = "SELECT 'sql_mode', @@global.sql_mode",
	  .reason =
		  "it is \"$1\" at the source and \"$2\" at the destination: statements may mean something else there, or be refused",
	  .remedy = "set it at the destination as it is at the source" },
	{ .code = "case",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_CHANGED,
	  .sql = "SELECT " VARIABLE("lower_case_table_names"),
	  .other = "SELECT 'lower_case_table_names', @@global.lower_case_table_names",
	  .reason =
		  "it is $1 at the source and $2 at the destination: names of tables are compared in another way",
	  .remedy = "begin the destination anew with the source's" },
	{ .code = "page-size",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_CHANGED,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT " VARIABLE("innodb_page_size"),
	  .other = "SELECT 'innodb_page_size', @@global.innodb_page_size",
	  .reason = "it is $1 at the source and $2 at the destination: long rows and keys may not fit",
	  .remedy = "begin the destination anew with the source's" },
	{ .code = "read-only",
	  .kind = CHECK_TARGET,
	  .sql = "SELECT 'server', '', '' FROM DUAL WHERE @@global.read_only AND NOT EXISTS (SELECT 1 FROM"
		 " information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE IN ('READ ONLY ADMIN', 'READ_ONLY ADMIN', 'SUPER') AND " MINE
		 ")",
	  .reason = "it is read-only, and the account has not the privilege READ_ONLY ADMIN",
	  .remedy = "SET GLOBAL read_only = OFF there, or grant the privilege" },
	{ .code = "local-infile",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_TARGET,
	  .when = WHEN_ROWS,
	  .sql = "SELECT 'server', '', '' FROM DUAL WHERE NOT @@global.local_infile AND (VERSION() NOT LIKE '%MariaDB%'"
		 " OR (@@global.log_bin AND @@global.binlog_format = 'STATEMENT' AND NOT EXISTS (SELECT 1 FROM"
		 " information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE IN ('BINLOG ADMIN', 'SUPER') AND " MINE
		 ")))",
	  .reason =
		  "local_infile is OFF, and many rows at once are not taken either: they go in by INSERT, which takes longer",
	  .remedy = "SET GLOBAL local_infile = ON there, at least for the copy" },
	{ .code = "connections",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_SOURCE,
	  .sql = "SELECT 'server', '', '', @@global.max_connections, VARIABLE_VALUE, $J FROM information_schema.GLOBAL_STATUS WHERE"
		 " VARIABLE_NAME = 'THREADS_CONNECTED' AND VARIABLE_VALUE + $J > @@global.max_connections",
	  .reason = "of its $1 connections $2 are taken, and a copy wants $3",
	  .remedy = "raise max_connections, or copy with fewer --jobs" },
	{ .code = "connections",
	  .severity = SEVERITY_LIKELY,
	  .kind = CHECK_TARGET,
	  .sql = "SELECT 'server', '', '', @@global.max_connections, VARIABLE_VALUE, $J FROM information_schema.GLOBAL_STATUS WHERE"
		 " VARIABLE_NAME = 'THREADS_CONNECTED' AND VARIABLE_VALUE + $J > @@global.max_connections",
	  .reason = "of its $1 connections $2 are taken, and a copy wants $3",
	  .remedy = "raise max_connections, or copy with fewer --jobs" },
	{ .code = "view-invalid",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_DEFINITIONS,
	  /* one that cannot be used has no columns */
	  .sql = "SELECT 'view', v.TABLE_SCHEMA, v.TABLE_NAME FROM information_schema.TABLES v LEFT JOIN (SELECT DISTINCT"
		 " TABLE_SCHEMA, TABLE_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN ($D)) c USING (TABLE_SCHEMA,"
		 " TABLE_NAME) WHERE v.TABLE_SCHEMA IN ($D) AND v.TABLE_TYPE = 'VIEW' AND c.TABLE_NAME IS NULL",
	  .reason =
		  "it refers to what is not there, or its definer may not use it: it is copied, and works no better there",
	  .remedy = "repair or drop it" },
	{ .code = "no-transactions",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_ROWS,
	  .sql = "SELECT 'table', TABLE_SCHEMA, TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE " TABLES
		 " AND ENGINE IN ('MyISAM', 'Aria', 'MEMORY', 'CSV', 'ARCHIVE', 'TokuDB', 'Columnstore', 'Mroonga', 'ROCKSDB')",
	  .reason =
		  "of the engine $1, which cannot put it into the snapshot: its rows are of when they are read",
	  .remedy = "ALTER TABLE ... ENGINE = InnoDB, or keep it unwritten while it is copied" },
	{ .code = "rows-elsewhere",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_ROWS,
	  .sql = "SELECT 'table', TABLE_SCHEMA, TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE " TABLES
		 " AND ENGINE NOT IN ('InnoDB', 'MyISAM', 'Aria', 'MEMORY', 'CSV', 'ARCHIVE', 'TokuDB', 'Columnstore', 'Mroonga',"
		 " 'ROCKSDB')",
	  .reason = "of the engine $1, whose rows are elsewhere: only its definition is copied",
	  .remedy = "see that the destination reaches them too" },
	{ .code = "outside",
	  .severity = SEVERITY_CERTAIN,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_DEFINITIONS | WHEN_INSIDE,
	  .sql = "SELECT 'table', TABLE_SCHEMA, TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE " TABLES
		 " AND ENGINE NOT IN ('InnoDB', 'MyISAM', 'Aria', 'MEMORY', 'CSV', 'ARCHIVE', 'TokuDB', 'Columnstore', 'ROCKSDB',"
		 " 'BLACKHOLE', 'MRG_MyISAM')",
	  .reason = "its engine, $1, reaches files or servers out of the database: such a table is not made",
	  .remedy = "see that it is meant to, and copy with --allow-outside" },
	/* (of partitions nothing is said there: preflight_outside.c) */
	{ .code = "outside",
	  .severity = SEVERITY_CERTAIN,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_DEFINITIONS | WHEN_INSIDE,
	  .sql = "SELECT 'table', TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE " TABLES
		 " AND CREATE_OPTIONS REGEXP '(DATA|INDEX) DIRECTORY='",
	  .reason = "its files are in a folder of their own, out of the database: such a table is not made",
	  .remedy = "see that it is meant to, and copy with --allow-outside" },
	{ .code = "event",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT 'event', EVENT_SCHEMA, EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA IN ($D) AND"
		 " STATUS = 'ENABLED'",
	  .reason = "it is disabled at the destination after the copy",
	  .remedy = "ALTER EVENT ... ENABLE there, when the copy is what is used" },
	{ .code = "follow-binlog",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .sql = "SELECT 'server', '', '' FROM DUAL WHERE NOT @@global.log_bin",
	  .reason = "it keeps no binary log: what changes after the copy cannot be followed",
	  .remedy = "begin it with log_bin, binlog_format=ROW and a server_id of its own" },
	{ .code = "follow-format",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .sql = "SELECT 'server', '', '', @@global.binlog_format FROM DUAL WHERE @@global.log_bin AND @@global.binlog_format <> 'ROW'",
	  .reason = "binlog_format is $1: following changes needs ROW",
	  .remedy = "SET GLOBAL binlog_format = ROW, then end the sessions that began before" },
	{ .code = "follow-row-image",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .sql = "SELECT 'server', '', '', @@global.binlog_row_image FROM DUAL WHERE @@global.log_bin AND"
		 " @@global.binlog_row_image NOT LIKE 'FULL%'",
	  .reason = "binlog_row_image is $1: following changes needs whole rows",
	  .remedy = "SET GLOBAL binlog_row_image = FULL" },
	{ .code = "follow-kept",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .sql = "SELECT 'server', '', '', VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES WHERE @@global.log_bin AND"
		 " VARIABLE_NAME = 'BINLOG_EXPIRE_LOGS_SECONDS' AND VARIABLE_VALUE BETWEEN 1 AND 86399",
	  .reason =
		  "it keeps its binary logs for $1 seconds: a copy may take longer, and what changed meanwhile is lost",
	  .remedy = "SET GLOBAL binlog_expire_logs_seconds to more than copy and catching up take" },
	{ .code = "follow-server-id",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_PRESENT,
	  .sql = "SELECT 'server', '', '', @@global.server_id FROM DUAL WHERE @@global.log_bin",
	  .other = "SELECT @@global.server_id",
	  .reason = "both servers have the server_id $1: neither can follow the other",
	  .remedy = "SET GLOBAL server_id at the destination" },
	{ .code = "follow-key",
	  .severity = SEVERITY_NOTE,
	  .kind = CHECK_SOURCE,
	  .when = WHEN_ROWS,
	  .sql = "SELECT 'table', TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES LEFT JOIN (SELECT DISTINCT"
		 " TABLE_SCHEMA, TABLE_NAME, 1 AS has FROM information_schema.STATISTICS WHERE TABLE_SCHEMA IN ($D) AND"
		 " NON_UNIQUE = 0) s USING (TABLE_SCHEMA, TABLE_NAME) WHERE " TABLES " AND has IS NULL",
	  .reason = "it has no key: a change that is followed reads all of the table",
	  .remedy = "give it a primary key" },
};
const size_t my_check_count = sizeof my_checks / sizeof *my_checks;

const struct check my_case_checks[] = {
	{ .code = "case",
	  .kind = CHECK_SOURCE,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT 'table', TABLE_SCHEMA, MIN(TABLE_NAME), GROUP_CONCAT(TABLE_NAME) FROM information_schema.TABLES WHERE"
		 " TABLE_SCHEMA IN ($D) GROUP BY TABLE_SCHEMA, BINARY LOWER(TABLE_NAME) HAVING COUNT(*) > 1",
	  .reason = "$1 would be one table at the destination, where case does not tell names apart",
	  .remedy = "rename one, or begin the destination anew with lower_case_table_names = 0" },
	{ .code = "case",
	  .kind = CHECK_SOURCE,
	  .when = WHEN_DEFINITIONS,
	  .sql = "SELECT IF(TABLE_TYPE = 'VIEW', 'view', 'table'), TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE"
		 " TABLE_SCHEMA IN ($D) AND BINARY TABLE_NAME <> BINARY LOWER(TABLE_NAME)",
	  .reason =
		  "it gets a name in small letters at the destination: another one than the source's, so the copy is found to differ",
	  .remedy = "rename it, or begin the destination anew with lower_case_table_names = 0" },
};
const size_t my_case_check_count = sizeof my_case_checks / sizeof *my_case_checks;
