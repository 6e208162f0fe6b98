/* The words of xfer and dbdump, and what an account claims. Pure. */
#include "scheduler/run/orders.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scheduler/run/claims.h"
#include "xfer/base/buf.h"

static struct store_item items[] = {
	{ .kind = "files", .value = "/home/anna" },
	{ .kind = "mariadb", .value = "shop" },
	{ .kind = "mariadb", .value = "a,b*`?" },
	{ .kind = "postgresql", .value = "wiki" },
};

static struct site site = {
	.xfer = "xfer", .dbdump = "dbdump", .remote_xfer = "/opt/xfer", .remote_dbdump = "/opt/dbdump"
};

static struct party party;

static int set_up(void **state)
{
	(void)state;
	party = (struct party){
		.account = { .name = "anna" },
		.from = { .name = "web1",
			  .ssh = "root@web1",
			  .root = "/",
			  .mariadb = "mysql:///?socket=/s",
			  .postgresql = "postgresql:///" },
		.to = { .name = "t1", .root = "/srv/t1/", .mariadb = "mysql://u:p@db/old?x=1" },
		.items = items,
		.item_count = sizeof items / sizeof *items,
	};
	return 0;
}

/* "word|word|..." */
static const char *joined(struct strings *s)
{
	static char text[4096];
	size_t n = 0;
	text[0] = 0;
	for (size_t i = 0; i < s->count; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? "|" : "", s->at[i]);
	strings_fini(s);
	return text;
}

static struct orders orders(void)
{
	return (struct orders){ &site, &party };
}

static void a_folder_is_below_the_root_of_each_server(void **state)
{
	(void)state;
	struct strings s = { 0 };
	struct orders o = orders();
	assert_int_equal(orders_files(&s, &o, &items[0], PASS_FINAL, NULL, NULL), 0);
	assert_string_equal(joined(&s), "xfer|sync|-aHAXS|--delete|--mkpath|--json|--xfer-path|/opt/xfer|--|"
					"root@web1:/home/anna/|/srv/t1/home/anna/");
	assert_int_equal(orders_files(&s, &o, &items[0], PASS_LIST, NULL, NULL), 0);
	assert_string_equal(joined(&s),
			    "xfer|sync|-r|--list-only|--json|--xfer-path|/opt/xfer|--|root@web1:/home/anna/");
	assert_int_equal(orders_files(&s, &o, &items[0], PASS_ADD, "/tmp/list", NULL), 0);
	assert_non_null(strstr(joined(&s), "|--ignore-existing|"));
}

static void what_adds_late_mail_and_what_looks_changes_and_deletes_nothing(void **state)
{
	(void)state;
	struct orders o = orders();
	static const enum orders_pass passes[] = { PASS_ADD, PASS_LIST };
	for (size_t i = 0; i < 2; i++) {
		struct strings s = { 0 };
		assert_int_equal(orders_files(&s, &o, &items[0], passes[i], NULL, NULL), 0);
		assert_null(strstr(joined(&s), "--delete"));
	}
	static const enum orders_pass dry[] = { PASS_SCAN, PASS_TRY };
	for (size_t i = 0; i < 2; i++) {
		struct strings s = { 0 };
		assert_int_equal(orders_files(&s, &o, &items[0], dry[i], NULL, NULL), 0);
		assert_non_null(strstr(joined(&s), "|-aHAXSn|"));
	}
}

static void a_path_that_is_not_absolute_is_refused(void **state)
{
	(void)state;
	struct strings s = { 0 };
	struct err err = { 0 };
	struct orders o = orders();
	struct store_item bad = { .kind = "files", .value = "home" };
	assert_int_equal(orders_files(&s, &o, &bad, PASS_FINAL, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, "home"));
	strings_fini(&s);
}

static void names_of_databases_stand_in_the_path_and_mean_themselves(void **state)
{
	(void)state;
	struct strings s = { 0 };
	struct orders o = orders();
	assert_int_equal(orders_copy(&s, &o, ENGINE_MARIADB, true, NULL), 0);
	assert_string_equal(joined(&s),
			    "dbdump|copy|--json|--users|--source-host|root@web1|--dbdump-path|/opt/dbdump|--|"
			    "mysql:///shop,a%2Cb%2A%60%3F?socket=/s|mysql://u:p@db/?x=1");
	party.again = true;
	assert_int_equal(orders_copy(&s, &o, ENGINE_MARIADB, false, NULL), 0);
	const char *words = joined(&s);
	assert_non_null(strstr(words, "|--drop-existing|"));
	assert_non_null(strstr(words, "|--verify=none|"));
}

static void a_server_without_the_engine_is_named(void **state)
{
	(void)state;
	struct strings s = { 0 };
	struct err err = { 0 };
	struct orders o = orders();
	assert_int_equal(orders_copy(&s, &o, ENGINE_POSTGRESQL, true, &err), -EINVAL);
	assert_non_null(strstr(err.text, "t1"));
	strings_fini(&s);
}

static void two_shells_of_their_own_are_refused(void **state)
{
	(void)state;
	struct strings s = { 0 };
	struct err err = { 0 };
	struct orders o = orders();
	snprintf(party.to.ssh, sizeof party.to.ssh, "t1");
	snprintf(party.from.rsh, sizeof party.from.rsh, "ssh -p 1");
	snprintf(party.to.rsh, sizeof party.to.rsh, "ssh -p 2");
	assert_int_equal(orders_files(&s, &o, &items[0], PASS_FINAL, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, "web1"));
	snprintf(party.to.rsh, sizeof party.to.rsh, "ssh -p 1");
	assert_int_equal(orders_files(&s, &o, &items[0], PASS_FINAL, NULL, NULL), 0);
	assert_non_null(strstr(joined(&s), "|-e|ssh -p 1|"));
}

static void what_a_far_shell_reads_is_quoted(void **state)
{
	(void)state;
	struct strings s = { 0 };
	struct orders o = orders();
	snprintf(party.from.mariadb, sizeof party.from.mariadb, "mysql:///?socket=/a'b");
	assert_int_equal(orders_size(&s, &o, ENGINE_MARIADB, NULL), 0);
	assert_string_equal(joined(&s), "ssh|root@web1|'/opt/dbdump' 'size' '--json' '--' "
					"'mysql:///shop,a%2Cb%2A%60%3F?socket=/a'\\''b' ");
}

static void only_what_a_uri_names_can_be_reached_from_here(void **state)
{
	(void)state;
	static const struct {
		const char *uri;
		bool reached;
	} cases[] = { { "mysql:///?socket=/s", false },	   { "mysql://db.example/", true },
		      { "mysql://u:p@db/", true },	   { "mysql://localhost/", false },
		      { "mysql://u@127.0.0.1:3/", false }, { "mysql://:3306/", false },
		      { "mysql://u@[::1]:3/", false },	   { "db", false } };
	struct orders o = orders();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(party.from.mariadb, sizeof party.from.mariadb, "%s", cases[i].uri);
		assert_int_equal(orders_reach(&o, ENGINE_MARIADB), cases[i].reached);
	}
	party.from.ssh[0] = 0;
	assert_true(orders_reach(&o, ENGINE_MARIADB)); /* it is this machine */
}

static void a_folder_is_claimed_by_what_is_it_or_above_or_below_it(void **state)
{
	(void)state;
	static const struct {
		struct claims_found found;
		bool claimed;
	} cases[] = {
		{ { "home", "/home/anna", NULL }, true },
		{ { "home", "/home/anna/", NULL }, true },
		{ { "home", "/home", NULL }, true },
		{ { "home", "/home/annabel", NULL }, false },
		{ { "home", "/home/anna/www", NULL }, true },
		{ { "mailbox", "/home/anna/mail", NULL }, true },
		{ { "mailbox", "/var/mail/anna", NULL }, false },
		{ { "database", "shop", NULL }, true },
		{ { "database", "shop", "postgresql" }, false },
		{ { "database", "shop", "mariadb" }, true },
		{ { "database", "Shop", NULL }, false },
		{ { "user", "anna", NULL }, false },
		{ { "crontab", "/home/anna", NULL }, false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (claims_cover(&cases[i].found, items, 4) != cases[i].claimed)
			fail_msg("%s %s", cases[i].found.kind, cases[i].found.name);
}

int main(void)
{
#define ORDERS_TEST(x) cmocka_unit_test_setup(x, set_up)
	const struct CMUnitTest tests[] = {
		ORDERS_TEST(a_folder_is_below_the_root_of_each_server),
		ORDERS_TEST(what_adds_late_mail_and_what_looks_changes_and_deletes_nothing),
		ORDERS_TEST(a_path_that_is_not_absolute_is_refused),
		ORDERS_TEST(names_of_databases_stand_in_the_path_and_mean_themselves),
		ORDERS_TEST(a_server_without_the_engine_is_named),
		ORDERS_TEST(two_shells_of_their_own_are_refused),
		ORDERS_TEST(what_a_far_shell_reads_is_quoted),
		ORDERS_TEST(only_what_a_uri_names_can_be_reached_from_here),
		ORDERS_TEST(a_folder_is_claimed_by_what_is_it_or_above_or_below_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
