/* ask.h - questions to DNS servers, all at once: each server in turn is asked what those before it did not answer, until the time is up.
 *
 * The resolver library is c-ares: it owns no thread and waits for nothing (libunbound brings threads or a child process, and a
 * resolver of its own; ldns waits for one answer after the other), so that the time limit is ours. Its own way on to the next server
 * is not used, since that forgets why the first had failed. What is cut off is asked for once more over TCP.
 * SIGPIPE must be ignored. One owner. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>

#include "scheduler/dns/found.h"
#include "xfer/base/err.h"

enum { ASK_SERVERS = 8 };
enum ask_type { ASK_A = 1, ASK_NS = 2, ASK_MX = 15, ASK_AAAA = 28 }; /* as the protocol has them */

struct ask_servers {
	struct ask_server {
		struct found_address address;
		uint16_t port;
	} at[ASK_SERVERS];
	size_t count;
	size_t first; /* the one that answered last; set by ask_all */
};

struct ask {
	const char *name; /* borrowed */
	enum ask_type type;
	enum found_status status; /* FOUND_DATA: answer has records, of this type or aliases */
	uint8_t *answer;	  /* the whole message; NULL: it has no records, not even an alias */
	size_t len;
};

/* "192.0.2.1, [2001:db8::1]:5353, 192.0.2.2:53"; "" are the system's. -EINVAL. */
int ask_servers_read(struct ask_servers *out, const char *text, struct err *err);

/* Sets status and answer of each; that nobody answers is no error. until is a time of clock_now. -ENOMEM, -EIO: no question could be
 * asked. The asks are to be given to ask_fini in either case. */
int ask_all(struct ask *asks, size_t count, struct ask_servers *servers, uint64_t until, struct err *err);
void ask_fini(struct ask *asks, size_t count);
