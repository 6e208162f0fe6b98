#include "xfer/tree/posix_acl.h"
#include "xfer/base/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 2, HEAD = 4, ENTRY = 8, NO_ID = -1 };
enum tag { OWNER = 1, USER = 2, OWNING_GROUP = 4, GROUP = 8, MASK = 16, OTHER = 32 };

struct entry {
	uint16_t tag, perm;
	uint32_t id;
};

static struct entry entry_get(const uint8_t *at)
{
	struct reader r = reader_of(at, ENTRY);
	uint32_t both = reader_u32(&r);
	return (struct entry){ (uint16_t)both, (uint16_t)(both >> 16), reader_u32(&r) };
}

static void entry_put(uint8_t *at, struct entry e)
{
	const uint8_t bytes[ENTRY] = { (uint8_t)e.tag,	       (uint8_t)(e.tag >> 8), (uint8_t)e.perm,
				       (uint8_t)(e.perm >> 8), (uint8_t)e.id,	      (uint8_t)(e.id >> 8),
				       (uint8_t)(e.id >> 16),  (uint8_t)(e.id >> 24) };
	memcpy(at, bytes, ENTRY);
}

static bool is_named(struct entry e)
{
	return e.tag == USER || e.tag == GROUP;
}

static bool has_form(const uint8_t *acl, size_t len)
{
	struct reader r = reader_of(acl, len);
	return reader_u32(&r) == VERSION && !r.failed && (len - HEAD) % ENTRY == 0;
}

static int entry_order(const void *left, const void *right)
{
	struct entry a = entry_get(left), b = entry_get(right);
	if (a.tag != b.tag)
		return a.tag < b.tag ? -1 : 1;
	return (a.id > b.id) - (a.id < b.id);
}

/* How often each tag occurs decides whether the entries make an ACL: the kernel's rules. */
struct census {
	size_t owner, owning_group, other, mask, named;
};

static bool count_entry(struct census *c, struct entry e)
{
	switch ((enum tag)e.tag) {
	case OWNER:
		c->owner++;
		break;
	case OWNING_GROUP:
		c->owning_group++;
		break;
	case OTHER:
		c->other++;
		break;
	case MASK:
		c->mask++;
		break;
	case USER:
	case GROUP:
		c->named++;
		break;
	default:
		return false;
	}
	return e.perm <= 7 && (!is_named(e) || e.id != (uint32_t)NO_ID);
}

static bool is_acl(const struct census *c)
{
	return c->owner == 1 && c->owning_group == 1 && c->other == 1 && c->mask <= 1 &&
	       (c->mask || !c->named);
}

/* Sorts, and makes one entry of those with the same tag and id. Returns the new length. */
static size_t sort_and_merge(uint8_t *acl, size_t len)
{
	qsort(acl + HEAD, (len - HEAD) / ENTRY, ENTRY, entry_order);
	uint8_t *last = acl + HEAD;
	for (const uint8_t *at = last + ENTRY; at < acl + len; at += ENTRY) {
		struct entry e = entry_get(at);
		if (entry_order(last, at))
			last += ENTRY;
		else
			e.perm &= entry_get(last).perm;
		entry_put(last, e);
	}
	return (size_t)(last + ENTRY - acl);
}

ssize_t posix_acl_normalise(uint8_t *acl, size_t len, bool access, struct ids *ids)
{
	if (!has_form(acl, len))
		return -EPROTO;
	if (len == HEAD)
		return 0;
	struct census census = { 0 };
	for (uint8_t *at = acl + HEAD; at < acl + len; at += ENTRY) {
		struct entry e = entry_get(at);
		if (!count_entry(&census, e))
			return -EPROTO;
		if (!is_named(e))
			e.id = (uint32_t)NO_ID;
		else if (ids)
			e.id = ids_map(ids, e.tag == USER ? ID_USER : ID_GROUP, e.id);
		if (access && (e.tag == OWNER || e.tag == OTHER || e.tag == MASK))
			e.perm = 0;
		entry_put(at, e);
	}
	if (!is_acl(&census))
		return -EPROTO;
	if (access && !census.mask)
		return 0;
	return (ssize_t)sort_and_merge(acl, len);
}

void posix_acl_take_mode(uint8_t *acl, size_t len, mode_t mode)
{
	for (uint8_t *at = acl + HEAD; at < acl + len; at += ENTRY) {
		struct entry e = entry_get(at);
		if (e.tag == OWNER)
			e.perm = mode >> 6 & 7;
		else if (e.tag == MASK)
			e.perm = mode >> 3 & 7;
		else if (e.tag == OTHER)
			e.perm = mode & 7;
		entry_put(at, e);
	}
}

void posix_acl_each_id(const uint8_t *acl, size_t len,
		       void (*visit)(void *arg, enum id_kind kind, uint32_t id), void *arg)
{
	if (!has_form(acl, len))
		return;
	for (const uint8_t *at = acl + HEAD; at < acl + len; at += ENTRY) {
		struct entry e = entry_get(at);
		if (is_named(e))
			visit(arg, e.tag == USER ? ID_USER : ID_GROUP, e.id);
	}
}
