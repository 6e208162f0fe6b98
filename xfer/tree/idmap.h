/* idmap.h - the rules of --usermap and --groupmap: FROM:TO,FROM:TO... with rsync's meaning.
 *
 *   FROM	a name		the ids that the peer calls so
 *		with * ? or [	the ids whose name matches; "*" matches those without a name too
 *		LOW-HIGH, N	the ids in that range, whatever their name
 *		(empty)		the ids without a name
 *   TO		a name of this machine, or a number
 *
 * The first rule that matches counts. What starts with a digit is a number. Immutable; any thread. */
#pragma once
#include "xfer/base/err.h"
#include "xfer/tree/id_names.h"

struct idmap;

/* -EINVAL, naming option and rule, when a rule cannot be parsed or its TO is not known here; another -errno when the
 * user database could not be asked. */
int idmap_parse(struct idmap **out, enum id_kind kind, const char *option, const char *text, struct err *err);
/* The map that sends everything to one name or number: what --chown is. len bytes of to. */
int idmap_all_to(struct idmap **out, enum id_kind kind, const char *to, size_t len, struct err *err);
void idmap_free(struct idmap *map);

/* True and *to when a rule matches; name is "" when there is none. A NULL map has no rules. */
bool idmap_match(const struct idmap *map, uint32_t id, const char *name, uint32_t *to);
