/* linkmap.h - a map from a file (device, inode) to a number: which entry was a file's first name.
 * 24 bytes an entry with several names. One owner. */
#pragma once
#include <stdint.h>
#include <sys/types.h>

struct linkmap;

struct linkmap *linkmap_new(void);
void linkmap_free(struct linkmap *m);
/* The number that stands for the file: value if it is new (then it is remembered), else that of the first call. Value is
 * not 0. Returns 0 when there is no memory. */
uint64_t linkmap_first(struct linkmap *m, dev_t dev, ino_t ino, uint64_t value);
