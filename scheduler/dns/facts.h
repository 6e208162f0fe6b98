/* facts.h - what the host knows of itself, by which a domain is judged. Owned by the struct; read only once it is made. */
#pragma once
#include "scheduler/dns/found.h"
#include "xfer/base/err.h"
#include "xfer/base/strings.h"

/* As a configuration has it: lists with commas. NULL is "". */
struct dns_site {
	const char *domains;	  /* the host's own: "host.example, host.net" */
	const char *name_servers; /* patterns: "ns*.host.example"; "": all that is below domains */
	const char *
		exchangers; /* "10 mx1.host.example, 20 mx2.host.example"; "": all that is below domains but servers */
	const char *server;    /* of the client: "web1" is below each of domains; or a whole name */
	const char *addresses; /* of the client's server */
	const char *transit;   /* a name as server's; "": none yet */
	const char *transit_addresses;
	const char *resolvers; /* as ask_servers_read; "": the system's */
};

enum { FACTS_EXCHANGERS = 8, FACTS_ADDRESSES = 32 };

struct facts_addresses {
	struct found_address at[FACTS_ADDRESSES];
	size_t count;
};

struct facts {
	struct strings domains, name_servers, servers, transits; /* names or patterns, in lower case */
	struct facts_exchanger {
		unsigned priority;
		char name[DOMAIN_NAME];
	} exchangers[FACTS_EXCHANGERS]; /* by priority */
	size_t exchanger_count;
	struct facts_addresses addresses, transit_addresses;
};

/* -EINVAL, with the key in the text: no domain or server is named; or what is no name, address, or exchanger. *out is to be freed in
 * either case. */
int facts_read(struct facts *out, const struct dns_site *site, struct err *err);
void facts_fini(struct facts *f);

bool facts_has_address(const struct facts_addresses *list, const struct found_address *a);
