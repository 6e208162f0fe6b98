/* ids.h - owners between two machines: which local user or group stands for the peer's.
 *
 * At the source an `ids` caches this machine's names and says when one has to be announced; at the destination
 * it learns what was announced and maps. A peer's id becomes, the first that holds:
 *
 *   1. what the first matching rule of --usermap / --groupmap / --chown says (idmap.h);
 *   2. itself, when it is 0, has no announced name, or with --numeric-ids;
 *   3. the local id of the announced name;
 *   4. itself.
 *
 * The source: for every id of an entry, and every id in its ACLs (attrs_each_id), unless --numeric-ids:
 *	if (ids_first_use(s, kind, id) && *ids_name(s, kind, id))
 *		send the pair, before the entry that needs it
 * Root's name is announced like any other, because a rule may match it. The destination resolves a name when
 * it learns it and keeps only numbers, so that a peer's announcements cost at most IDS_MAX * 48 bytes a kind.
 * One owner; not shared between threads. */
#pragma once
#include "xfer/base/err.h"
#include "xfer/tree/id_names.h"
#include "xfer/tree/options.h"

struct ids;

enum { IDS_MAX = 1 << 18 }; /* ids of one kind that are remembered */

/* Parses the maps in o. -EINVAL, naming the rule, when one cannot be parsed, or sends to a name that this machine
 * does not have, or when --chown and a map speak of the same kind. o is not kept. NULL for o: no rules and
 * names count, as the source needs it, where the names that the rules lead to need not exist. */
int ids_new(struct ids **out, const struct options *o, struct err *err);
void ids_free(struct ids *s);

/* The peer calls id by name (len bytes, not terminated; len 0: it has none). The last call for an id counts.
 * -EPROTO when the name is no name or there are more than IDS_MAX; another -errno when the user database
 * could not be asked: mapping by number then would give files to somebody else. */
int ids_learn(struct ids *s, enum id_kind kind, uint32_t id, const char *name, size_t len, struct err *err);

/* The local id for a peer's. Asks no database, cannot fail. */
uint32_t ids_map(struct ids *s, enum id_kind kind, uint32_t id);

/* This machine's name of id, "" when it has none. Valid until ids_free. */
const char *ids_name(struct ids *s, enum id_kind kind, uint32_t id);

/* True once per id. Beyond IDS_MAX ids of a kind never again: those travel as numbers. */
bool ids_first_use(struct ids *s, enum id_kind kind, uint32_t id);
