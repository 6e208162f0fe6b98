/* lookup.h - looks a domain up: who serves its zone, its mail exchangers and their addresses, its own addresses.
 *
 * Asks for all of the first at once, then for all addresses of the exchangers. SIGPIPE must be ignored. One owner. */
#pragma once
#include "scheduler/dns/ask.h"
#include "scheduler/dns/found.h"
#include "xfer/base/err.h"

/* name is from domain_ascii. Whatever the servers do is told in *out; until is a time of clock_now. -ENOMEM, -EIO: as ask_all. */
int lookup(struct found *out, const char *name, struct ask_servers *servers, uint64_t until, struct err *err);
