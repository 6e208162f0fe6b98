/* pool.h - the transit servers, and the line of campaigns that wait for one of their configuration: first come, first served, by
 * configuration.
 *
 * Pure: no clock, no store, cannot fail. Any thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POOL_UNKNOWN = -1 };

/* The names are borrowed. */
struct pool_server {
	const char *configuration;
	bool is_free;
	int64_t expected; /* day on which it is expected to be free, in days since 1970; POOL_UNKNOWN */
};

struct pool_waiter {
	const char *configuration;
	int64_t since; /* the smaller first; of two that are the same, the one that stands before the other */
};

struct pool_place {
	size_t before; /* waiters of its configuration that come first */
	size_t server; /* the server that is its own now; SIZE_MAX: it waits */
	int64_t expected; /* the day on which one is expected to be free for it; POOL_UNKNOWN: there are not enough, or nobody knows */
};

struct pool {
	const struct pool_server *servers;
	size_t server_count;
	const struct pool_waiter *waiters;
	size_t waiter_count;
};

/* Where the waiter of this number stands. */
void pool_place(struct pool_place *out, const struct pool *p, size_t waiter);
