/* posix_acl.h - a POSIX ACL in the kernel's extended-attribute form, which is also what travels.
 *
 *	u32 version (2), then 8 bytes an entry: u16 tag, u16 permissions (0-7), u32 id; little-endian
 *
 * To be compared, two ACLs are brought into one form: entries sorted by tag and id, unused ids all ones, and in
 * an access ACL the entries that are the mode's bits (owner, other, mask) emptied: those are chmod's.
 * Works in place on the caller's bytes. Pure but for the ids that it maps through. */
#pragma once
#include "xfer/tree/ids.h"

#include <sys/types.h>

/* Maps the ids (ids NULL: keeps them), normalises, and returns the new length, never more than len. 0: the ACL
 * says nothing beyond a mode, so that there is none. -EPROTO: not an ACL. Two ids that become one get what
 * both were allowed: mapping must not grant anything. */
ssize_t posix_acl_normalise(uint8_t *acl, size_t len, bool access, struct ids *ids);

/* Fills the entries of a normalised access ACL that are the mode's, so that setting it leaves the mode alone. */
void posix_acl_take_mode(uint8_t *acl, size_t len, mode_t mode);

/* Calls visit for the named users and groups; what is not an ACL has none. */
void posix_acl_each_id(const uint8_t *acl, size_t len,
		       void (*visit)(void *arg, enum id_kind kind, uint32_t id), void *arg);
