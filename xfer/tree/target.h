/* target.h - the destination that the user named: which directory it is, or what it will be. */
#pragma once
#include "xfer/base/err.h"
#include "xfer/tree/dir.h"
#include "xfer/tree/options.h"

struct target {
	struct dir *root; /* NULL: not there, in a dry run */
	bool created;	  /* the root is new */
	char *rename;	  /* the name that a single file gets; else NULL */
};

/* single: the source is one thing that is not a directory, of this name; else NULL. As rsync: a destination that is not there
 * is made (with its parents only by --mkpath), and for a single file it is the file's new name. */
int target_open(struct target *out, struct dirs *pool, const char *path, const char *single,
		const struct options *o, struct err *err);
void target_close(struct target *t);

/* Device and inode of d and of all directories above it. Calls visit for each until it returns true; that is the result. */
bool target_climb(struct dir *d, bool (*visit)(void *ctx, uint64_t dev, uint64_t ino), void *ctx);
