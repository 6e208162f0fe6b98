#include "scheduler/dns/advice.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* The host's domain is host.example; the client's server web1 (192.0.2.10, 2001:db8::10); the transit server transit3 (192.0.2.77). */
static const struct dns_site site = {
	.domains = "host.example",
	.name_servers = "ns*.host.example",
	.exchangers = "10 mx1.host.example, 20 mx2.host.example",
	.server = "web1",
	.addresses = "192.0.2.10, 2001:db8::10",
	.transit = "transit3",
	.transit_addresses = "192.0.2.77",
};

#define OURS "192.0.2.10 2001:db8::10"
#define ELSE "203.0.113.5 2001:db8:f::5"
#define SERVER "5 web1.host.example=" OURS
#define MX1 "10 mx1.host.example=192.0.2.50"
#define MX2 "20 mx2.host.example=192.0.2.51"
#define FOREIGN "30 mail.other.example=203.0.113.9"

/* Where something else than records was found: "-" no such record, "!" no such name, "?" no answer. */
static bool no_records(enum found_status *out, const char *text)
{
	*out = *text == '-'   ? FOUND_NO_DATA
	       : *text == '!' ? FOUND_NO_NAME
	       : *text == '?' ? FOUND_TIMEOUT
			      : FOUND_DATA;
	return *out != FOUND_DATA;
}

/* "192.0.2.10 2001:db8::10"; a family that is not there has no records. */
static void read_host(struct found_host *h, const char *text)
{
	*h = (struct found_host){ FOUND_NO_DATA, FOUND_NO_DATA, { { 0 } }, 0 };
	if (no_records(&h->a, text)) {
		h->aaaa = h->a;
		return;
	}
	h->a = FOUND_NO_DATA;
	for (const char *p = text; *p; p += strspn(p, " ")) {
		char one[INET6_ADDRSTRLEN];
		size_t n = strcspn(p, " ");
		snprintf(one, sizeof one, "%.*s", (int)n, p);
		struct found_address *a = &h->at[h->count++];
		a->family = strchr(one, ':') ? AF_INET6 : AF_INET;
		assert_int_equal(inet_pton(a->family, one, a->at), 1);
		*(a->family == AF_INET ? &h->a : &h->aaaa) = FOUND_DATA;
		p += n;
	}
}

/* "5 web1.host.example=192.0.2.10;10 mx1.host.example=?" */
static void read_mx(struct found *f, const char *text)
{
	if (no_records(&f->mx, text))
		return;
	for (const char *p = text; *p; p += strspn(p, ";")) {
		char one[512];
		size_t n = strcspn(p, ";");
		snprintf(one, sizeof one, "%.*s", (int)n, p);
		struct found_exchanger *x = &f->exchangers[f->exchanger_count++];
		char *name, *host = strchr(one, '=');
		assert_non_null(host);
		*host = 0;
		x->priority = (unsigned)strtoul(one, &name, 10);
		snprintf(x->name, sizeof x->name, "%s", name + strspn(name, " "));
		read_host(&x->host, host + 1);
		p += n;
	}
}

static void read_ns(struct found *f, const char *text)
{
	snprintf(f->zone, sizeof f->zone, "%s", f->mx == FOUND_NO_NAME ? "example" : "shop.example");
	if (no_records(&f->ns, text))
		return;
	for (const char *p = text; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		snprintf(f->servers[f->server_count++], DOMAIN_NAME, "%.*s", (int)n, p);
		p += n;
	}
}

static void notes(char out[static 1024], const struct advice_note *list, size_t count)
{
	size_t len = 0;
	out[0] = 0;
	for (size_t i = 0; i < count; i++) {
		len += (size_t)snprintf(out + len, 1024 - len, "%s%s", i ? "; " : "",
					advice_code_name(list[i].code));
		if (list[i].name[0])
			len += (size_t)snprintf(out + len, 1024 - len, " %u %s", list[i].priority,
						list[i].name);
		assert_true(list[i].text[0] && strchr(list[i].text, '.'));
	}
}

static const struct advice *judge(const char *ns, const char *mx, const char *host, const struct dns_site *s)
{
	static struct advice a;
	static struct found f;
	struct facts facts;
	f = (struct found){ .name = "shop.example" };
	read_mx(&f, mx);
	read_ns(&f, ns);
	read_host(&f.host, host);
	assert_int_equal(facts_read(&facts, s, NULL), 0);
	advise(&a, &f, &facts);
	facts_fini(&facts);
	return &a;
}

static const struct row {
	const char *about, *ns, *mx, *host;
	enum advice_runs runs;
	const char *actions, *remarks;
} rows[] = {
	/* who runs it */
	{ "the host runs it", "ns1.host.example ns2.host.example", SERVER ";" MX1 ";" MX2, OURS, RUNS_HOST,
	  "none", "host-switches" },
	{ "the host runs it, and has switched it", "ns1.host.example", MX1, "192.0.2.77", RUNS_HOST, "none",
	  "host-switches; address-transit" },
	{ "the host runs it, and the site is elsewhere", "ns1.host.example", "-", ELSE, RUNS_HOST, "none",
	  "host-switches; address-elsewhere" },
	{ "the host runs the zone, which does not have it", "ns1.host.example", "!", "!", RUNS_HOST, "none",
	  "host-switches; name-missing; address-none" },
	{ "names like the host's are not the host's", "ns1.ghost.example ns1.host.example.org", MX1, OURS,
	  RUNS_ELSE, "none", "mx-stay; address-server" },
	{ "some of its name servers are the host's", "ns1.host.example ns.other.example",
	  SERVER ";" MX1 ";" MX2, OURS, RUNS_PARTLY, "remove-mx 5 web1.host.example",
	  "ns-mixed; mx-stay; address-server" },
	{ "nobody has registered it", "a.nic.example", "!", "!", RUNS_NOBODY, "none", "name-missing" },
	{ "nobody answers for it", "?", "?", "?", RUNS_UNKNOWN, "look-again", "ns-unknown; address-unknown" },
	{ "who runs it is not known, though its mail is", "?", SERVER ";" MX1, OURS, RUNS_UNKNOWN,
	  "look-again", "ns-unknown" },
	{ "the name is missing, in whose zone is not known", "?", "!", "!", RUNS_UNKNOWN, "look-again",
	  "ns-unknown; address-none" },
	/* mail, where another runs it */
	{ "MX 5, and those of the host", "ns.other.example", SERVER ";" MX1 ";" MX2, OURS, RUNS_ELSE,
	  "remove-mx 5 web1.host.example", "mx-stay; address-server" },
	{ "MX 5, and one of the host", "ns.other.example", SERVER ";" MX1, OURS, RUNS_ELSE,
	  "remove-mx 5 web1.host.example", "mx-stay; mx-incomplete; address-server" },
	{ "MX 5 alone", "ns.other.example", SERVER, OURS, RUNS_ELSE,
	  "add-mx 10 mx1.host.example; add-mx 20 mx2.host.example; remove-mx 5 web1.host.example",
	  "mx-last; address-server" },
	{ "MX 5 and somebody else's", "ns.other.example", SERVER ";" FOREIGN, OURS, RUNS_ELSE,
	  "add-mx 10 mx1.host.example; add-mx 20 mx2.host.example; remove-mx 5 web1.host.example",
	  "mx-last; mx-foreign; address-server" },
	{ "MX 5 and one of the host that has no address", "ns.other.example", SERVER ";10 mx9.host.example=!",
	  OURS, RUNS_ELSE,
	  "add-mx 10 mx1.host.example; add-mx 20 mx2.host.example; remove-mx 5 web1.host.example",
	  "mx-last; mx-dead; address-server" },
	{ "MX 5 and those of the host, which have no address", "ns.other.example",
	  SERVER ";10 mx1.host.example=!;20 mx2.host.example=-", OURS, RUNS_ELSE, "look-again",
	  "mx-last; mx-dead; address-server" },
	{ "MX 5 and another server of the host", "ns.other.example",
	  SERVER ";10 web2.host.example=192.0.2.11", OURS, RUNS_ELSE,
	  "add-mx 10 mx1.host.example; add-mx 20 mx2.host.example; remove-mx 5 web1.host.example",
	  "mx-last; mx-host-other; address-server" },
	{ "MX 5 and one of the host whose address was not answered", "ns.other.example",
	  SERVER ";10 mx1.host.example=?;" MX2, OURS, RUNS_ELSE, "remove-mx 5 web1.host.example",
	  "mx-stay; address-server" },
	{ "the MX 5 has another priority", "ns.other.example", "1 web1.host.example=" OURS ";" MX1 ";" MX2,
	  OURS, RUNS_ELSE, "remove-mx 1 web1.host.example",
	  "mx-stay; mx-priority 1 web1.host.example; address-server" },
	{ "the MX 5 behind those of the host", "ns.other.example", MX1 ";" MX2 ";50 web1.host.example=?",
	  OURS, RUNS_ELSE, "remove-mx 50 web1.host.example",
	  "mx-stay; mx-priority 50 web1.host.example; address-server" },
	{ "there is no MX 5", "ns.other.example", MX1 ";" MX2, OURS, RUNS_ELSE, "none",
	  "mx-stay; address-server" },
	{ "mail is elsewhere", "ns.other.example", FOREIGN, OURS, RUNS_ELSE, "none",
	  "mx-elsewhere; address-server" },
	{ "mail is here and elsewhere", "ns.other.example", MX1 ";" MX2 ";" FOREIGN, OURS, RUNS_ELSE, "none",
	  "mx-stay; mx-foreign; address-server" },
	{ "the domain itself is its MX", "ns.other.example", "10 shop.example=" OURS, OURS, RUNS_ELSE,
	  "add-mx 10 mx1.host.example; add-mx 20 mx2.host.example; remove-mx 10 shop.example",
	  "mx-last; mx-other-name 10 shop.example; address-server" },
	{ "a name of the client's that is the server, beside the host's", "ns.other.example",
	  "5 mail.shop.example=192.0.2.10;" MX1 ";" MX2, OURS, RUNS_ELSE, "remove-mx 5 mail.shop.example",
	  "mx-stay; mx-other-name 5 mail.shop.example; address-server" },
	{ "another name of the host's that is the server", "ns.other.example",
	  "5 vps7.host.example=192.0.2.10;" MX1 ";" MX2, OURS, RUNS_ELSE, "remove-mx 5 vps7.host.example",
	  "mx-stay; mx-other-name 5 vps7.host.example; address-server" },
	{ "an MX over IPv6 alone that is the server", "ns.other.example",
	  "5 m.shop.example=2001:db8::10;" MX1 ";" MX2, OURS, RUNS_ELSE, "remove-mx 5 m.shop.example",
	  "mx-stay; mx-other-name 5 m.shop.example; address-server" },
	{ "the transit server, by its name", "ns.other.example", "5 transit3.host.example=?;" MX1 ";" MX2,
	  OURS, RUNS_ELSE, "remove-mx 5 transit3.host.example",
	  "mx-stay; mx-transit 5 transit3.host.example; address-server" },
	{ "the transit server, by its address", "ns.other.example",
	  "5 m.shop.example=192.0.2.77;" MX1 ";" MX2, OURS, RUNS_ELSE, "remove-mx 5 m.shop.example",
	  "mx-stay; mx-transit 5 m.shop.example; address-server" },
	{ "two that have to go", "ns.other.example", SERVER ";6 m.shop.example=192.0.2.10;" MX1 ";" MX2, OURS,
	  RUNS_ELSE, "remove-mx 5 web1.host.example; remove-mx 6 m.shop.example",
	  "mx-stay; mx-other-name 6 m.shop.example; address-server" },
	{ "an MX whose address was not answered", "ns.other.example", "5 m.shop.example=?;" MX1 ";" MX2, OURS,
	  RUNS_ELSE, "look-again", "mx-stay; mx-unknown; address-server" },
	{ "an MX that has no address", "ns.other.example", "5 m.shop.example=!", OURS, RUNS_ELSE, "none",
	  "mx-dead; address-server" },
	{ "MX was not answered", "ns.other.example", "?", OURS, RUNS_ELSE, "look-again",
	  "mx-unknown; address-server" },
	{ "no MX, and the address is the server's", "ns.other.example", "-", OURS, RUNS_ELSE,
	  "add-mx 10 mx1.host.example; add-mx 20 mx2.host.example", "mx-by-address; address-server" },
	{ "no MX, and the address is elsewhere", "ns.other.example", "-", ELSE, RUNS_ELSE, "none",
	  "mx-none; address-elsewhere" },
	{ "no MX, and the address was not answered", "ns.other.example", "-", "?", RUNS_ELSE, "look-again",
	  "mx-unknown; address-unknown" },
	{ "it takes no mail", "ns.other.example", "0 =!", OURS, RUNS_ELSE, "none",
	  "mx-null; address-server" },
	/* the web */
	{ "the site is elsewhere, and its mail here", "ns.other.example", SERVER ";" MX1 ";" MX2, ELSE,
	  RUNS_ELSE, "remove-mx 5 web1.host.example", "mx-stay; address-elsewhere" },
	{ "no address at all", "ns.other.example", MX1 ";" MX2, "-", RUNS_ELSE, "none",
	  "mx-stay; address-none" },
	{ "no AAAA", "ns.other.example", MX1 ";" MX2, "192.0.2.10", RUNS_ELSE, "none",
	  "mx-stay; address-server; aaaa-missing" },
	{ "AAAA alone", "ns.other.example", MX1 ";" MX2, "2001:db8::10", RUNS_ELSE, "none",
	  "mx-stay; address-server" },
	{ "AAAA is elsewhere", "ns.other.example", MX1 ";" MX2, "192.0.2.10 2001:db8:f::5", RUNS_ELSE, "none",
	  "mx-stay; address-partly; address-server" },
	{ "one of two A is elsewhere", "ns.other.example", MX1 ";" MX2, OURS " 203.0.113.5", RUNS_ELSE,
	  "none", "mx-stay; address-partly; address-server" },
	{ "it points to the transit server", "ns.other.example", MX1 ";" MX2, "192.0.2.77", RUNS_ELSE,
	  "set-address", "mx-stay; address-transit" },
	{ "it points to both", "ns.other.example", MX1 ";" MX2, "192.0.2.77 192.0.2.10", RUNS_ELSE,
	  "set-address", "mx-stay; address-transit; address-server; aaaa-missing" },
};

static void each_case_has_its_advice(void **state)
{
	(void)state;
	unsigned wrong = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		char actions[1024], remarks[1024];
		const struct advice *a = judge(r->ns, r->mx, r->host, &site);
		notes(actions, a->actions, a->action_count);
		notes(remarks, a->remarks, a->remark_count);
		if (a->runs == r->runs && !strcmp(actions, r->actions) && !strcmp(remarks, r->remarks))
			continue;
		print_error("%s:\n\t%s\n\t%s\n\t%s\n", r->about, advice_runs_name(a->runs), actions, remarks);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* What a client's zone may have, and what each is to us. */
static const struct piece {
	const char *mx, *name;
	bool goes, takes_mail;
} pieces[] = {
	{ SERVER, "web1.host.example", true, false },
	{ "5 mail.shop.example=192.0.2.10", "mail.shop.example", true, false },
	{ "7 transit3.host.example=192.0.2.77", "transit3.host.example", true, false },
	{ MX1, "mx1.host.example", false, true },
	{ MX2, "mx2.host.example", false, true },
	{ "10 mx9.host.example=!", "mx9.host.example", false, false },
	{ FOREIGN, "mail.other.example", false, false },
	{ "40 slow.other.example=?", "slow.other.example", false, false },
};

enum { PIECES = sizeof pieces / sizeof *pieces };

/* Does what the advice says, in its order; *set is what is there, dead what of it has lost its address. */
static void follow(const struct advice *a, unsigned *set, unsigned *added, unsigned dead)
{
	for (size_t i = 0; i < a->action_count; i++) {
		const struct advice_note *n = &a->actions[i];
		if (n->code == DO_ADD_MX)
			(*added)++;
		if (n->code != DO_REMOVE_MX)
			continue;
		bool left = *added;
		for (unsigned k = 0; k < PIECES; k++) {
			if (!strcmp(pieces[k].name, n->name)) {
				assert_true(pieces[k].goes && (*set & 1u << k));
				*set &= ~(1u << k);
			}
			left |= (*set & ~dead & 1u << k) && pieces[k].takes_mail;
		}
		assert_true(left);
	}
}

static void follow_one(const struct dns_site *s, unsigned all, unsigned dead)
{
	char mx[1024] = "";
	size_t len = 0;
	unsigned set = all, added = 0;
	for (unsigned k = 0; k < PIECES; k++) {
		if (!(all & 1u << k))
			continue;
		int keep = dead & 1u << k ? (int)strcspn(pieces[k].mx, "=") : 1000;
		len += (size_t)snprintf(mx + len, sizeof mx - len, "%s%.*s%s", len ? ";" : "", keep,
					pieces[k].mx, dead & 1u << k ? "=!" : "");
	}
	const struct advice *a = judge("ns.other.example", mx, OURS, s);
	follow(a, &set, &added, dead);
	bool again = a->actions[a->action_count - 1].code == DO_LOOK_AGAIN, goes = false;
	for (unsigned k = 0; k < PIECES; k++)
		goes |= pieces[k].goes && (set & 1u << k);
	/* what has to go is gone, and what is not known is not taken as done; stuck: all of ours are there, and dead */
	bool stuck = goes && dead == 3u << 3 && (all & dead) == dead && s->exchangers[0];
	assert_true(!goes || stuck);
	assert_int_equal(again, stuck || (all & 1u << (PIECES - 1)));
}

static void follow_each(const char *exchangers)
{
	struct dns_site s = site;
	s.exchangers = exchangers;
	for (unsigned all = 1; all < 1u << PIECES; all++)
		for (unsigned dead = 0; dead < 4; dead++)
			follow_one(&s, all, dead << 3);
}

static void whoever_follows_the_advice_is_never_without_one_that_takes_mail(void **state)
{
	(void)state;
	follow_each(site.exchangers);
	follow_each("");
}

static void where_the_hosts_exchangers_are_not_named_support_tells(void **state)
{
	(void)state;
	struct dns_site s = site;
	s.exchangers = NULL;
	const struct advice *a = judge("ns.other.example", SERVER, OURS, &s);
	assert_int_equal(a->action_count, 2);
	assert_int_equal(a->actions[0].code, DO_ADD_MX);
	assert_string_equal(
		a->actions[0].text,
		"Add first the MX 10 and the MX 20 of host.example at the provider of the DNS; support tells their names.");
	assert_int_equal(a->actions[1].code, DO_REMOVE_MX);
}

static void the_sentences_name_records_and_addresses(void **state)
{
	(void)state;
	const struct advice *a = judge("ns.other.example", SERVER ";" MX1 ";" MX2, OURS, &site);
	assert_string_equal(a->actions[0].text, "Remove MX 5 web1.host.example at the provider of the DNS.");
	assert_string_equal(a->remarks[0].text, "MX 10 mx1.host.example and MX 20 mx2.host.example stay.");
	a = judge("ns.other.example", SERVER, OURS, &site);
	assert_string_equal(a->actions[0].text,
			    "Add first MX 10 mx1.host.example at the provider of the DNS.");
	assert_string_equal(
		a->actions[2].text,
		"Only when that is done, remove MX 5 web1.host.example at the provider of the DNS.");
	a = judge("ns.other.example", MX1, "192.0.2.77", &site);
	assert_non_null(strstr(a->actions[0].text, "A 192.0.2.10, AAAA 2001:db8::10."));
	a = judge("ns.other.example", MX1, "192.0.2.10 203.0.113.5 2001:db8:f::5", &site);
	assert_non_null(strstr(a->remarks[1].text, "203.0.113.5, 2001:db8:f::5 not"));
	a = judge("?", "?", "?", &site);
	assert_non_null(strstr(a->remarks[0].text, "nobody answered in time"));
}

static void as_many_exchangers_as_there_can_be_have_room_in_the_advice(void **state)
{
	(void)state;
	char mx[8192] = "";
	size_t len = 0;
	for (unsigned i = 0; i < FOUND_EXCHANGERS; i++)
		len += (size_t)snprintf(mx + len, sizeof mx - len, "%s%u %0200u.shop.example=192.0.2.10",
					i ? ";" : "", i, i);
	const struct advice *a = judge("ns.other.example ns1.host.example", mx,
				       "192.0.2.10 192.0.2.77 203.0.113.5", &site);
	assert_int_equal(a->action_count, 2 + FOUND_EXCHANGERS + 1);
	len = 0;
	for (unsigned i = 0; i < FOUND_EXCHANGERS; i++)
		len += (size_t)snprintf(mx + len, sizeof mx - len, "%s%u %0200u.other.example=203.0.113.9",
					i ? ";" : "", i, i);
	a = judge("ns.other.example", mx, OURS, &site);
	assert_non_null(strstr(a->remarks[0].text, " and 28 more), and is not touched by the move."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case_has_its_advice),
		cmocka_unit_test(whoever_follows_the_advice_is_never_without_one_that_takes_mail),
		cmocka_unit_test(where_the_hosts_exchangers_are_not_named_support_tells),
		cmocka_unit_test(the_sentences_name_records_and_addresses),
		cmocka_unit_test(as_many_exchangers_as_there_can_be_have_room_in_the_advice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
