#include "scheduler/dns/dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/dns/lookup.h"
#include "xfer/base/clock.h"
#include "xfer/base/escape.h"

enum { SHOWN_MOST = 1024 };

static void facts_finip(struct facts *f)
{
	facts_fini(f);
}

int dns_advise(struct dns_report **out, const struct dns_site *site, const char *domain, unsigned limit_s,
	       struct err *err)
{
	AUTO(dns_report_freep) struct dns_report *r = calloc(1, sizeof *r);
	AUTO(facts_finip) struct facts facts = { 0 };
	struct ask_servers servers;
	char name[DOMAIN_NAME];
	uint64_t until = clock_now() + limit_s * CLOCK_SECOND;
	if (!r || !(r->domain = strdup(domain)))
		return err_set(err, -ENOMEM, "%s", domain);
	int status = domain_ascii(name, domain, err);
	if (!status)
		status = facts_read(&facts, site, err);
	if (!status && (status = ask_servers_read(&servers, site->resolvers ? site->resolvers : "", err)))
		err_context(err, "resolvers");
	if (!status)
		status = lookup(&r->found, name, &servers, until, err);
	if (status)
		return status;
	advise(&r->advice, &r->found, &facts);
	*out = TAKE(r);
	return 0;
}

void dns_report_free(struct dns_report *r)
{
	if (r)
		free(r->domain);
	free(r);
}

void dns_report_freep(struct dns_report **r)
{
	dns_report_free(*r);
}

bool dns_has_work(const struct dns_report *r)
{
	return r->advice.actions[0].code != DO_NOTHING;
}

static void add(struct buf *b, const char *text)
{
	buf_bytes(b, text, strlen(text));
}

static void add_line(struct buf *b, const char *mark, const char *text)
{
	add(b, mark);
	add(b, text);
	add(b, "\n");
}

static void print_servers(struct buf *out, const struct found *f)
{
	for (size_t i = 0; i < f->server_count; i++) {
		add(out, i ? ", " : " by ");
		add(out, f->servers[i]);
	}
}

void dns_print(struct buf *out, const struct dns_report *r)
{
	static const char *const runs[] = {
		[RUNS_HOST] = ": its DNS is run by us",
		[RUNS_PARTLY] = ": its DNS is run by us and others,",
		[RUNS_ELSE] = ": its DNS is not run by us, but",
		[RUNS_NOBODY] = ": it is not there",
		[RUNS_UNKNOWN] = ": who runs its DNS is not known",
	};
	char shown[SHOWN_MOST];
	add(out, escape_name(shown, sizeof shown, r->domain, strlen(r->domain)));
	if (strcmp(r->domain, r->found.name) != 0) {
		add(out, " (");
		add(out, r->found.name);
		add(out, ")");
	}
	add(out, runs[r->advice.runs]);
	if (r->advice.runs == RUNS_ELSE || r->advice.runs == RUNS_PARTLY)
		print_servers(out, &r->found);
	add(out, "\n");
	for (size_t i = 0; i < r->advice.action_count; i++)
		add_line(out, dns_has_work(r) ? "  to do: " : "  ", r->advice.actions[i].text);
	for (size_t i = 0; i < r->advice.remark_count; i++)
		add_line(out, "  - ", r->advice.remarks[i].text);
}

static const char *status_name(enum found_status s)
{
	static const char *const names[] = {
		[FOUND_DATA] = "data",
		[FOUND_NO_DATA] = "no-data",
		[FOUND_NO_NAME] = "no-name",
		[FOUND_TOO_MANY] = "too-many",
		[FOUND_UNREADABLE] = "unreadable",
		[FOUND_FAILED] = "servfail",
		[FOUND_REFUSED] = "refused",
		[FOUND_UNREACHABLE] = "unreachable",
		[FOUND_TIMEOUT] = "timeout",
	};
	return names[s];
}

static void tell_host(struct event *e, const struct found_host *h)
{
	char text[INET6_ADDRSTRLEN];
	event_text(e, "a", status_name(h->a));
	event_text(e, "aaaa", status_name(h->aaaa));
	event_open_array(e, "addresses");
	for (size_t i = 0; i < h->count; i++)
		event_text(e, NULL, inet_ntop(h->at[i].family, h->at[i].at, text, sizeof text));
	event_close(e);
}

static void tell_exchangers(struct event *e, const struct dns_report *r)
{
	event_text(e, "mx", status_name(r->found.mx));
	event_open_array(e, "exchangers");
	for (size_t i = 0; i < r->found.exchanger_count; i++) {
		const struct found_exchanger *x = &r->found.exchangers[i];
		event_open(e, NULL);
		event_u64(e, "priority", x->priority);
		event_text(e, "name", x->name);
		event_text(e, "leads", advice_leads_name(r->advice.leads[i]));
		tell_host(e, &x->host);
		event_close(e);
	}
	event_close(e);
}

static void tell_notes(struct event *e, const char *key, const struct advice_note *notes, size_t count)
{
	event_open_array(e, key);
	for (size_t i = 0; i < count; i++) {
		event_open(e, NULL);
		event_text(e, "code", advice_code_name(notes[i].code));
		if (notes[i].name[0]) {
			event_u64(e, "priority", notes[i].priority);
			event_text(e, "name", notes[i].name);
		}
		event_text(e, "text", notes[i].text);
		event_close(e);
	}
	event_close(e);
}

int dns_tell(struct event *e, const struct dns_report *r)
{
	event_begin(e, "domain");
	event_string(e, "domain", r->domain, strlen(r->domain));
	event_text(e, "name", r->found.name);
	event_text(e, "runs", advice_runs_name(r->advice.runs));
	event_text(e, "ns", status_name(r->found.ns));
	event_text(e, "zone", r->found.zone[0] ? r->found.zone : NULL);
	event_open_array(e, "name_servers");
	for (size_t i = 0; i < r->found.server_count; i++)
		event_text(e, NULL, r->found.servers[i]);
	event_close(e);
	event_bool(e, "alias", r->found.alias);
	tell_host(e, &r->found.host);
	tell_exchangers(e, r);
	event_bool(e, "work", dns_has_work(r));
	tell_notes(e, "actions", r->advice.actions, r->advice.action_count);
	tell_notes(e, "remarks", r->advice.remarks, r->advice.remark_count);
	return event_end(e);
}
