#include "dbdump/uri.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct uri parsed(const char *text)
{
	struct uri u;
	struct err err = { 0 };
	int rc = uri_parse(&u, text, &err);
	if (rc < 0)
		print_message("%s: %s\n", text, err.text);
	assert_int_equal(rc, 0);
	return u;
}

static void all_parts_are_found(void **state)
{
	(void)state;
	struct uri u = parsed(
		"mysql://jo%40x:p%3aq%25@db.example:3307/shop,b%2Cc?socket=/run/a%20b&ssl-mode=REQUIRED");
	assert_int_equal(u.kind, URI_MYSQL);
	assert_string_equal(u.user, "jo@x");
	assert_string_equal(u.password, "p:q%");
	assert_string_equal(u.host, "db.example");
	assert_string_equal(u.port, "3307");
	assert_int_equal(u.databases.count, 2);
	assert_string_equal(u.databases.at[0], "shop");
	assert_string_equal(u.databases.at[1], "b,c");
	assert_string_equal(uri_param(&u, "socket"), "/run/a b");
	assert_null(uri_param(&u, "default-file"));
	assert_string_equal(u.shown,
			    "mysql://jo%40x@db.example:3307/shop,b%2Cc?socket=/run/a%20b&ssl-mode=REQUIRED");
	uri_fini(&u);
}

static void what_is_not_said_is_null(void **state)
{
	(void)state;
	static const char *const bare[] = { "mysql://", "mysql:///", "postgresql://", "postgres:///" };
	for (size_t i = 0; i < sizeof bare / sizeof *bare; i++) {
		struct uri u = parsed(bare[i]);
		assert_null(u.user);
		assert_null(u.password);
		assert_null(u.host);
		assert_null(u.port);
		assert_int_equal(u.databases.count, 0);
		assert_true(uri_wants(&u, "anything"));
		uri_fini(&u);
	}
}

static void hosts_may_be_ipv6_sockets_and_several(void **state)
{
	(void)state;
	static const struct {
		const char *text, *host, *port;
	} cases[] = {
		{ "mysql://[::1]:3306/", "::1", "3306" },
		{ "mysql://u@[fe80::1%25eth0]/", "fe80::1%eth0", NULL },
		{ "postgresql://%2Frun%2Fpg:5433/x", "/run/pg", "5433" },
		{ "postgresql://a:1,[::2]:2,c/x", "a,::2,c", "1,2," },
		{ "postgresql://a,b/x", "a,b", NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct uri u = parsed(cases[i].text);
		assert_string_equal(u.host, cases[i].host);
		if (cases[i].port)
			assert_string_equal(u.port, cases[i].port);
		else
			assert_null(u.port);
		uri_fini(&u);
	}
}

static void wildcards_are_those_that_are_not_escaped(void **state)
{
	(void)state;
	struct uri u = parsed("postgresql://h/shop_*,a?b,x%2A%3F\\?connect_timeout=3");
	char name[16];
	assert_int_equal(u.databases.count, 3);
	assert_true(uri_wants(&u, "shop_1"));
	assert_true(uri_wants(&u, "a\xc3\xa4"
				  "b"));
	assert_true(uri_wants(&u, "x*?\\"));
	assert_false(uri_wants(&u, "x12\\"));
	assert_false(uri_wants(&u, "ab"));
	assert_false(uri_pattern_is_name(u.databases.at[0], name));
	assert_false(uri_pattern_is_name(u.databases.at[1], name));
	assert_true(uri_pattern_is_name(u.databases.at[2], name));
	assert_string_equal(name, "x*?\\");
	assert_string_equal(uri_param(&u, "connect_timeout"), "3");
	/* libpq would take the first ? for the end of the path */
	assert_string_equal(u.text, "postgresql://h/shop_*,a%3Fb,x%2A%3F\\?connect_timeout=3");
	uri_fini(&u);
}

static void patterns_match_whole_names(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *name;
		bool matches;
	} cases[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "*", "", true },
		{ "*", "abc", true },
		{ "a*c", "abbc", true },
		{ "a*c", "ac", true },
		{ "a*c", "acb", false },
		{ "a?c", "ac", false },
		{ "*ab*ab", "aabab", true },
		{ "*.log", "a.log.log", true },
		{ "a\\*", "a*", true },
		{ "a\\*", "ab", false },
		{ "a**", "a", true },
		{ "?", "\xe2\x82\xac", true },
		{ "??", "\xe2\x82\xac", false },
		{ "abc", "ab", false },
		{ "\\", "\\", true },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (uri_pattern_matches(cases[i].pattern, cases[i].name) != cases[i].matches)
			fail_msg("%s and %s", cases[i].pattern, cases[i].name);
	}
}

static void faults_are_named_without_the_password(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"secret",
		"",
		"secret://h/d",
		"u:secret@h/d",
		"u:secret@mysql://h/d",
		"mysql://u:secret%zz@h/d",
		"mysql://u:secret%00@h/d",
		"mysql://u:x@secret@h/d",
		"mysql://u:secret/x@h/d",
		"mysql://u:1/secret@h/d",
		"mysql://u:1/secret/h",
		"mysql://u:secret?x@h/d",
		"mysql://u:1?pass=secret@h/d",
		"mysql://u:p@h:port/d",
		"mysql://u:p@h:70000/d",
		"mysql://u:p@h:0/d",
		"mysql://[::1/d",
		"mysql://::1/d",
		"mysql://h/a,,b",
		"mysql://h/a,",
		"mysql://h/d?socket",
		"mysql://h/d?socket=a&=b",
		"mysql://h/d?password=secret",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct uri u;
		struct err err = { 0 };
		if (i == 2) /* an unknown scheme is named */
			continue;
		/* a ? that no key follows is a part of what it stands in */
		if (uri_parse(&u, bad[i], &err) == 0) {
			assert_null(strstr(u.shown, "secret"));
			assert_non_null(strchr(bad[i], '?'));
			uri_fini(&u);
			continue;
		}
		assert_int_equal(err.code, -EINVAL);
		assert_true(strlen(err.text) > 10);
		assert_null(strstr(err.text, "secret"));
	}
}

static void a_mistyped_value_never_means_less(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"mysql://h/d?ssl-mode=verify_ca", "mysql://h/d?ssl-mode=VERIFY-IDENTITY",
		"mysql://h/d?ssl-mode=",	  "mysql://h/d?rows=fast",
		"mysql://h/d?connect_timeout=1m", "mysql://h/d?connect_timeout=",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct uri u;
		struct err err = { 0 };
		assert_int_equal(uri_parse(&u, bad[i], &err), -EINVAL);
		assert_non_null(strstr(err.text, i < 3	 ? "VERIFY_IDENTITY"
						 : i < 4 ? "insert"
							 : "connect_timeout"));
	}
	struct uri u = parsed("mysql://h/d?ssl-mode=VERIFY_CA&connect_timeout=3");
	uri_fini(&u);
}

static void an_unknown_scheme_is_named(void **state)
{
	(void)state;
	struct uri u;
	struct err err = { 0 };
	assert_int_equal(uri_parse(&u, "oracle://u:p@h/d", &err), -EINVAL);
	assert_non_null(strstr(err.text, "oracle"));
}

static void no_secret_is_shown(void **state)
{
	(void)state;
	struct uri u = parsed(
		"postgresql://u:s3cret@h/d?application_name=x&password=s3cret&sslpassword=s3cret"
		"&p%61ssword=s3cret&user=joe");
	assert_string_equal(u.shown, "postgresql://u@h/d?application_name=x&user=joe");
	assert_string_equal(uri_param(&u, "password"), "s3cret");
	uri_fini(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_parts_are_found),
		cmocka_unit_test(what_is_not_said_is_null),
		cmocka_unit_test(hosts_may_be_ipv6_sockets_and_several),
		cmocka_unit_test(wildcards_are_those_that_are_not_escaped),
		cmocka_unit_test(patterns_match_whole_names),
		cmocka_unit_test(faults_are_named_without_the_password),
		cmocka_unit_test(a_mistyped_value_never_means_less),
		cmocka_unit_test(an_unknown_scheme_is_named),
		cmocka_unit_test(no_secret_is_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
