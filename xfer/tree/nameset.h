/* nameset.h - which names of one directory were seen, by their 128-bit hashes and nothing of the names themselves. Its
 * memory is bounded, whatever the directory: the rest is spilled (base/spill.h). One owner. */
#pragma once
#include <stddef.h>

#include "xfer/base/err.h"

struct nameset;

/* As spill_new. */
struct nameset *nameset_new(const char *dir, size_t memory);
void nameset_free(struct nameset *s);
/* Forgets all. */
void nameset_clear(struct nameset *s);
size_t nameset_count(const struct nameset *s);
/* 1: added; 0: it was there; -errno. */
int nameset_add(struct nameset *s, const char *name, size_t len, struct err *err);
/* 1: it is there; 0: it is not; -errno. */
int nameset_has(struct nameset *s, const char *name, size_t len, struct err *err);
