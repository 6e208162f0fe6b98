/* dir_names.h - all names in a directory, as a list in a spill: whatever their number, memory is bounded. */
#pragma once
#include <limits.h>

#include "xfer/base/spill_list.h"
#include "xfer/tree/dir.h"

/* Fills *out, on top of s, with the names in d but for "." and "..", each with its NUL: it is read whole, so that the listing
 * does not shift under a caller who changes the directory. 0; 1: d cannot be listed (to its end), err says why; -errno. */
int dir_names(struct spill_list *out, struct spill *s, struct dir *d, struct err *err);

/* As spill_list_take. */
int dir_names_take(struct spill_list *l, struct spill *s, char name[static NAME_MAX + 1], struct err *err);
