/* dir.h - directories of one tree as descriptors: opened when needed, closed when too many are open, found again
 * component by component below their root, never through a symlink.
 *
 * This is the confinement of both sides: every operation names one component relative to dir_fd(). A path is
 * never given to the kernel, so its length does not matter. When a directory is opened again it must be the one
 * that it was (device and inode), else -ESTALE: what its owner swapped in the meantime is not followed.
 * A struct dirs is the pool with its limit; it must outlive its directories. References count; one thread. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "xfer/base/buf.h"
#include "xfer/base/err.h"

struct dirs;
struct dir;

/* Lets max_open of its directories be open at once; 0: a share of what RLIMIT_NOFILE allows. */
struct dirs *dirs_new(unsigned max_open);
void dirs_free(struct dirs *pool);
unsigned dirs_max_open(const struct dirs *pool);

/* A root: takes the open descriptor (never closed before the last reference goes). path is for people only. */
struct dir *dir_root(struct dirs *pool, int fd, const char *path);
/* A root that was opened by path, and may be closed and opened by it again like any other directory: of these there may be
 * more than can be open. */
struct dir *dir_root_named(struct dirs *pool, int fd, const char *path);
/* The directory called name in parent; not opened yet. Takes a reference to the parent. NULL: no memory. */
struct dir *dir_child(struct dir *parent, const char *name, size_t len);
struct dir *dir_ref(struct dir *d);
void dir_unref(struct dir *d);

/* Its descriptor, valid until the next call of dir_fd for another directory of the pool unless pinned; or -errno.
 * Opened for reading where that is allowed, else with O_PATH. */
int dir_fd(struct dir *d);
/* While pinned its descriptor stays. At most half of dirs_max_open may be pinned. */
int dir_pin(struct dir *d);
void dir_unpin(struct dir *d);

/* It was renamed on disk, within its parent. -ENOMEM leaves it as it was. */
int dir_renamed(struct dir *d, const char *name, size_t len);
const char *dir_name(const struct dir *d);
struct dir *dir_parent(const struct dir *d);
/* Device and inode; valid after dir_fd succeeded once. */
dev_t dir_dev(const struct dir *d);
ino_t dir_ino(const struct dir *d);
bool dir_is_known(const struct dir *d); /* it did */
/* What was known of it by another struct dir: if it is not this one when it is opened, that is -ESTALE. */
void dir_expect(struct dir *d, dev_t dev, ino_t ino);

/* The path for people: the root's and the names below it. */
void dir_path(const struct dir *d, struct buf *out);
