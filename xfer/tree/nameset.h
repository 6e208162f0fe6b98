/* nameset.h - which names of one directory were seen, by their 128-bit hashes: 16 bytes a name and nothing of the
 * names themselves, so that a directory of a million entries costs 32 MiB..
 * One owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nameset;

struct nameset *nameset_new(void);
void nameset_free(struct nameset *s);
/* Forgets all; keeps a modest table. */
void nameset_clear(struct nameset *s);
size_t nameset_count(const struct nameset *s);
/* 1: added; 0: it was there; -ENOMEM. */
int nameset_add(struct nameset *s, const char *name, size_t len);
bool nameset_has(const struct nameset *s, const char *name, size_t len);
