#include "scheduler/dns/lookup.h"

#include <ares.h>
#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUESTION = 12, QUESTION_TAIL = 4, TYPE_CNAME = 5, RESOLVES = 0x80 }; /* in a message */
enum { LEVELS = 16 }; /* of the name and those above it whose name servers are asked for */

/* The questions of the first turn. */
enum { OWN_MX, OWN_A, OWN_AAAA, OWN_COUNT };

/* A name as the DNS gave it, in lower case; false: no host has it. */
static bool take_name(char out[static DOMAIN_NAME], const char *name)
{
	size_t len = strlen(name);
	if (len && name[len - 1] == '.')
		len--;
	if (len >= DOMAIN_NAME)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)name[i]) && !strchr("-_.", name[i]))
			return false;
		out[i] = (char)tolower((unsigned char)name[i]);
	}
	out[len] = 0;
	return true;
}

/* Does it begin with a CNAME? What follows is another name's then. */
static bool is_alias(const struct ask *ask)
{
	char *name;
	long len;
	if (!ask->answer)
		return false;
	const uint8_t *at = ask->answer + QUESTION, *end = ask->answer + ask->len;
	for (int names = 0; names < 2; names++) { /* the question's, and the first record's */
		if (ares_expand_name(at, ask->answer, (int)ask->len, &name, &len))
			return false;
		ares_free_string(name);
		at += len + (names ? 0 : QUESTION_TAIL);
		if (end - at < 2)
			return false;
	}
	return at[0] == 0 && at[1] == TYPE_CNAME;
}

/* An alias whose end is not told by one who tells what is its own alone. */
static bool is_cut(const struct ask *ask)
{
	return is_alias(ask) && !(ask->answer[3] & RESOLVES);
}

/* What c-ares found in a message that has answers. */
static enum found_status read_as(int status)
{
	return status == ARES_SUCCESS	? FOUND_DATA
	       : status == ARES_ENODATA ? FOUND_NO_DATA
					: FOUND_UNREADABLE;
}

static void read_servers(struct found *f, const struct ask *ask)
{
	struct hostent *host = NULL;
	f->ns = read_as(ares_parse_ns_reply(ask->answer, (int)ask->len, &host));
	for (char **name = host ? host->h_aliases : NULL; f->ns == FOUND_DATA && name && *name; name++) {
		if (f->server_count == FOUND_SERVERS)
			f->ns = FOUND_TOO_MANY;
		else if (!take_name(f->servers[f->server_count++], *name))
			f->ns = FOUND_UNREADABLE;
	}
	if (host)
		ares_free_hostent(host);
}

/* From the name upwards, to the first that has name servers. One that could not be asked may be it. */
static void find_zone(struct found *f, const struct ask *asks, size_t levels)
{
	f->ns = asks[0].status == FOUND_NO_NAME ? FOUND_NO_NAME : FOUND_NO_DATA;
	for (size_t i = 0; i < levels; i++) {
		if (!found_is_answer(asks[i].status)) {
			f->ns = asks[i].status;
			return;
		}
		if (asks[i].status != FOUND_DATA || is_alias(&asks[i]))
			continue;
		read_servers(f, &asks[i]);
		snprintf(f->zone, sizeof f->zone, "%s", asks[i].name);
		return;
	}
}

static int by_priority(const void *a, const void *b)
{
	const struct found_exchanger *x = a, *y = b;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void read_exchangers(struct found *f, const struct ask *ask)
{
	struct ares_mx_reply *list = NULL;
	f->mx = ask->status;
	if (f->mx == FOUND_DATA)
		f->mx = read_as(ares_parse_mx_reply(ask->answer, (int)ask->len, &list));
	for (struct ares_mx_reply *mx = list; f->mx == FOUND_DATA && mx; mx = mx->next) {
		if (f->exchanger_count == FOUND_EXCHANGERS) {
			f->mx = FOUND_TOO_MANY;
			break;
		}
		struct found_exchanger *to = &f->exchangers[f->exchanger_count++];
		to->priority = mx->priority;
		if (!take_name(to->name, mx->host))
			f->mx = FOUND_UNREADABLE;
	}
	if (f->mx == FOUND_DATA && !f->exchanger_count)
		f->mx = FOUND_NO_DATA;
	if (f->mx == FOUND_NO_DATA && is_cut(ask))
		f->mx = FOUND_REFUSED;
	if (f->mx != FOUND_DATA)
		f->exchanger_count = 0;
	qsort(f->exchangers, f->exchanger_count, sizeof *f->exchangers, by_priority);
	ares_free_data(list);
}

static enum found_status add_addresses(struct found_host *h, int family, const struct ask *ask)
{
	struct ares_addrttl v4[FOUND_ADDRESSES + 1];
	struct ares_addr6ttl v6[FOUND_ADDRESSES + 1];
	int n = FOUND_ADDRESSES + 1, status;
	if (ask->status != FOUND_DATA)
		return ask->status;
	if (family == AF_INET)
		status = ares_parse_a_reply(ask->answer, (int)ask->len, NULL, v4, &n);
	else
		status = ares_parse_aaaa_reply(ask->answer, (int)ask->len, NULL, v6, &n);
	if (!status && !n)
		status = ARES_ENODATA;
	if (status == ARES_ENODATA && is_cut(ask))
		return FOUND_REFUSED;
	if (status)
		return read_as(status);
	for (int i = 0; i < n && i < FOUND_ADDRESSES; i++) {
		struct found_address *to = &h->at[h->count++];
		to->family = family;
		if (family == AF_INET)
			memcpy(to->at, &v4[i].ipaddr, 4);
		else
			memcpy(to->at, &v6[i].ip6addr, 16);
	}
	return n > FOUND_ADDRESSES ? FOUND_TOO_MANY : FOUND_DATA;
}

static void read_host(struct found_host *h, const struct ask *a, const struct ask *aaaa)
{
	h->a = add_addresses(h, AF_INET, a);
	h->aaaa = add_addresses(h, AF_INET6, aaaa);
}

static int look_at_name(struct found *f, struct ask_servers *servers, uint64_t until, struct err *err)
{
	struct ask asks[OWN_COUNT + LEVELS] = {
		[OWN_MX] = { .name = f->name, .type = ASK_MX },
		[OWN_A] = { .name = f->name, .type = ASK_A },
		[OWN_AAAA] = { .name = f->name, .type = ASK_AAAA },
	};
	size_t levels = 0;
	for (const char *name = f->name; name && levels < LEVELS; name = domain_parent(name))
		asks[OWN_COUNT + levels++] = (struct ask){ .name = name, .type = ASK_NS };
	int status = ask_all(asks, OWN_COUNT + levels, servers, until, err);
	if (!status) {
		find_zone(f, asks + OWN_COUNT, levels);
		f->alias = is_alias(&asks[OWN_MX]) || is_alias(&asks[OWN_A]) || is_alias(&asks[OWN_AAAA]);
		read_exchangers(f, &asks[OWN_MX]);
		read_host(&f->host, &asks[OWN_A], &asks[OWN_AAAA]);
	}
	ask_fini(asks, OWN_COUNT + levels);
	return status;
}

/* Some write an address where a name belongs: mail gets nowhere by it, but what they meant is to be seen. */
static bool is_address(struct found_host *h, const char *name)
{
	struct found_address a = { .family = AF_INET };
	if (inet_pton(AF_INET, name, a.at) != 1)
		return false;
	*h = (struct found_host){ .a = FOUND_DATA, .aaaa = FOUND_NO_DATA, .at = { a }, .count = 1 };
	return true;
}

static int look_at_exchangers(struct found *f, struct ask_servers *servers, uint64_t until, struct err *err)
{
	struct ask asks[2 * FOUND_EXCHANGERS];
	struct found_host *host[FOUND_EXCHANGERS];
	size_t n = 0;
	for (size_t i = 0; i < f->exchanger_count; i++) {
		struct found_exchanger *x = &f->exchangers[i];
		x->host.a = x->host.aaaa = FOUND_NO_NAME;
		if (!x->name[0] || is_address(&x->host, x->name))
			continue;
		asks[2 * n] = (struct ask){ .name = x->name, .type = ASK_A };
		asks[2 * n + 1] = (struct ask){ .name = x->name, .type = ASK_AAAA };
		host[n++] = &x->host;
	}
	int status = ask_all(asks, 2 * n, servers, until, err);
	for (size_t i = 0; !status && i < n; i++)
		read_host(host[i], &asks[2 * i], &asks[2 * i + 1]);
	ask_fini(asks, 2 * n);
	return status;
}

int lookup(struct found *out, const char *name, struct ask_servers *servers, uint64_t until, struct err *err)
{
	*out = (struct found){ 0 };
	snprintf(out->name, sizeof out->name, "%s", name);
	int status = look_at_name(out, servers, until, err);
	return status ? status : look_at_exchangers(out, servers, until, err);
}
