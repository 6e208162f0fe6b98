/* new_file.h - a new file of the destination on its way to disk: created, written, completed.
 *
 * What happens to one file and concerns nothing else of the run; committing it is its caller's. A directory is given
 * as a descriptor that stays open meanwhile, the name is one component. No state; any thread, if ids_learn is not
 * called for the rules' ids at the same time. */
#pragma once
#include <stdint.h>

#include "xfer/tree/meta.h"

/* Creates a regular file; what has the name is removed, never written to. Nobody but us can read it before its owner
 * and mode are right. Returns its descriptor, or -errno. */
int new_file_create(const struct meta_rules *rules, const struct meta *meta, int dir, const char *name,
		    struct err *err);

/* Writes len bytes at the offset; of a sparse file only the blocks that hold anything but zeros. 0 or -errno. */
int new_file_write(int fd, const uint8_t *data, size_t len, uint64_t at, bool sparse);

/* After writing a piece of a large file with --nice: the disk begins with it, and what was written some time before leaves
 * the page cache. */
void new_file_trail(int fd, uint64_t at, uint64_t len);

/* Metadata, after setting the size to *size unless that is NULL; closes fd in any case. 0 or -errno. */
int new_file_complete(const struct meta_rules *rules, const struct meta *meta, int fd, const uint64_t *size,
		      struct err *err);
