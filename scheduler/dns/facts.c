#include "scheduler/dns/facts.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ITEM_MOST = 300, PRIORITY_MOST = 65535 };

/* Adds one item to what to points at. */
typedef int adder(struct facts *f, void *to, const char *item, struct err *err);

static int each_item(struct facts *f, void *to, const char *list, adder *add, struct err *err)
{
	int status = 0;
	for (const char *p = list ? list : ""; !status && *(p += strspn(p, ", \t"));) {
		char item[ITEM_MOST];
		size_t n = strcspn(p, ","), len = n;
		while (isspace((unsigned char)p[len - 1]))
			len--;
		if (len >= sizeof item)
			return err_say(err, -EINVAL, "\"%.*s\" is too long", (int)len, p);
		snprintf(item, sizeof item, "%.*s", (int)len, p);
		status = add(f, to, item, err);
		p += n;
	}
	return status;
}

static int keep(struct strings *s, const char *text, struct err *err)
{
	return strings_add(s, text, strlen(text)) ? err_set(err, -ENOMEM, "%s", text) : 0;
}

static int add_domain(struct facts *f, void *to, const char *item, struct err *err)
{
	char name[DOMAIN_NAME];
	int status = domain_ascii(name, item, err);
	(void)f;
	return status ? status : keep(to, name, err);
}

static int add_pattern(struct facts *f, void *to, const char *item, struct err *err)
{
	char pattern[ITEM_MOST];
	size_t n = strlen(item);
	(void)f;
	for (size_t i = 0; i <= n; i++)
		pattern[i] = (char)tolower((unsigned char)item[i]);
	if (pattern[n - 1] == '.')
		pattern[--n] = 0;
	if (!n || strspn(pattern, "abcdefghijklmnopqrstuvwxyz0123456789-_.*") != n)
		return err_say(err, -EINVAL, "\"%s\" is no pattern of names: as in ns*.host.example", item);
	return keep(to, pattern, err);
}

/* "web1" is that name below each of the domains. */
static int add_server(struct facts *f, void *to, const char *item, struct err *err)
{
	if (strchr(item, '.'))
		return add_domain(f, to, item, err);
	int status = 0;
	for (size_t i = 0; !status && i < f->domains.count; i++) {
		char whole[ITEM_MOST + DOMAIN_NAME];
		snprintf(whole, sizeof whole, "%s.%s", item, f->domains.at[i]);
		status = add_domain(f, to, whole, err);
	}
	return status;
}

static int add_address(struct facts *f, void *to, const char *item, struct err *err)
{
	struct facts_addresses *list = to;
	struct found_address a = { .family = strchr(item, ':') ? AF_INET6 : AF_INET };
	(void)f;
	if (inet_pton(a.family, item, a.at) != 1)
		return err_say(err, -EINVAL, "\"%s\" is no address", item);
	if (list->count == FACTS_ADDRESSES)
		return err_say(err, -EINVAL, "more than %d addresses", FACTS_ADDRESSES);
	list->at[list->count++] = a;
	return 0;
}

static int add_exchanger(struct facts *f, void *to, const char *item, struct err *err)
{
	struct facts_exchanger x;
	size_t digits = strspn(item, "0123456789");
	char *name;
	(void)to;
	unsigned long priority = strtoul(item, &name, 10);
	if (!digits || digits > 5 || priority > PRIORITY_MOST || *name != ' ')
		return err_say(err, -EINVAL, "\"%s\" is no mail exchanger: as in 10 mx1.host.example", item);
	if (f->exchanger_count == FACTS_EXCHANGERS)
		return err_say(err, -EINVAL, "more than %d mail exchangers", FACTS_EXCHANGERS);
	int status = domain_ascii(x.name, name + strspn(name, " "), err);
	x.priority = (unsigned)priority;
	if (!status)
		f->exchangers[f->exchanger_count++] = x;
	return status;
}

static int by_priority(const void *a, const void *b)
{
	const struct facts_exchanger *x = a, *y = b;
	return x->priority < y->priority ? -1 : x->priority > y->priority;
}

/* Without patterns, whatever is below the host's domains is the host's. */
static int default_name_servers(struct facts *f, struct err *err)
{
	int status = 0;
	if (f->name_servers.count)
		return 0;
	for (size_t i = 0; !status && i < f->domains.count; i++) {
		char pattern[DOMAIN_NAME + 2];
		snprintf(pattern, sizeof pattern, "*.%s", f->domains.at[i]);
		status = keep(&f->name_servers, pattern, err);
	}
	return status;
}

int facts_read(struct facts *out, const struct dns_site *site, struct err *err)
{
	*out = (struct facts){ 0 };
	const struct {
		const char *key, *list;
		adder *add;
		void *to;
	} parts[] = {
		{ "domains", site->domains, add_domain,
		  &out->domains }, /* first: names of servers stand on it */
		{ "name-servers", site->name_servers, add_pattern, &out->name_servers },
		{ "exchangers", site->exchangers, add_exchanger, NULL },
		{ "server", site->server, add_server, &out->servers },
		{ "addresses", site->addresses, add_address, &out->addresses },
		{ "transit", site->transit, add_server, &out->transits },
		{ "transit's addresses", site->transit_addresses, add_address, &out->transit_addresses },
	};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		int status = each_item(out, parts[i].to, parts[i].list, parts[i].add, err);
		if (status) {
			err_context(err, "%s", parts[i].key);
			return status;
		}
	}
	if (!out->domains.count)
		return err_say(err, -EINVAL, "domains: the host's own domain is not named");
	if (!out->servers.count)
		return err_say(err, -EINVAL, "server: the client's server is not named");
	qsort(out->exchangers, out->exchanger_count, sizeof *out->exchangers, by_priority);
	return default_name_servers(out, err);
}

void facts_fini(struct facts *f)
{
	strings_fini(&f->domains);
	strings_fini(&f->name_servers);
	strings_fini(&f->servers);
	strings_fini(&f->transits);
	*f = (struct facts){ 0 };
}

bool facts_has_address(const struct facts_addresses *list, const struct found_address *a)
{
	size_t len = a->family == AF_INET ? 4 : 16;
	for (size_t i = 0; i < list->count; i++)
		if (list->at[i].family == a->family && !memcmp(list->at[i].at, a->at, len))
			return true;
	return false;
}
