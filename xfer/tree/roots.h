/* roots.h - from the user's arguments (and --files-from) to the tree of picks that walk.h lists.
 *
 *   src/        the content of src, and src's own metadata, stand in the destination
 *   dir/src     src stands in the destination
 *   with -R     all components of the argument do, up from a "/./" in it where there is one
 *   files_from  names below the one argument, as with -R
 * Owns the open directories. One thread. */
#pragma once
#include "xfer/tree/tell.h"
#include "xfer/tree/walk.h"

struct roots {
	struct pick pick;
	char *single; /* the only argument is this one name and not a directory; else NULL */
	size_t found; /* arguments that exist */
};

/* Opens what args name. What is missing is told as a failure and marked, so that nothing is deleted for it. 0 also when
 * nothing was found; -errno when it cannot go on. */
int roots_open(struct roots *out, struct dirs *pool, const struct options *o, const struct strings *args,
	       const struct tell *tell, struct err *err);
void roots_close(struct roots *r);

/* Does the argument stand for what is in the directory, not for the directory? The second for the part that --relative keeps. */
bool roots_means_content(const char *arg);
bool roots_relative_is_content(const char *path);
