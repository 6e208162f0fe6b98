/* found.h - what a look into the DNS found of one domain. Plain values, no ownership. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scheduler/dns/domain.h"

enum { FOUND_SERVERS = 32, FOUND_EXCHANGERS = 32, FOUND_ADDRESSES = 16 };

/* The better told comes first: of several servers' refusals, the first of these is kept. */
enum found_status {
	FOUND_DATA,
	FOUND_NO_DATA,	   /* the name is there, and has no such record */
	FOUND_NO_NAME,	   /* nor is the name */
	FOUND_TOO_MANY,	   /* more than there is room for here */
	FOUND_UNREADABLE,  /* an answer that is none, or names in it that no host has */
	FOUND_FAILED,	   /* SERVFAIL: the domain's own servers do not answer, or not as they have to */
	FOUND_REFUSED,	   /* the server that was asked answers others only */
	FOUND_UNREACHABLE, /* nobody listens there */
	FOUND_TIMEOUT,
};

static inline bool found_is_answer(enum found_status s)
{
	return s <= FOUND_NO_NAME;
}

struct found_address {
	int family; /* AF_INET: the first four bytes; AF_INET6 */
	uint8_t at[16];
};

struct found_host {
	enum found_status a, aaaa;
	struct found_address at[2 * FOUND_ADDRESSES];
	size_t count;
};

struct found_exchanger {
	unsigned priority;
	char name[DOMAIN_NAME]; /* "": "MX 0 .", no mail is taken */
	struct found_host host;
};

struct found {
	char name[DOMAIN_NAME];
	/* Its name servers are those of the next name above it, or of itself, that has any: the zone. */
	enum found_status ns;
	char zone[DOMAIN_NAME];
	char servers[FOUND_SERVERS][DOMAIN_NAME];
	size_t server_count;
	bool alias; /* a CNAME: mx and host are another name's */
	enum found_status mx;
	struct found_exchanger exchangers[FOUND_EXCHANGERS]; /* by priority */
	size_t exchanger_count;
	struct found_host host;
};
