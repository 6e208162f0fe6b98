/* item.h - what of an entry must be remembered until its content has travelled: enough to set its metadata and to
 * add it to the tree's digest. A plain value. */
#pragma once
#include "xfer/tree/entry.h"
#include "xfer/tree/options.h"

struct item {
	struct digest
		fixed; /* of the path, link target, device and attributes: what cannot change meanwhile */
	uint32_t mode, uid, gid, mtime_ns;
	int64_t mtime;
	uint64_t size;
};

void item_from_entry(struct item *out, const struct digest *dir_path, const struct entry *e);

/* The item's digest with what the options keep of its metadata, and its content's where that was read (else NULL). */
struct digest item_digest(const struct item *i, const struct digest *content, const struct options *o);
