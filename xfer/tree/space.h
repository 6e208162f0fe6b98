/* space.h - will what is coming fit? Counts what the wanted files will take on the destination's file system, ahead of the
 * writing, and says when a shortage is certain. A value with one owner; asks the file system now and then. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "xfer/base/err.h"

struct space {
	bool on;
	int fd; /* of the destination's root; borrowed */
	uint64_t block;
	uint64_t need_bytes, need_inodes; /* still to be written */
	uint64_t gain_bytes, gain_inodes; /* that replaced files will give back */
	unsigned until_check;
	bool may_gain_more; /* deletions that are not counted are still to come */
};

/* off also for file systems that compress or share what is written, where the sum says nothing. */
void space_init(struct space *s, int fd, bool on);
/* A file of bytes will be written; old_bytes and an inode are given back when replaces. */
void space_expect(struct space *s, uint64_t bytes, uint64_t old_bytes, bool replaces);
/* It has its name. One that is on disk already and only waits for its name has arrived, replacing nothing (0, false), and
 * frees what it replaces when it gets the name. */
void space_arrived(struct space *s, uint64_t bytes, uint64_t old_bytes, bool replaces);
void space_freed(struct space *s, uint64_t old_bytes, bool replaces);
/* -ENOSPC with the figures when it is certain that the rest cannot fit; else 0. Cheap: looks every so many calls, or at once when
 * now is true. */
int space_check(struct space *s, bool now, struct err *err);
