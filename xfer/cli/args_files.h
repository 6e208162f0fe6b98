/* args_files.h - the names of --files-from. Any thread. */
#pragma once
#include <stdbool.h>

#include "xfer/base/err.h"
#include "xfer/tree/options.h"

/* Appends the names in file ("-" is standard input), each ended by NUL when from0, else by newline or carriage
 * return, blank lines and those that start with ; or # left out. Each is normalised to stand below the source:
 * no leading or double slash, no "." or ".."; one that ends in a slash asks for the directory's content too, and
 * the source itself is "./". One that would climb out is -EINVAL and named. A file that cannot be read: -errno. */
int args_files_read(struct strings *out, const char *file, bool from0, struct err *err);

/* Normalises one such name in place (at least 3 bytes of room). -EINVAL: it climbs out, or has a "/./" in it,
 * where rsync begins the relative path: we do not have that, and must not do something else. */
int args_files_clean(char *path);
