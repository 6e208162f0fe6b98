#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dbdump/my/admit.h"

static char *ours[] = { "shop", "my`db" };
static const struct strings databases = { ours, 2 };

static int judged(const char *kind, const char *sql, bool outside)
{
	char *texts[] = { "USE `shop`", (char *)(uintptr_t)sql };
	struct statement st = { .kind = kind, .name = "shop.t", .sql = { texts, 2 } };
	struct err err = { 0 };
	return admit(&st, &databases, outside, &err);
}

static void good(const char *kind, const char *sql)
{
	if (judged(kind, sql, false))
		fail_msg("refused: %s", sql);
}

static void bad(const char *kind, const char *sql)
{
	if (judged(kind, sql, false) != -EPERM)
		fail_msg("admitted: %s", sql);
}

static void a_table_of_columns_keys_and_options_is_made(void **state)
{
	(void)state;
	good("table",
	     "CREATE TABLE `shop`.`t` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  `v` varchar(9) DEFAULT 'SELECT' "
	     "COMMENT 'ENGINE=CONNECT',\n  `g` int GENERATED ALWAYS AS (`id` + 1) VIRTUAL,\n  PRIMARY KEY (`id`),\n"
	     "  CHECK (`v` like 'x')\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4\n PARTITION BY RANGE (`id`)\n"
	     "(PARTITION `p` VALUES LESS THAN (3) ENGINE = InnoDB,\n PARTITION `q` VALUES LESS THAN MAXVALUE ENGINE = InnoDB)");
	good("table", "CREATE TABLE `my``db`.`SELECT` (`DATA` int) ENGINE=MyISAM WITH SYSTEM VERSIONING");
	good("table", "CREATE TABLE `shop`.`m` (`a` int) ENGINE=MRG_MyISAM UNION=(`x`,`shop`.`y`)");
	good("table", "CREATE TABLE `shop`.`p` (`a` int)\n/*!50100 PARTITION BY HASH (`a`) PARTITIONS 4 */");
	good("foreign keys of table",
	     "ALTER TABLE `shop`.`t` ADD CONSTRAINT `f` FOREIGN KEY (`a`, `b`) REFERENCES `u` (`a`, `b`), ADD "
	     "FOREIGN KEY (`c`) REFERENCES `other`.`v` (`c`)");
}

static void a_table_that_selects_is_refused(void **state)
{
	(void)state;
	bad("table", "CREATE TABLE `shop`.`t` (`a` text) ENGINE=InnoDB AS SELECT load_file('/etc/passwd')");
	bad("table", "CREATE TABLE `shop`.`t` (`a` text) AS VALUES (load_file('/etc/passwd'))");
	bad("table", "CREATE TABLE `shop`.`t` (`a` text) TABLE mysql.user");
	bad("table",
	    "CREATE TABLE `shop`.`t` (`a` text) /*!999999 ' */ AS SELECT 1 /*!999999 ' */ COMMENT 'x'");
	bad("table",
	    "CREATE TABLE `shop`.`t` (`a` text) /*!50701 ` */ AS SELECT 1 /*!50701 ` */ COMMENT 'x'");
	bad("table", "CREATE TABLE `shop`.`t` (`a` text) /* x */ ENGINE=InnoDB");
	bad("table", "CREATE TABLE `mysql`.`t` (`a` text)");
	bad("table", "CREATE TABLE `shop`.`t` LIKE mysql.user");
	bad("table", "CREATE OR REPLACE TABLE `shop`.`t` (`a` text)");
	bad("table", "DROP TABLE `shop`.`t`");
	bad("table", "GRANT ALL ON *.* TO `me`@`%`");
	bad("indexes of table", "ALTER TABLE `shop`.`t` ADD KEY `a` (`a`), RENAME TO `mysql`.`x`");
	bad("indexes of table", "ALTER TABLE `mysql`.`user` ADD KEY `a` (`a`)");
}

static void a_table_that_leads_out_is_made_only_if_that_is_allowed(void **state)
{
	(void)state;
	static const char *const tables[] = {
		"CREATE TABLE `shop`.`t` (`a` text) ENGINE=CONNECT `FILE_NAME`='/etc/passwd'",
		"CREATE TABLE `shop`.`t` (`a` text) engine = 'CONNECT'",
		"CREATE TABLE `shop`.`t` (`a` text) ENGINE=FEDERATED CONNECTION='mysql://x'",
		"CREATE TABLE `shop`.`t` (`a` int) PARTITION BY HASH (`a`) (PARTITION `p` ENGINE = SPIDER)",
		"CREATE TABLE `shop`.`t` (`a` text) ENGINE=MyISAM DATA DIRECTORY='/srv/other'",
		"CREATE TABLE `shop`.`t` (`a` text) ENGINE=MyISAM Index Directory='/srv/other'",
		"CREATE TABLE `shop`.`t` (`a` text) ENGINE=MRG_MyISAM UNION=(`x`,`other`.`y`)",
	};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		bad("table", tables[i]);
		assert_int_equal(judged("table", tables[i], true), 0);
	}
}

static void code_is_made_in_our_databases(void **state)
{
	(void)state;
	good("view",
	     "CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW `shop`.`v` AS "
	     "select 1 from `other`.`t`");
	good("function", "CREATE DEFINER=`a`@`%` FUNCTION `f`() RETURNS int(11)\nRETURN 1");
	good("function", "CREATE DEFINER=`a`@`%` AGGREGATE FUNCTION `f`() RETURNS int(11)\nRETURN 1");
	good("procedure", "CREATE PROCEDURE `p`()\nBEGIN DROP TABLE x; END");
	good("package body", "CREATE DEFINER=`r` PACKAGE BODY `p` AS END");
	good("trigger",
	     "CREATE DEFINER=`a`@`%` /* mine */ trigger shop.g before insert on t for each row set @a = 1");
	bad("view", "CREATE VIEW `mysql`.`v` AS select 1");
	bad("view", "CREATE TABLE `shop`.`v` AS SELECT 1");
	bad("function", "CREATE USER `f`@`%` IDENTIFIED BY 'x'");
	bad("procedure", "DROP DATABASE `shop`");
	bad("trigger", "CREATE TRIGGER other.g BEFORE INSERT ON t FOR EACH ROW SET @a = 1");
	bad("trigger", "CREATE /*! USER x@y */ TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @a = 1");
	bad("function", "CREATE DEFINER=`a`@`%` PROCEDURE `f`() SELECT 1");
}

static void a_function_of_a_library_is_refused(void **state)
{
	(void)state;
	bad("function", "CREATE FUNCTION `f` RETURNS STRING SONAME 'udf.so'");
	bad("function", "CREATE AGGREGATE FUNCTION `f` RETURNS STRING SONAME 'udf.so'");
}

static void an_event_is_made_disabled_alone(void **state)
{
	(void)state;
	good("event",
	     "CREATE DEFINER=`a`@`%` EVENT `e` ON SCHEDULE EVERY 1 DAY STARTS '2020-01-01 00:00:00' ON "
	     "COMPLETION NOT PRESERVE DISABLE COMMENT 'ENABLE' DO SET @a = f(1)");
	bad("event", "CREATE EVENT `e` ON SCHEDULE EVERY 1 SECOND DO SET @a = 1");
	bad("event",
	    "CREATE EVENT `e` ON SCHEDULE EVERY 1 SECOND ON COMPLETION PRESERVE ENABLE DO SET @a = 1");
	bad("event", "CREATE EVENT `e` ON SCHEDULE EVERY (SELECT f()) SECOND DISABLE DO SET @a = 1");
	bad("event", "CREATE EVENT `e` ON SCHEDULE EVERY 1 SECOND /* DISABLE */ DO SELECT DISABLE");
	bad("event", "CREATE EVENT `e` ON SCHEDULE EVERY @disable := 1 SECOND DO SET @a = 1");
}

static void a_sequence_gets_numbers(void **state)
{
	(void)state;
	good("sequence",
	     "CREATE SEQUENCE `s` start with 1 minvalue -9 maxvalue 9 increment by 1 cache 1000 nocycle "
	     "ENGINE=InnoDB");
	good("sequence", "SELECT SETVAL(`shop`.`s`, -5, 0, 0)");
	bad("sequence", "SELECT SETVAL(`shop`.`s`, 1, 0, 0 + f())");
	bad("sequence", "SELECT SETVAL(`mysql`.`s`, 1, 0, 0)");
	bad("sequence", "CREATE SEQUENCE `s` ENGINE=CONNECT");
}

static void rights_are_those_to_our_databases(void **state)
{
	(void)state;
	good("grant", "GRANT SELECT (`a`), INSERT ON `shop`.* TO `me`@`%` WITH GRANT OPTION");
	good("grant", "GRANT EXECUTE ON PROCEDURE `shop`.`p` TO `me`@`%`");
	good("grant", "GRANT ALL PRIVILEGES ON `sh%`.* TO `me`@`%`");
	good("grant", "GRANT `role` TO `me`@`%` WITH ADMIN OPTION");
	good("grant", "SET DEFAULT ROLE `role` FOR `me`@`%`");
	good("user", "CREATE USER IF NOT EXISTS `me`@`%` IDENTIFIED BY PASSWORD '*00'");
	good("user", "CREATE USER IF NOT EXISTS `me`@`%` IDENTIFIED VIA ed25519 USING 'x' OR unix_socket");
	/* as MariaDB 10.3 has them */
	good("user", "CREATE USER IF NOT EXISTS 'me'@'%' IDENTIFIED BY PASSWORD '*00'");
	good("grant", "GRANT `role` TO 'me'@'%'");
	good("grant", "GRANT `role` TO `other`");
	bad("grant", "GRANT `role` TO `me`@`%`, `you`@`%`");
	bad("grant", "GRANT `role` TO `me`@`%` WITH ADMIN OPTION ON");
	good("grant", "GRANT SELECT ON `shop`.* TO 'me'@'%'");
	bad("grant", "GRANT ALL PRIVILEGES ON *.* TO `me`@`%`");
	bad("grant", "GRANT ALL PRIVILEGES ON `mysql`.* TO `me`@`%`");
	bad("grant", "GRANT ALL PRIVILEGES ON `%`.* TO `me`@`%`"); /* `mysql` is meant by it, too */
	bad("grant", "GRANT SELECT ON `shop`.* TO `root`@`localhost` IDENTIFIED BY 'x'");
	bad("grant", "GRANT PROXY ON `root`@`localhost` TO `me`@`%`");
	bad("user", "CREATE OR REPLACE USER `root`@`localhost` IDENTIFIED BY 'x'");
	bad("user", "ALTER USER `root`@`localhost` IDENTIFIED BY 'x'");
}

static void a_setting_is_one_of_few(void **state)
{
	(void)state;
	good("view", "SET SESSION character_set_client = 'utf8mb4', collation_connection = 'utf8mb4_bin'");
	good("event", "SET SESSION sql_mode = '', time_zone = 'SYSTEM'");
	good("database", "ALTER DATABASE `shop` COLLATE utf8mb4_bin COMMENT 'it''s'");
	bad("view", "SET SESSION sql_mode = '', sql_log_bin = 0");
	bad("view", "SET GLOBAL sql_mode = ''");
	bad("view", "SET SESSION sql_mode = (SELECT f())");
	bad("view", "USE `mysql`");
	bad("database", "ALTER DATABASE `mysql` COLLATE utf8mb4_bin");
}

static void a_quote_within_a_character_hides_nothing(void **state)
{
	(void)state;
	char *texts[] = { "SET SESSION character_set_client = 'gbk', collation_connection = 'gbk_bin'",
			  "CREATE DEFINER=`\x81`@`x` FUNCTION `f`() RETURNS INT RETURN 1" };
	struct statement st = { .kind = "function", .name = "shop.f", .sql = { texts, 2 } };
	assert_int_equal(admit(&st, &databases, false, &(struct err){ 0 }), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_of_columns_keys_and_options_is_made),
		cmocka_unit_test(a_table_that_selects_is_refused),
		cmocka_unit_test(a_table_that_leads_out_is_made_only_if_that_is_allowed),
		cmocka_unit_test(code_is_made_in_our_databases),
		cmocka_unit_test(a_function_of_a_library_is_refused),
		cmocka_unit_test(an_event_is_made_disabled_alone),
		cmocka_unit_test(a_sequence_gets_numbers),
		cmocka_unit_test(rights_are_those_to_our_databases),
		cmocka_unit_test(a_setting_is_one_of_few),
		cmocka_unit_test(a_quote_within_a_character_hides_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
