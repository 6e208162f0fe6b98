#include "scheduler/dns/facts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

static const struct dns_site site = {
	.domains = "Host.example, host.net.",
	.name_servers = "NS*.host.example",
	.exchangers = "20 mx2.host.example, 10 mx1.host.example",
	.server = "web1",
	.addresses = "192.0.2.10, 2001:db8::10",
	.transit = "transit3.host.net",
	.transit_addresses = "192.0.2.77",
};

static void a_short_name_is_below_each_of_the_domains(void **state)
{
	(void)state;
	struct facts f;
	assert_int_equal(facts_read(&f, &site, NULL), 0);
	assert_int_equal(f.servers.count, 2);
	assert_string_equal(f.servers.at[0], "web1.host.example");
	assert_string_equal(f.servers.at[1], "web1.host.net");
	assert_int_equal(f.transits.count, 1);
	assert_string_equal(f.transits.at[0], "transit3.host.net");
	assert_string_equal(f.name_servers.at[0], "ns*.host.example");
	assert_int_equal(f.exchangers[0].priority, 10);
	assert_string_equal(f.exchangers[1].name, "mx2.host.example");
	facts_fini(&f);
}

static void without_patterns_all_below_the_domains_is_the_hosts(void **state)
{
	(void)state;
	struct facts f;
	struct dns_site s = site;
	s.name_servers = NULL;
	s.transit = "";
	assert_int_equal(facts_read(&f, &s, NULL), 0);
	assert_int_equal(f.name_servers.count, 2);
	assert_string_equal(f.name_servers.at[1], "*.host.net");
	assert_int_equal(f.transits.count, 0);
	facts_fini(&f);
}

static void an_address_is_known_by_all_its_bytes(void **state)
{
	(void)state;
	struct facts f;
	assert_int_equal(facts_read(&f, &site, NULL), 0);
	struct found_address a = { AF_INET, { 192, 0, 2, 10, 99 } }, b = { AF_INET, { 192, 0, 2, 11 } };
	struct found_address c = { AF_INET6, { 0x20, 1, 0xd, 0xb8, [15] = 0x10 } },
			     d = { AF_INET6, { 0x20, 1, 0xd, 0xb8, [15] = 0x11 } };
	assert_true(facts_has_address(&f.addresses, &a));
	assert_false(facts_has_address(&f.addresses, &b));
	assert_true(facts_has_address(&f.addresses, &c));
	assert_false(facts_has_address(&f.addresses, &d));
	assert_false(facts_has_address(&f.transit_addresses, &a));
	facts_fini(&f);
}

static void refuses(const struct dns_site *s, const char *wanted)
{
	struct facts f;
	struct err err = { 0 };
	assert_int_equal(facts_read(&f, s, &err), -EINVAL);
	if (!strstr(err.text, wanted))
		fail_msg("\"%s\" does not say \"%s\"", err.text, wanted);
	facts_fini(&f);
}

static void what_cannot_be_read_is_refused_with_its_key(void **state)
{
	(void)state;
	struct dns_site s = { .server = "web1" };
	refuses(&s, "domains: the host's own domain is not named");
	s = (struct dns_site){ .domains = "host.example" };
	refuses(&s, "server: the client's server is not named");
	s = site, s.domains = "host.example, 192.0.2.1";
	refuses(&s, "domains: \"192.0.2.1\" is no name");
	s = site, s.name_servers = "ns1.host.example, ns[12].host.example";
	refuses(&s, "name-servers: \"ns[12].host.example\"");
	s = site, s.exchangers = "mx1.host.example";
	refuses(&s, "exchangers: \"mx1.host.example\" is no mail exchanger");
	s = site, s.exchangers = "70000 mx1.host.example";
	refuses(&s, "exchangers: ");
	s = site, s.exchangers = "-1 mx1.host.example";
	refuses(&s, "exchangers: ");
	s = site, s.exchangers = "10 mx1";
	refuses(&s, "one label only");
	s = site, s.addresses = "192.0.2.10, 192.0.2.256";
	refuses(&s, "addresses: \"192.0.2.256\" is no address");
	s = site, s.server = "web 1";
	refuses(&s, "server: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_name_is_below_each_of_the_domains),
		cmocka_unit_test(without_patterns_all_below_the_domains_is_the_hosts),
		cmocka_unit_test(an_address_is_known_by_all_its_bytes),
		cmocka_unit_test(what_cannot_be_read_is_refused_with_its_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
