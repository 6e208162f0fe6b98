#include "scheduler/model/pool.h"

#include <string.h>

static bool comes_first(const struct pool *p, size_t a, size_t b)
{
	const struct pool_waiter *x = &p->waiters[a], *y = &p->waiters[b];
	return !strcmp(x->configuration, y->configuration) &&
	       (x->since < y->since || (x->since == y->since && a < b));
}

/* Free ones come before all others, unknown days behind them; the order among equal ones is the pool's. */
static bool is_earlier(const struct pool_server *a, const struct pool_server *b)
{
	if (a->is_free != b->is_free)
		return a->is_free;
	if (a->is_free || a->expected == b->expected)
		return a < b;
	if (a->expected == POOL_UNKNOWN || b->expected == POOL_UNKNOWN)
		return b->expected == POOL_UNKNOWN;
	return a->expected < b->expected;
}

/* The server of this configuration before which there are so many; SIZE_MAX: there are not so many. */
static size_t server_behind(const struct pool *p, const char *configuration, size_t before)
{
	for (size_t i = 0; i < p->server_count; i++) {
		size_t earlier = 0;
		if (strcmp(p->servers[i].configuration, configuration) != 0)
			continue;
		for (size_t k = 0; k < p->server_count; k++)
			earlier += k != i && !strcmp(p->servers[k].configuration, configuration) &&
				   is_earlier(&p->servers[k], &p->servers[i]);
		if (earlier == before)
			return i;
	}
	return SIZE_MAX;
}

void pool_place(struct pool_place *out, const struct pool *p, size_t waiter)
{
	*out = (struct pool_place){ .server = SIZE_MAX, .expected = POOL_UNKNOWN };
	for (size_t i = 0; i < p->waiter_count; i++)
		out->before += i != waiter && comes_first(p, i, waiter);
	size_t server = server_behind(p, p->waiters[waiter].configuration, out->before);
	if (server == SIZE_MAX)
		return;
	if (p->servers[server].is_free)
		out->server = server;
	else
		out->expected = p->servers[server].expected;
}
