/* claims.h - does a server hold anything that no account of its campaign claims? Pure but for memory. One thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "scheduler/store/store.h"

/* What an inventory has found; kind: home, mailbox, database, crontab, user. engine: of a database; NULL: any. */
struct claims_found {
	const char *kind, *name, *engine;
};

/* A folder is claimed by an item that is it, is above it, or is below it: a home of which a part is an account's is that account's
 * business. The account's own removal takes its claims with it. */
bool claims_cover(const struct claims_found *found, const struct store_item *items, size_t count);
