/* meta.h - the metadata of one object: what it should be, how it differs from what is there, and making it so.
 *
 * Everything is applied to an open descriptor (O_PATH for what cannot or must not be opened), never to a name, so that
 * what is changed is what was looked at. Order: chown, attributes, chmod, times (attrs.h says why). One thread. */
#pragma once
#include <stdbool.h>
#include <sys/stat.h>

#include "xfer/base/err.h"
#include "xfer/tree/chmod_spec.h"
#include "xfer/tree/entry.h"
#include "xfer/tree/ids.h"
#include "xfer/tree/options.h"

/* Wanted values, in this machine's terms. attrs is borrowed. */
struct meta {
	mode_t mode; /* with the type */
	uid_t uid;
	gid_t gid;
	struct timespec mtime;
	const uint8_t *attrs;
	size_t attrs_len;
	bool attrs_done; /* set already: leave them */
};

enum meta_diff {
	DIFF_CONTENT = 1, /* by checksum, or a link's target, or a device's number */
	DIFF_SIZE = 2,
	DIFF_TIME = 4,
	DIFF_PERMS = 8,
	DIFF_OWNER = 16,
	DIFF_GROUP = 32,
	DIFF_ACL = 64,
	DIFF_XATTR = 128,
};

/* What all objects of a run have in common. */
struct meta_rules {
	const struct options *o;
	struct ids *ids;
	const struct chmod_spec *chmod; /* NULL: none */
	mode_t umask;			/* the user's; the process's own is 0 meanwhile */
	uid_t uid;			/* what we create belongs to */
	gid_t gid;
	bool may_chown; /* root */
	gid_t *groups;	/* that we are in */
	size_t group_count;
};

int meta_rules_init(struct meta_rules *r, const struct options *o, struct ids *ids,
		    const struct chmod_spec *chmod);
void meta_rules_fini(struct meta_rules *r);

/* What the entry should be here. old: what is there already, NULL when nothing is; what the options do not keep
 * stays as it is there, or as a new file would be. */
void meta_wanted(struct meta *out, const struct meta_rules *r, const struct entry *e, const struct stat *old);

/* How the object differs from what is wanted: bits of meta_diff except content and size. Attributes are read through
 * (dirfd, name). -errno when they cannot be. */
int meta_compare(const struct meta_rules *r, const struct meta *want, const struct stat *now, int dirfd,
		 const char *name);

/* Makes the object what is wanted. now: what fstat says of fd. Times last; times false: they are left (a directory that will
 * still be written to). 0 or -errno, err says which step failed. */
int meta_apply(const struct meta_rules *r, const struct meta *want, int fd, const struct stat *now,
	       bool is_o_path, bool times, struct err *err);

/* Are times kept for this type? */
bool meta_keeps_times(const struct options *o, mode_t mode);

/* Do both stand for the same time, within --modify-window? */
bool meta_same_time(const struct options *o, const struct timespec *a, const struct timespec *b);
