/* target.h - the destination that the user named: which directory it is, or what it will be. */
#pragma once
#include "xfer/base/err.h"
#include "xfer/tree/dir.h"
#include "xfer/tree/options.h"

struct target {
	struct dir *root;  /* NULL: not there (yet) */
	struct dir *above; /* then the nearest directory above it that is */
	char *to_make;	   /* target_make will make it; NULL: it is there, or it is a dry run */
	bool created;	   /* the root was made by target_make */
	char *rename;	   /* the name that a single file gets; else NULL */
};

/* single: the source is one thing that is not a directory, of this name; else NULL. As rsync: a destination that is not there
 * will be made by target_make (with its parents only by --mkpath), and for a single file it is the file's new name. */
int target_open(struct target *out, struct dirs *pool, const char *path, const char *single,
		const struct options *o, struct err *err);
/* Makes the root if it was not there. Before that nothing was changed. -EEXIST: it is there by now. */
int target_make(struct target *t, struct dirs *pool, const struct options *o, struct err *err);
void target_close(struct target *t);

/* Device and inode of d and of all directories above it. Calls visit for each until it returns true; that is the result. */
bool target_climb(struct dir *d, bool (*visit)(void *ctx, uint64_t dev, uint64_t ino), void *ctx);
