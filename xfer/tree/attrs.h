/* attrs.h - the extended attributes and POSIX ACLs of one object, as one packed string of bytes.
 *
 *   blob = *( name value )	each a varint length and the bytes, names strictly ascending (bytewise)
 *
 * No attributes: no bytes. ACLs are the attributes system.posix_acl_access and system.posix_acl_default in the
 * kernel's form (acl.h), with the source's ids; the destination maps them. What is carried:
 *
 *   acls    the two ACLs
 *   xattrs  user.*; for root also trusted.* and security.* without security.selinux and security.evm,
 *           which belong to a machine's policy and key
 *
 * A blob may hold more than is preserved here (root sent it, a user receives it): the rest is passed over.
 *
 * An object is (dirfd, name), reached through /proc/self/fd so that a symlink is never followed and nothing
 * outside of the directory is touched whatever its owner does meanwhile; or a descriptor of its own, O_PATH
 * too, with name NULL. Use the latter where the object may be swapped between two calls.
 *
 * ORDER at the destination: data, chown, attrs_apply, chmod, times.
 *   - after chown and after the data, because both drop security.capability;
 *   - before chmod, because while the mode is still the temporary's 0600 no entry of an ACL, old, inherited or
 *     new, grants anything, and because a user may not set user.* on a file that he may not write.
 * attrs_apply never changes the mode: of an access ACL the entries that *are* the mode (owner, other, mask)
 * are taken from the object as it is, and not compared. So --chmod works, chmod is right wherever it comes
 * and need not be repeated, and a removed ACL leaves the mode alone.
 * Without root, user.* of a file that its owner may not write (0444) fails with -EACCES: chmod u+w before.
 *
 * No state; any thread. */
#pragma once
#include "xfer/base/buf.h"
#include "xfer/base/err.h"
#include "xfer/tree/ids.h"

enum {
	ATTRS_NAME_MAX = 255,
	ATTRS_VALUE_MAX = 64 << 10, /* as ATTRS_NAME_MAX, Linux's own */
	ATTRS_MAX = 256 << 10,	    /* a blob */
};

/* Appends the object's blob to out; on failure out is as it was. A file system without attributes has none.
 * -E2BIG beyond ATTRS_MAX, -ESTALE when they keep changing. */
int attrs_read(struct buf *out, int dirfd, const char *name, bool acls, bool xattrs, struct err *err);

/* Makes the object's attributes those of the blob: sets what differs, removes what it does not have, within what
 * is preserved. 1: something was changed; 0: all was equal; -EPROTO: not a blob, or an attribute that must never
 * travel (nothing was changed then). ids NULL: ACLs are not mapped. */
int attrs_apply(int dirfd, const char *name, const uint8_t *blob, size_t len, struct ids *ids, bool acls,
		bool xattrs, struct err *err);

/* 1: attrs_apply would have nothing to do; 0: it would. */
int attrs_equal(int dirfd, const char *name, const uint8_t *blob, size_t len, struct ids *ids, bool acls,
		bool xattrs, struct err *err);

/* Calls visit for every id in the ACLs of a blob of our own making: the names that the source must announce. */
void attrs_each_id(const uint8_t *blob, size_t len, void (*visit)(void *arg, enum id_kind kind, uint32_t id),
		   void *arg);
