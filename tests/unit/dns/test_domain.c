#include "scheduler/dns/domain.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void becomes(const char *text, const char *wanted)
{
	char name[DOMAIN_NAME];
	struct err err = { 0 };
	if (domain_ascii(name, text, &err))
		fail_msg("%s", err.text);
	assert_string_equal(name, wanted);
}

static void refuses(const char *text, const char *why)
{
	char name[DOMAIN_NAME];
	struct err err = { 0 };
	if (domain_ascii(name, text, &err) != -EINVAL)
		fail_msg("\"%s\" was taken", text);
	if (!strstr(err.text, why))
		fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void a_name_is_taken_as_the_dns_knows_it(void **state)
{
	(void)state;
	becomes("shop.example", "shop.example");
	becomes("WWW.Shop.Example.", "www.shop.example");
	becomes("a-b.3.example", "a-b.3.example");
	becomes("my_shop.example", "my_shop.example");
	becomes("xn--bcher-kva.example", "xn--bcher-kva.example");
}

static void a_name_in_utf_8_becomes_a_labels(void **state)
{
	(void)state;
	becomes("b\xc3\xbc"
		"cher.example",
		"xn--bcher-kva.example");
	becomes("B\xc3\x9c"
		"CHER.Example.",
		"xn--bcher-kva.example");
	becomes("bu\xcc\x88"
		"cher.example",
		"xn--bcher-kva.example"); /* the same, decomposed */
	becomes("fa\xc3\x9f.example", "xn--fa-hia.example");
	becomes("\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88", "xn--r8jz45g.xn--zckzah");
}

static void what_is_no_name_is_refused_with_the_reason(void **state)
{
	(void)state;
	char longest[DOMAIN_NAME + 2], label[80];
	refuses("", "a label is empty");
	refuses(".", "a label is empty");
	refuses("localhost", "one label only");
	refuses("shop..example", "a label is empty");
	refuses(".shop.example", "a label is empty");
	refuses("shop.example..", "a label is empty");
	refuses("192.0.2.1", "it is an address");
	refuses("2001:db8::1", "it is an address");
	refuses("192.0.2", "its last label is a number");
	refuses("-shop.example", "\"-\"");
	refuses("shop-.example", "\"-\"");
	refuses("*.example", "a character that no name has");
	refuses("sh op.example", "a character that no name has");
	refuses("shop.example\n", "a character that no name has");
	refuses("shop/../x.example", "a character that no name has");
	refuses("b\xfc"
		"cher.example",
		"is no name of a domain");
	refuses("a\xe2\x80\xaf"
		"b.example",
		"is no name of a domain");
	memset(label, 'a', 64);
	memcpy(label + 64, ".example", sizeof ".example");
	refuses(label, "longer than 63");
	becomes(label + 1, label + 1);
	memset(longest, 'a', sizeof longest);
	for (size_t i = 49; i < sizeof longest; i += 50)
		longest[i] = '.';
	longest[254] = 0;
	refuses(longest, "longer than 253");
	becomes(longest + 1, longest + 1);
}

static void parents_are_followed_to_the_last_label(void **state)
{
	(void)state;
	const char *name = "www.shop.example";
	assert_string_equal(name = domain_parent(name), "shop.example");
	assert_string_equal(name = domain_parent(name), "example");
	assert_null(domain_parent(name));
}

static void a_name_is_within_another_by_whole_labels(void **state)
{
	(void)state;
	assert_true(domain_within("mx1.host.example", "host.example"));
	assert_true(domain_within("host.example", "host.example"));
	assert_true(domain_within("MX1.Host.example", "host.EXAMPLE"));
	assert_false(domain_within("ghost.example", "host.example"));
	assert_false(domain_within("example", "host.example"));
	assert_false(domain_within("host.example.org", "host.example"));
}

static void a_pattern_matches_any_part_of_a_name(void **state)
{
	(void)state;
	assert_true(domain_matches("ns1.host.example", "ns*.host.example"));
	assert_true(domain_matches("NS1.host.example", "ns1.HOST.example"));
	assert_true(domain_matches("a.ns.host.example", "*.ns.host.example"));
	assert_false(domain_matches("ns1.ghost.example", "ns*.host.example"));
	assert_false(domain_matches("ns1.host.example.org", "ns*.host.example"));
	assert_false(domain_matches("host.example", "*.host.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_taken_as_the_dns_knows_it),
		cmocka_unit_test(a_name_in_utf_8_becomes_a_labels),
		cmocka_unit_test(what_is_no_name_is_refused_with_the_reason),
		cmocka_unit_test(parents_are_followed_to_the_last_label),
		cmocka_unit_test(a_name_is_within_another_by_whole_labels),
		cmocka_unit_test(a_pattern_matches_any_part_of_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
