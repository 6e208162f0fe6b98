#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dbdump/my/ddl.h"
#include "xfer/base/buf.h"

static struct ddl parsed(const char *create)
{
	struct ddl d = { 0 };
	assert_int_equal(ddl_parse(&d, create), 0);
	return d;
}

static void item_is(const struct ddl *d, size_t i, enum ddl_kind kind, const char *text)
{
	assert_in_range(i + 1, 1, d->items.count);
	assert_string_equal(d->items.at[i], text);
	assert_int_equal(d->kinds[i], kind);
}

/* The one item of a table is this text, whole. */
static void single(enum ddl_kind kind, const char *item)
{
	AUTO(buf_fini) struct buf b = { .limit = 4096 };
	buf_bytes(&b, "CREATE TABLE `t` (\n  ", 21);
	buf_bytes(&b, item, strlen(item));
	buf_bytes(&b, "\n) ENGINE=InnoDB", 17);
	AUTO(ddl_fini) struct ddl d = parsed((const char *)b.data);
	assert_int_equal(d.items.count, 1);
	item_is(&d, 0, kind, item);
	assert_string_equal(d.tail, " ENGINE=InnoDB");
}

static void an_option_that_means_nothing_is_left_out(void **state)
{
	(void)state;
	char *bare = ddl_bare(
		"CREATE TABLE `t` (\n  `a` text /*M!100301 COMPRESSED*/ DEFAULT '/* x */' /* `x`='1' */,\n  KEY `k` (`a`(3)) "
		"/* `y`=2 */\n) ENGINE=InnoDB COMMENT='--' /* `compression`='tokudb_zlib' */");
	assert_string_equal(
		bare,
		"CREATE TABLE `t` (\n  `a` text /*M!100301 COMPRESSED*/ DEFAULT '/* x */',\n  KEY `k` (`a`(3))\n) "
		"ENGINE=InnoDB COMMENT='--'");
	free(bare);
}

static void a_table_is_taken_apart_into_columns_keys_and_options(void **state)
{
	(void)state;
	AUTO(ddl_fini)
	struct ddl d = parsed(
		"CREATE TABLE `orders` (\n"
		"  `id` int(11) NOT NULL AUTO_INCREMENT,\n"
		"  `price` decimal(10,2) DEFAULT 1.50,\n"
		"  `kind` enum('a','b,c','(') DEFAULT NULL,\n"
		"  PRIMARY KEY (`id`),\n"
		"  UNIQUE KEY `u` (`kind`,`price`),\n"
		"  KEY `k` (`price`),\n"
		"  FULLTEXT KEY `f` (`kind`),\n"
		"  CONSTRAINT `fk` FOREIGN KEY (`id`) REFERENCES `x`.`y` (`id`) ON DELETE CASCADE,\n"
		"  CONSTRAINT `c` CHECK (`price` > 0)\n"
		") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='a, (b'");
	assert_int_equal(d.items.count, 9);
	item_is(&d, 0, DDL_COLUMN, "`id` int(11) NOT NULL AUTO_INCREMENT");
	item_is(&d, 1, DDL_COLUMN, "`price` decimal(10,2) DEFAULT 1.50");
	item_is(&d, 2, DDL_COLUMN, "`kind` enum('a','b,c','(') DEFAULT NULL");
	item_is(&d, 3, DDL_PRIMARY, "PRIMARY KEY (`id`)");
	item_is(&d, 4, DDL_UNIQUE, "UNIQUE KEY `u` (`kind`,`price`)");
	item_is(&d, 5, DDL_KEY, "KEY `k` (`price`)");
	item_is(&d, 6, DDL_OTHER, "FULLTEXT KEY `f` (`kind`)");
	item_is(&d, 7, DDL_FOREIGN,
		"CONSTRAINT `fk` FOREIGN KEY (`id`) REFERENCES `x`.`y` (`id`) ON DELETE CASCADE");
	item_is(&d, 8, DDL_OTHER, "CONSTRAINT `c` CHECK (`price` > 0)");
	assert_string_equal(d.tail, " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='a, (b'");
}

static void comments_and_defaults_that_look_like_keys_stay_in_their_column(void **state)
{
	(void)state;
	single(DDL_COLUMN, "`a` int(11) DEFAULT NULL COMMENT 'x, KEY `x` (`a`)'");
	single(DDL_COLUMN, "`a` varchar(9) DEFAULT ', KEY `x` (`a`), PRIMARY KEY (`b`)'");
	single(DDL_COLUMN, "`a` varchar(9) DEFAULT ')' COMMENT '('");
	single(DDL_COLUMN, "`a` text DEFAULT 'it''s\\', KEY `x`'");
	single(DDL_COLUMN, "`a` text DEFAULT '\\\\' COMMENT ',\n) ENGINE=MyISAM'");
	single(DDL_COLUMN, "`a` set('x,y',')','''','\\\\') NOT NULL");
}

static void names_may_hold_commas_parentheses_and_quotes(void **state)
{
	(void)state;
	single(DDL_COLUMN, "`a,b)` int(11)");
	single(DDL_COLUMN, "`a``,(b'` int(11)");
	single(DDL_COLUMN, "`KEY` int(11)");
	single(DDL_KEY, "KEY `a,)'(` (`b``, (c`(10),`-- d`)");
	AUTO(ddl_fini) struct ddl d = parsed("CREATE TABLE `t (``x, y` (`a` int, `b` int) x");
	assert_int_equal(d.items.count, 2);
	item_is(&d, 1, DDL_COLUMN, "`b` int");
}

static void generated_columns_and_expressions_are_whole(void **state)
{
	(void)state;
	single(DDL_COLUMN, "`a` int(11) GENERATED ALWAYS AS (coalesce(`b`,concat(`c`,'),('),0)) STORED");
	single(DDL_COLUMN, "`a` int(11) DEFAULT (nextval(`s`.`q`) + greatest(1,2))");
	single(DDL_COLUMN, "`a` longtext CHECK (json_valid(`a`) and `a` <> ', KEY')");
	single(DDL_COLUMN, "`a` timestamp(6) GENERATED ALWAYS AS ROW START INVISIBLE");
	single(DDL_OTHER, "CONSTRAINT `FOREIGN` CHECK (`a` in (1,2,3) or (`b`,`c`) = (1,2))");
	single(DDL_OTHER, "CHECK (`a` > 0)");
	single(DDL_OTHER, "PERIOD FOR SYSTEM_TIME (`a`, `b`)");
}

static void every_kind_of_key_is_known(void **state)
{
	(void)state;
	single(DDL_PRIMARY, "PRIMARY KEY (`a`,`b`(10) DESC) USING BTREE COMMENT 'x, KEY `y`'");
	single(DDL_UNIQUE, "UNIQUE KEY `u` (`a`,`p` WITHOUT OVERLAPS)");
	single(DDL_KEY, "KEY `FOREIGN` (`a`) USING HASH");
	single(DDL_KEY, "KEY `k` (`a`) COMMENT 'CONSTRAINT `x` FOREIGN KEY'");
	single(DDL_OTHER, "SPATIAL KEY `s` (`g`)");
	single(DDL_OTHER, "FULLTEXT KEY `s` (`g`) /*!50100 WITH PARSER `ngram` */");
	single(DDL_FOREIGN, "CONSTRAINT `f` FOREIGN KEY (`a`,`b`) REFERENCES `t` (`c`,`d`)");
	single(DDL_FOREIGN, "CONSTRAINT `CHECK` FOREIGN KEY (`a`) REFERENCES `s`.`t` (`c`)");
	single(DDL_FOREIGN, "CONSTRAINT FOREIGN KEY (`a`) REFERENCES `t` (`c`)");
}

static void partitions_are_of_the_tail(void **state)
{
	(void)state;
	AUTO(ddl_fini)
	struct ddl d = parsed("CREATE TABLE `t` (\n  `a` int(11)\n) ENGINE=InnoDB\n"
			      " PARTITION BY RANGE (`a`)\n"
			      "(PARTITION `p0` VALUES LESS THAN (10) ENGINE = InnoDB,\n"
			      " PARTITION `p,)` VALUES LESS THAN MAXVALUE COMMENT = ')' ENGINE = InnoDB)");
	assert_int_equal(d.items.count, 1);
	item_is(&d, 0, DDL_COLUMN, "`a` int(11)");
	assert_string_equal(d.tail,
			    " ENGINE=InnoDB\n PARTITION BY RANGE (`a`)\n"
			    "(PARTITION `p0` VALUES LESS THAN (10) ENGINE = InnoDB,\n"
			    " PARTITION `p,)` VALUES LESS THAN MAXVALUE COMMENT = ')' ENGINE = InnoDB)");
}

static void what_is_no_table_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		"CREATE TABLE `t (a int)`",
		"CREATE TABLE `t` (`a` int",
		"CREATE TABLE `t` (`a` decimal(10,2)",
		"CREATE TABLE `t` (`a` int COMMENT ')",
		"CREATE TABLE `t` -- (`a` int)",
		")(",
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct ddl d = { 0 };
		assert_int_equal(ddl_parse(&d, texts[i]), -EINVAL);
		assert_int_equal(d.items.count, 0);
		assert_null(d.kinds);
		assert_null(d.tail);
	}
}

static void thousands_of_columns_keep_their_order(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b = { .limit = 1 << 20 };
	buf_bytes(&b, "CREATE TABLE t (", 16);
	for (size_t i = 0; i < 4096; i++) {
		char item[] = "`c0000` int(11),";
		for (size_t k = 6, n = i; k > 2; n /= 10)
			item[--k] = (char)('0' + n % 10);
		item[15] = i < 4095 ? ',' : ')';
		buf_bytes(&b, item, 16);
	}
	buf_u8(&b, '\0');
	AUTO(ddl_fini) struct ddl d = parsed((const char *)b.data);
	assert_int_equal(d.items.count, 4096);
	item_is(&d, 0, DDL_COLUMN, "`c0000` int(11)");
	item_is(&d, 4095, DDL_COLUMN, "`c4095` int(11)");
	assert_string_equal(d.tail, "");
}

static void a_name_within_an_item_is_found_as_a_name_only(void **state)
{
	(void)state;
	assert_true(ddl_names("KEY `k` (`a`,`b``c`(10))", "a"));
	assert_true(ddl_names("KEY `k` (`a`,`b``c`(10))", "b`c"));
	assert_false(ddl_names("KEY `k` (`a`,`b``c`(10))", "b"));
	assert_false(ddl_names("KEY `k` (`ab`) COMMENT '`a`'", "a"));
	assert_false(ddl_names("KEY `k` (`ab`)", "KEY"));
	assert_false(ddl_names("", "a"));
}

static void counted(const char *items, const char *name)
{
	AUTO(buf_fini) struct buf b = { .limit = 4096 };
	buf_bytes(&b, "CREATE TABLE `t` (", 18);
	buf_bytes(&b, items, strlen(items));
	buf_bytes(&b, ") AUTO_INCREMENT=7", 19);
	AUTO(ddl_fini) struct ddl d = parsed((const char *)b.data);
	char out[8] = "";
	assert_int_equal(ddl_auto_increment(&d, out, sizeof out), name != NULL);
	assert_string_equal(out, name ? name : "");
}

static void the_column_that_counts_is_known(void **state)
{
	(void)state;
	counted("`a` int, `b``c` int NOT NULL AUTO_INCREMENT, KEY `k` (`b``c`)", "b`c");
	counted("`a` int COMMENT 'AUTO_INCREMENT', `b` int auto_increment", "b");
	counted("`AUTO_INCREMENT` int COMMENT 'x AUTO_INCREMENT'", NULL);
	counted("`a` int /* AUTO_INCREMENT */, KEY `k` (`a`)", NULL);
	counted("`a` int", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_option_that_means_nothing_is_left_out),
		cmocka_unit_test(a_table_is_taken_apart_into_columns_keys_and_options),
		cmocka_unit_test(comments_and_defaults_that_look_like_keys_stay_in_their_column),
		cmocka_unit_test(names_may_hold_commas_parentheses_and_quotes),
		cmocka_unit_test(generated_columns_and_expressions_are_whole),
		cmocka_unit_test(every_kind_of_key_is_known),
		cmocka_unit_test(partitions_are_of_the_tail),
		cmocka_unit_test(what_is_no_table_is_refused),
		cmocka_unit_test(thousands_of_columns_keep_their_order),
		cmocka_unit_test(a_name_within_an_item_is_found_as_a_name_only),
		cmocka_unit_test(the_column_that_counts_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
