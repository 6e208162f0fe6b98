/* party.h - whom a piece of work is about: the account, what it consists of, and the two servers; as of one moment of the store.
 *
 * Values, but for the list of items, which it owns. One thread at a time. */
#pragma once
#include "scheduler/store/store.h"

struct party {
	struct store_campaign campaign;
	struct store_account account;
	struct store_cutover cutover; /* the one that has not ended; id 0: there is none */
	struct store_server from,
		to; /* of the cutover; without one, of the pass that copies ahead. name "": not known yet */
	struct store_item *items;
	size_t item_count;
	bool again; /* the destination has, or may have, an older copy of this account's databases */
};

/* -ENOENT: no account of this id. *out is to be freed in either case. */
int party_read(struct party *out, struct store *s, int64_t account, struct err *err);
void party_fini(struct party *p);
/* Has it an item of this kind? */
bool party_has(const struct party *p, const char *kind);
