#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/cli/cmd.h"
#include "scheduler/dns/dns.h"
#include "xfer/base/exit.h"

struct domains {
	struct session *s;
	struct dns_site site;
	size_t count;
};

/* "192.0.2.1 2001:db8::1" => "192.0.2.1,2001:db8::1" */
static void with_commas(char *text)
{
	for (char *p = text; *p; p++)
		*p = *p == ' ' ? ',' : *p;
}

static void tell_refused(struct session *s, const char *domain)
{
	tell_begin(&s->tell, "failure", NULL);
	if (s->tell.json) {
		tell_text(&s->tell, "item", domain);
		tell_text(&s->tell, "error", s->err.text);
	}
	tell_line(&s->tell, "%s: not looked up: %s", domain, s->err.text);
	tell_end(&s->tell);
	s->status = EXIT_PARTIAL;
}

static int one(struct domains *d, const char *domain)
{
	struct session *s = d->s;
	AUTO(dns_report_freep) struct dns_report *report = NULL;
	int r = dns_advise(&report, &d->site, domain, (unsigned)s->site.dns.limit_s, &s->err);
	if (r == -EINVAL) {
		/* the site was read: it is this domain, and there may be others */
		tell_refused(s, domain);
		return 0;
	}
	if (r)
		return r;
	if (s->tell.json)
		return dns_tell(&s->tell.event, report);
	struct buf text;
	buf_init(&text, 1 << 20);
	dns_print(&text, report);
	buf_bytes(&s->tell.people.text, text.data, text.len);
	r = text.failed ? err_set(&s->err, -ENOMEM, "%s", domain) : line_end(&s->tell.people);
	buf_fini(&text);
	return r;
}

static int each(void *arg, const struct store_item *i)
{
	struct domains *d = arg;
	if (strcmp(i->kind, "domain") != 0 && strcmp(i->kind, "domain-elsewhere") != 0)
		return 0;
	d->count++;
	return one(d, i->value);
}

/* Both servers, as the store knows them; there may be no transit server yet. */
static int know_servers(struct session *s, const struct store_campaign *c, struct store_server *server,
			struct store_server *transit)
{
	struct store_transit t = { 0 };
	int r = store_find_server(s->desk.store, server, c->server, &s->err);
	if (!r && (r = store_transit_of(s->desk.store, &t, c->id, &s->err)) == -ENOENT)
		return 0;
	return r ? r : store_find_server(s->desk.store, transit, t.name, &s->err);
}

/* What is wrong with it is wrong with every domain. */
static int check_site(struct session *s, const struct dns_site *site)
{
	struct facts facts;
	int r = facts_read(&facts, site, &s->err);
	facts_fini(&facts);
	if (r) {
		err_context(&s->err, "[dns]");
		s->status = EXIT_START;
	}
	return r;
}

int cmd_dns(struct session *s)
{
	struct store_campaign c = { 0 };
	struct store_account a = { 0 };
	struct store_server server = { 0 }, transit = { 0 };
	int r = store_find_campaign(s->desk.store, &c, s->account.campaign, &s->err);
	if (!r)
		r = store_find_account(s->desk.store, &a, c.id, s->account.account, &s->err);
	if (!r)
		r = know_servers(s, &c, &server, &transit);
	if (r)
		return r;
	with_commas(server.addresses);
	with_commas(transit.addresses);
	struct domains d = { .s = s,
			     .site = { .domains = s->site.dns.domains,
				       .name_servers = s->site.dns.name_servers,
				       .exchangers = s->site.dns.exchangers,
				       .resolvers = s->site.dns.resolvers,
				       .server = server.name,
				       .addresses = server.addresses,
				       .transit = transit.name,
				       .transit_addresses = transit.addresses } };
	r = check_site(s, &d.site);
	if (!r)
		r = store_each_item(s->desk.store, a.id, each, &d, &s->err);
	if (!r && !d.count)
		tell_line(&s->tell, "account %s has no domain: there is nothing to do", session_operand(s));
	return r;
}
