#include "scheduler/dns/advice.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "scheduler/dns/advice_inner.h"

static void note(struct advice_note *n, enum advice_code code, const struct found_exchanger *about,
		 const char *fmt, va_list args)
{
	*n = (struct advice_note){ .code = code };
	if (about) {
		n->priority = about->priority;
		snprintf(n->name, sizeof n->name, "%s", about->name);
	}
	vsnprintf(n->text, sizeof n->text, fmt, args);
}

void advice_do(struct advice *a, enum advice_code code, const struct found_exchanger *about, const char *fmt,
	       ...)
{
	va_list args;
	CHECK(a->action_count < ADVICE_ACTIONS);
	va_start(args, fmt);
	note(&a->actions[a->action_count++], code, about, fmt, args);
	va_end(args);
}

void advice_say(struct advice *a, enum advice_code code, const struct found_exchanger *about, const char *fmt,
		...)
{
	va_list args;
	CHECK(a->remark_count < ADVICE_REMARKS);
	va_start(args, fmt);
	note(&a->remarks[a->remark_count++], code, about, fmt, args);
	va_end(args);
}

unsigned advice_at(const struct found_host *h, int family, const struct facts *facts)
{
	unsigned at = 0;
	for (size_t i = 0; i < h->count; i++) {
		if (family != AF_UNSPEC && h->at[i].family != family)
			continue;
		if (facts_has_address(&facts->addresses, &h->at[i]))
			at |= AT_SERVER;
		else if (facts_has_address(&facts->transit_addresses, &h->at[i]))
			at |= AT_TRANSIT;
		else
			at |= AT_ELSE;
	}
	return at;
}

bool advice_is_known(const struct found_host *h)
{
	return found_is_answer(h->a) && found_is_answer(h->aaaa);
}

static bool is_hosts(const char *server, const struct facts *facts)
{
	for (size_t i = 0; i < facts->name_servers.count; i++)
		if (domain_matches(server, facts->name_servers.at[i]))
			return true;
	return false;
}

static enum advice_runs who_runs(const struct found *f, const struct facts *facts)
{
	size_t ours = 0;
	if (!found_is_answer(f->ns))
		return RUNS_UNKNOWN;
	for (size_t i = 0; i < f->server_count; i++)
		ours += is_hosts(f->servers[i], facts);
	if (ours && ours == f->server_count)
		return RUNS_HOST;
	/* what was found then is the zone above it, of a registry as a rule */
	if (f->mx == FOUND_NO_NAME && !f->alias && strcmp(f->zone, f->name) != 0)
		return RUNS_NOBODY;
	return !f->server_count ? RUNS_UNKNOWN : ours ? RUNS_PARTLY : RUNS_ELSE;
}

/* "ns1.host.example and ns2.host.example": those that are not the host's. */
static const char *foreign_servers(char out[static ADVICE_TEXT], const struct found *f,
				   const struct facts *facts)
{
	size_t len = 0;
	out[0] = 0;
	for (size_t i = 0; i < f->server_count && len < ADVICE_TEXT / 2; i++)
		if (!is_hosts(f->servers[i], facts))
			len += (size_t)snprintf(out + len, ADVICE_TEXT - len, "%s%s", len ? ", " : "",
						f->servers[i]);
	return out;
}

static void say_who(struct advice *a, const struct found *f, const struct facts *facts)
{
	char names[ADVICE_TEXT];
	switch (a->runs) {
	case RUNS_HOST:
		advice_say(a, SAY_HOST_SWITCHES, NULL,
			   "We run the DNS of this domain: its records are switched by us.");
		break;
	case RUNS_PARTLY:
		advice_say(
			a, SAY_NS_MIXED, NULL,
			"Some of its name servers are ours, and %.700s not. If those copy ours, then we change "
			"the records, and nothing is to be done; if not, all that is said here is to be done "
			"there.",
			foreign_servers(names, f, facts));
		break;
	case RUNS_NOBODY:
		advice_say(
			a, SAY_NAME_MISSING, NULL,
			"The DNS does not have this name: it is not registered, or not entered in the zone "
			"%s. Nobody reaches it, so nothing changes for it.",
			f->zone[0] ? f->zone : "above it");
		break;
	case RUNS_UNKNOWN:
		advice_say(a, SAY_NS_UNKNOWN, NULL,
			   "Who runs the DNS of this domain could not be found out: %s.",
			   found_is_answer(f->ns) ? "it has no name servers" : advice_why(f->ns));
		break;
	case RUNS_ELSE:
		break;
	}
	if (f->alias)
		advice_say(
			a, SAY_ALIAS, NULL,
			"The domain is an alias (CNAME): what is found of it belongs to the name that it stands "
			"for, and is changed there.");
	if (a->runs == RUNS_HOST && f->mx == FOUND_NO_NAME)
		advice_say(a, SAY_NAME_MISSING, NULL,
			   "Our zone %s does not have this name, so nobody reaches it.", f->zone);
}

/* Is it the client who changes records? Nobody is told to as long as that is not known. */
static bool is_clients(const struct advice *a)
{
	return a->runs == RUNS_ELSE || a->runs == RUNS_PARTLY;
}

/* The first address of the site's server of that family; NULL: it has none. */
static const char *own_address(char out[static INET6_ADDRSTRLEN], const struct facts *facts, int family)
{
	for (size_t i = 0; i < facts->addresses.count; i++)
		if (facts->addresses.at[i].family == family)
			return inet_ntop(family, facts->addresses.at[i].at, out, INET6_ADDRSTRLEN);
	return NULL;
}

static void set_addresses(struct advice *a, const struct facts *facts)
{
	char v4[INET6_ADDRSTRLEN], v6[INET6_ADDRSTRLEN];
	const char *has4 = own_address(v4, facts, AF_INET), *has6 = own_address(v6, facts, AF_INET6);
	advice_do(
		a, DO_SET_ADDRESS, NULL,
		"Let the domain point to your own server again at its provider:%s%s%s%s%s. It is reached there "
		"before, during and after the move.",
		has4 ? " A " : "", has4 ? has4 : "", has4 && has6 ? "," : "", has6 ? " AAAA " : "",
		has6 ? has6 : "");
}

/* Something is at our servers, and something else as well. */
static void say_partly(struct advice *a, const struct found_host *h, const struct facts *facts)
{
	char list[ADVICE_TEXT] = "", text[INET6_ADDRSTRLEN];
	size_t len = 0;
	for (size_t i = 0; i < h->count && len < ADVICE_TEXT / 2; i++)
		if (!facts_has_address(&facts->addresses, &h->at[i]) &&
		    !facts_has_address(&facts->transit_addresses, &h->at[i]))
			len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", len ? ", " : "",
						inet_ntop(h->at[i].family, h->at[i].at, text, sizeof text));
	advice_say(
		a, SAY_ADDRESS_PARTLY, NULL,
		"One part of its addresses is ours, and %.700s not: visitors who are sent there do not reach "
		"this account, now as after the move.",
		list);
}

static void say_address_unknown(struct advice *a, const struct found_host *h)
{
	bool v4 = !found_is_answer(h->a), v6 = !found_is_answer(h->aaaa);
	advice_say(a, SAY_ADDRESS_UNKNOWN, NULL, "Its %s%s%s could not be looked up: %s.", v4 ? "A" : "",
		   v4 && v6 ? " and " : "", v6 ? "AAAA" : "", advice_why(v4 ? h->a : h->aaaa));
}

static void say_addresses(struct advice *a, const struct found *f, const struct facts *facts)
{
	char v6[INET6_ADDRSTRLEN];
	unsigned at = advice_at(&f->host, AF_UNSPEC, facts);
	if (!advice_is_known(&f->host))
		say_address_unknown(a, &f->host);
	else if (!at)
		advice_say(a, SAY_ADDRESS_NONE, NULL,
			   "It has no address (A, AAAA): no site is reached by it.");
	if (at == AT_ELSE && advice_is_known(&f->host))
		advice_say(a, SAY_ADDRESS_ELSEWHERE, NULL,
			   "Its addresses are not ours: the site of this name is served elsewhere.");
	else if ((at & AT_ELSE) && at != AT_ELSE)
		say_partly(a, &f->host, facts);
	if (at & AT_TRANSIT) {
		advice_say(
			a, SAY_ADDRESS_TRANSIT, NULL, "%s",
			a->runs == RUNS_HOST
				? "It points to the transit server: that was switched by us, and will be back."
				: "It points to the transit server, which is there for the move alone.");
		if (is_clients(a))
			set_addresses(a, facts);
	}
	if ((at & AT_SERVER) && is_clients(a))
		advice_say(
			a, SAY_ADDRESS_SERVER, NULL,
			"It points to your server, which forwards to where the account is: its A and AAAA stay "
			"as they are.");
	if ((at & AT_SERVER) && f->host.aaaa == FOUND_NO_DATA && own_address(v6, facts, AF_INET6))
		advice_say(
			a, SAY_AAAA_MISSING, NULL,
			"It has no AAAA, though your server has %s: it is reached over IPv4 alone. That need not "
			"change.",
			v6);
}

void advise(struct advice *out, const struct found *found, const struct facts *facts)
{
	*out = (struct advice){ .runs = who_runs(found, facts) };
	advice_sort_mail(out, found, facts);
	say_who(out, found, facts);
	if (is_clients(out))
		advice_mail(out, found, facts);
	if (out->runs != RUNS_NOBODY)
		say_addresses(out, found, facts);
	if (out->runs == RUNS_UNKNOWN)
		advice_do(
			out, DO_LOOK_AGAIN, NULL,
			"Ask again before the account moves: it is not known yet who has to change the DNS.");
	if (!out->action_count)
		advice_do(out, DO_NOTHING, NULL, "Nothing is to be done.");
}
