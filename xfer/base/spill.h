/* spill.h - bytes by offset that need not fit into memory: a fixed number of pages stays there, the others go to a file
 * without a name.
 *
 * What was never written, or was cut off, is zeros. As long as no more than `memory` bytes in a row are in use there is no
 * file; it is made when it is first needed, and nobody can be left with it, because it has no name from the start. What is
 * used in order (a stack, a log) costs a system call a page; what is used at random one or two a miss. One owner. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "xfer/base/err.h"

struct spill;

/* memory: bytes, rounded up to a power of two of pages. dir: where the file goes, borrowed (xfer's state folder: tree/state_dir.h); NULL: $TMPDIR, else
 * /var/tmp.
 * NULL: no memory. */
struct spill *spill_new(const char *dir, size_t memory);
void spill_free(struct spill *s);

/* 0; -ENOMEM; -EIO for whatever is wrong with the file, err says what and names its folder. err is not NULL. */
int spill_read(struct spill *s, uint64_t at, void *to, size_t n, struct err *err);
int spill_write(struct spill *s, uint64_t at, const void *from, size_t n, struct err *err);

/* The end of what was written. */
uint64_t spill_end(const struct spill *s);
/* Forgets what is at end and behind it. */
void spill_cut(struct spill *s, uint64_t end);
