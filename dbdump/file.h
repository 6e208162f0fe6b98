/* file.h - where an archive, or what a rehearsal measured, is written: standard output, or a file that has its name only when it is whole.
 *
 * The file is made beside its place, under a hidden name that is always the same for it, locked, for its owner alone (0600): it may hold
 * customers' data. What a run that was killed has left is taken over by the next. One owner; writes are locked out by him. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "xfer/base/err.h"

struct file;

/* name: a path, or "-". replace: one that is there already may be replaced, in the end; else -ENOTEMPTY. -EPIPE: cannot be made. */
int file_open(struct file **out, const char *name, bool replace, struct err *err);
/* Without file_commit nothing of it stays. Accepts NULL. */
void file_close(struct file *f);
void file_closep(struct file **f); /* for AUTO() */

/* Room for len bytes, where the file system can set it aside. -ENOSPC: there is none. */
int file_reserve(struct file *f, size_t len, struct err *err);
/* All of it, in order. -ENOSPC; -EPIPE: any other reason for which it cannot be written. */
int file_write(struct file *f, const void *data, size_t len, struct err *err);
/* To disk, and under its name. */
int file_commit(struct file *f, struct err *err);
