#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dbdump/my/rewrite.h"
#include "dbdump/my/sql.h"

static char *renames[] = { "shop", "store", "a.b`c", "d.e`f", "2024", "2025" };

static const char *rewritten_as(const char *text, struct rewrite how, char *definer, bool unsure)
{
	static char out[1024];
	struct options o = { .renames = { renames, sizeof renames / sizeof *renames }, .definer = definer };
	AUTO(buf_fini) struct buf b = { .limit = sizeof out };
	how.options = &o;
	assert_int_equal(rewrite(&b, text, &how), unsure);
	const char *got = sql_text(&b);
	assert_non_null(got);
	memcpy(out, got, strlen(got) + 1);
	return out;
}

static void becomes(const char *text, const char *wanted)
{
	assert_string_equal(rewritten_as(text, (struct rewrite){ .rename = true }, NULL, false), wanted);
}

static void stays(const char *text)
{
	becomes(text, text);
}

static void a_database_gets_its_new_name_wherever_a_dot_follows(void **state)
{
	(void)state;
	becomes("CREATE VIEW `shop`.`v` AS select `shop`.`t`.`a` AS `a` from (`shop`.`t` join `x`.`t`)",
		"CREATE VIEW `store`.`v` AS select `store`.`t`.`a` AS `a` from (`store`.`t` join `x`.`t`)");
	becomes("CREATE TABLE `t` (CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `shop`.`u` (`b`))",
		"CREATE TABLE `t` (CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `store`.`u` (`b`))");
	becomes("CREATE TABLE `t` (`a` int DEFAULT nextval(`shop`.`s`))",
		"CREATE TABLE `t` (`a` int DEFAULT nextval(`store`.`s`))");
	becomes("CREATE VIEW `v` AS select `shop` /* x */ . `f`(1)",
		"CREATE VIEW `v` AS select `store` /* x */ . `f`(1)");
}

static void names_with_dots_and_backticks_are_found_and_quoted(void **state)
{
	(void)state;
	becomes("CREATE VIEW `a.b``c`.`v` AS select 1", "CREATE VIEW `d.e``f`.`v` AS select 1");
	stays("CREATE VIEW `a`.`b``c` AS select 1");
	stays("CREATE VIEW `a.b`.`v` AS select 1");
	stays("CREATE VIEW `shop.x`.`v` AS select `x.shop`.`a` from `shop``.`.`t`");
}

static void strings_and_comments_stay_as_they_are(void **state)
{
	(void)state;
	stays("CREATE TABLE `t` (`a` text DEFAULT '`shop`.`t`' COMMENT 'it''s \\' `shop`.`t`')");
	stays("CREATE VIEW `v` AS select \"`shop`.`t`\" /* `shop`.`t` */ -- `shop`.`t`\n# `shop`.`t`");
	stays("CREATE VIEW `v` AS select 2*/* it's `shop`.`t` */3");
	becomes("CREATE TABLE `t` (`a` int) /*!50100 UNION=(`shop`.`t`) */",
		"CREATE TABLE `t` (`a` int) /*!50100 UNION=(`store`.`t`) */");
}

static void tables_columns_users_and_labels_of_that_name_stay(void **state)
{
	(void)state;
	stays("CREATE TABLE `shop` (`shop` int, KEY `shop` (`shop`), CHECK (`shop` > 0))");
	stays("CREATE DEFINER=`shop`@`shop.example` PROCEDURE `shop`()\n`shop`: BEGIN END `shop`");
	stays("CREATE VIEW `v` AS select `x`.`shop`.`shop` AS `shop` from `x`.`shop`");
	stays("CREATE VIEW `v` AS select `x`.`shop`.`a` AS `a` from `x`.`Shop`");
	becomes("CREATE VIEW `shop`.`shop` AS select `shop`.`shop`.`shop` AS `shop` from `shop`.`shop`",
		"CREATE VIEW `store`.`shop` AS select `store`.`shop`.`shop` AS `shop` from `store`.`shop`");
}

/* SHOW CREATE VIEW names a table's column by its alias, where there is one. */
static void an_alias_of_that_name_stays(void **state)
{
	(void)state;
	becomes("CREATE VIEW `shop`.`v` AS select `shop`.`id` AS `id`,`shop`.`f`(`shop`.`id`) AS `f` "
		"from (`shop`.`t` `shop` join `shop`.`u` on(`shop`.`id` = `shop`.`u`.`id`))",
		"CREATE VIEW `store`.`v` AS select `shop`.`id` AS `id`,`store`.`f`(`shop`.`id`) AS `f` "
		"from (`store`.`t` `shop` join `store`.`u` on(`shop`.`id` = `store`.`u`.`id`))");
	becomes("CREATE VIEW `v` AS select `shop`.`a` AS `a` from (select `shop`.`t`.`a` AS `a` "
		"from `shop`.`t`) `shop` where nextval(`shop`.`s`) > `shop`.`a`",
		"CREATE VIEW `v` AS select `shop`.`a` AS `a` from (select `store`.`t`.`a` AS `a` "
		"from `store`.`t`) `shop` where nextval(`store`.`s`) > `shop`.`a`");
	becomes("CREATE DEFINER=`shop`@`h` PROCEDURE `p`() SELECT * FROM x, `shop`.`t`",
		"CREATE DEFINER=`shop`@`h` PROCEDURE `p`() SELECT * FROM x, `store`.`t`");
}

static void the_from_of_a_function_is_not_followed_by_a_table(void **state)
{
	(void)state;
	becomes("CREATE VIEW `v` AS select extract(year from `shop`.`d`) AS `y`,"
		"trim(both 'x' from `shop`.`s`) AS `s` from `shop`.`t` `shop`",
		"CREATE VIEW `v` AS select extract(year from `shop`.`d`) AS `y`,"
		"trim(both 'x' from `shop`.`s`) AS `s` from `store`.`t` `shop`");
}

/* In a routine's list of tables it may be either: it stays, and that is said. */
static void what_may_be_an_alias_or_a_database_is_told(void **state)
{
	(void)state;
	const char *text = "CREATE PROCEDURE `p`() SELECT `shop`.`a` FROM x `shop`";
	assert_string_equal(rewritten_as(text, (struct rewrite){ .rename = true }, NULL, true), text);
}

static void a_database_without_backticks_is_renamed_in_the_head_alone(void **state)
{
	(void)state;
	struct rewrite how = { .rename = true };
	becomes("CREATE TRIGGER shop.g BEFORE INSERT ON shop.t FOR EACH ROW SET @x = 1",
		"CREATE TRIGGER `store`.g BEFORE INSERT ON `store`.t FOR EACH ROW SET @x = 1");
	assert_string_equal(
		rewritten_as("CREATE TRIGGER g BEFORE INSERT ON shop.t FOR EACH ROW SET @x = shop.a", how,
			     NULL, true),
		"CREATE TRIGGER g BEFORE INSERT ON `store`.t FOR EACH ROW SET @x = shop.a");
	assert_string_equal(rewritten_as("CREATE PROCEDURE `p`() BEGIN SELECT shop.a FROM t shop; END", how,
					 NULL, true),
			    "CREATE PROCEDURE `p`() BEGIN SELECT shop.a FROM t shop; END");
	assert_string_equal(rewritten_as("CREATE PROCEDURE `p`(a DECIMAL(9,2), b INT) "
					 "SELECT shop.a FROM t shop",
					 how, NULL, true),
			    "CREATE PROCEDURE `p`(a DECIMAL(9,2), b INT) SELECT shop.a FROM t shop");
}

static void a_number_is_no_database(void **state)
{
	(void)state;
	stays("CREATE TABLE `t` (`a` decimal(9,2) DEFAULT 2024.50)");
	stays("CREATE PROCEDURE `p`() BEGIN SELECT 2024.5; END");
	becomes("CREATE VIEW `2024`.`v` AS select 2024.5 from `2024`.`t`",
		"CREATE VIEW `2025`.`v` AS select 2024.5 from `2025`.`t`");
}

static void double_quotes_hold_names_under_ansi_quotes(void **state)
{
	(void)state;
	struct rewrite how = { .rename = true, .sql_mode = "ANSI_QUOTES" };
	assert_string_equal(rewritten_as("CREATE VIEW \"shop\".\"v\" AS select '\"shop\".\"t\"'", how, NULL,
					 false),
			    "CREATE VIEW `store`.\"v\" AS select '\"shop\".\"t\"'");
}

static void nothing_is_renamed_where_nothing_is_to_be(void **state)
{
	(void)state;
	const char *text = "CREATE DEFINER=`a`@`b` VIEW `shop`.`v` AS select shop.a";
	assert_string_equal(rewritten_as(text, (struct rewrite){ 0 }, "root@%", false), text);
}

static void definer_is(char *definer, const char *text, const char *wanted)
{
	assert_string_equal(rewritten_as(text, (struct rewrite){ .definer = true }, definer, false), wanted);
}

static void the_definer_is_kept_replaced_or_left_out(void **state)
{
	(void)state;
	const char *text = "CREATE DEFINER=`a``@b`@`%` SQL SECURITY DEFINER VIEW `v` AS select 1";
	definer_is(NULL, text, text);
	definer_is("keep", text, text);
	definer_is("root@%", text, "CREATE DEFINER=`root`@`%` SQL SECURITY DEFINER VIEW `v` AS select 1");
	definer_is("x@y@`h", text, "CREATE DEFINER=`x@y`@```h` SQL SECURITY DEFINER VIEW `v` AS select 1");
	definer_is("boss", text, "CREATE DEFINER=`boss` SQL SECURITY DEFINER VIEW `v` AS select 1");
	definer_is("@h", text, "CREATE DEFINER=``@`h` SQL SECURITY DEFINER VIEW `v` AS select 1");
	definer_is("current", text, "CREATE  SQL SECURITY DEFINER VIEW `v` AS select 1");
	definer_is("root@%", "CREATE DEFINER=`role` PROCEDURE `p`() BEGIN END",
		   "CREATE DEFINER=`root`@`%` PROCEDURE `p`() BEGIN END");
}

static void only_the_heads_definer_is_replaced(void **state)
{
	(void)state;
	definer_is("root@%", "CREATE PROCEDURE `p`() BEGIN CREATE DEFINER=`a`@`b` VIEW v AS SELECT 1; END",
		   "CREATE PROCEDURE `p`() BEGIN CREATE DEFINER=`a`@`b` VIEW v AS SELECT 1; END");
	definer_is("root@%", "CREATE DEFINER=`a`@`b` PROCEDURE `DEFINER`() SQL SECURITY DEFINER BEGIN END",
		   "CREATE DEFINER=`root`@`%` PROCEDURE `DEFINER`() SQL SECURITY DEFINER BEGIN END");
}

static void comments_escape_nothing_under_no_backslash_escapes(void **state)
{
	(void)state;
	struct rewrite how = { .sql_mode = "NO_BACKSLASH_ESCAPES" };
	const char *text = "CREATE PROCEDURE `p`() COMMENT 'a\\\\b\\nc\\\\' BEGIN SELECT 'd\\\\e'; END";
	assert_string_equal(rewritten_as(text, how, NULL, false),
			    "CREATE PROCEDURE `p`() COMMENT 'a\\b\nc\\' BEGIN SELECT 'd\\\\e'; END");
	how.sql_mode = "";
	assert_string_equal(rewritten_as(text, how, NULL, false), text);
}

static void event(const char *text, bool enabled, const char *wanted)
{
	AUTO(buf_fini) struct buf b = { .limit = 1024 };
	bool was = !enabled;
	rewrite_event(&b, text, NULL, &was);
	assert_int_equal(was, enabled);
	assert_string_equal(sql_text(&b), wanted);
}

static void an_event_is_made_disabled_and_that_it_was_not_is_told(void **state)
{
	(void)state;
	event("CREATE EVENT `ENABLE` ON SCHEDULE EVERY 1 DAY ON COMPLETION NOT PRESERVE ENABLE "
	      "COMMENT 'ENABLE' DO SET @ENABLE = ENABLE",
	      true,
	      "CREATE EVENT `ENABLE` ON SCHEDULE EVERY 1 DAY ON COMPLETION NOT PRESERVE DISABLE "
	      "COMMENT 'ENABLE' DO SET @ENABLE = ENABLE");
	const char *disabled = "CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY ON COMPLETION PRESERVE DISABLE DO "
			       "ALTER EVENT x ON COMPLETION PRESERVE ENABLE";
	event(disabled, false, disabled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_database_gets_its_new_name_wherever_a_dot_follows),
		cmocka_unit_test(names_with_dots_and_backticks_are_found_and_quoted),
		cmocka_unit_test(strings_and_comments_stay_as_they_are),
		cmocka_unit_test(tables_columns_users_and_labels_of_that_name_stay),
		cmocka_unit_test(an_alias_of_that_name_stays),
		cmocka_unit_test(the_from_of_a_function_is_not_followed_by_a_table),
		cmocka_unit_test(what_may_be_an_alias_or_a_database_is_told),
		cmocka_unit_test(a_database_without_backticks_is_renamed_in_the_head_alone),
		cmocka_unit_test(a_number_is_no_database),
		cmocka_unit_test(double_quotes_hold_names_under_ansi_quotes),
		cmocka_unit_test(nothing_is_renamed_where_nothing_is_to_be),
		cmocka_unit_test(the_definer_is_kept_replaced_or_left_out),
		cmocka_unit_test(only_the_heads_definer_is_replaced),
		cmocka_unit_test(comments_escape_nothing_under_no_backslash_escapes),
		cmocka_unit_test(an_event_is_made_disabled_and_that_it_was_not_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
