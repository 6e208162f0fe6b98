/* spill_map.h - records by number, in bounded memory: a log of them and an index with a place for each number, both in
 * spills. Made for numbers that are given in order, of which some have a record: eight bytes a number. One owner. */
#pragma once
#include "xfer/base/spill.h"

struct spill_map;

enum { SPILL_MAP_RECORD = 0xffff };

/* As spill_new; memory twice. */
struct spill_map *spill_map_new(const char *dir, size_t memory);
void spill_map_free(struct spill_map *m);
/* Gives a number its record, of 1 to SPILL_MAP_RECORD bytes; a former one is forgotten. 0 or -errno. */
int spill_map_put(struct spill_map *m, uint64_t number, const void *record, size_t len, struct err *err);
/* Returns the length, which must not be above cap; 0: it has none; -errno. */
int spill_map_get(struct spill_map *m, uint64_t number, void *to, size_t cap, struct err *err);
