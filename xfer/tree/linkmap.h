/* linkmap.h - a map from two numbers (a file's device and inode, the halves of a hash) to one: which came first.
 * 24 bytes an entry in a spill (base/spill.h): its memory is bounded, its count is not. One owner. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "xfer/base/err.h"

struct linkmap;

/* As spill_new: memory in bytes; twice as much for the time when it grows. */
struct linkmap *linkmap_new(const char *dir, size_t memory);
void linkmap_free(struct linkmap *m);
/* *value (not 0) becomes the number that stands for the pair: it stays if the pair is new, and is remembered then, else
 * it is that of the first call. 0 or -errno. */
int linkmap_first(struct linkmap *m, uint64_t a, uint64_t b, uint64_t *value, struct err *err);
/* The same without remembering: *value is 0 for a pair that is not there. */
int linkmap_find(struct linkmap *m, uint64_t a, uint64_t b, uint64_t *value, struct err *err);
/* Pairs that are remembered. */
size_t linkmap_count(const struct linkmap *m);
/* Forgets all. */
void linkmap_clear(struct linkmap *m);
