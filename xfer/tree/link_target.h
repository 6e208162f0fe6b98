/* link_target.h - where a symbolic link leads, judged by its text alone. Pure. */
#pragma once
#include <stdbool.h>

/* True when target, read in the directory of the item at path (relative to the transfer's root), stays below that
 * root: not absolute, not empty, never climbing out, and no ".." behind a name, which might be a link itself. */
bool link_is_safe(const char *target, const char *path);
