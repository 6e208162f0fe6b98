/* spill_list.h - lists of records in a spill that is used as a stack: a list is filled while it is on top, taken from its
 * front, and dropped when it is on top again. So a walk of a tree keeps what it has still to visit. A value; borrows the
 * spill in each call. */
#pragma once
#include <stdbool.h>

#include "xfer/base/spill.h"

struct spill_list {
	uint64_t first, next, end; /* next: of what is to be taken */
};

enum { SPILL_RECORD = 0xffff };

/* An empty list on top of s. */
struct spill_list spill_list_on(const struct spill *s);
/* Appends 1 to SPILL_RECORD bytes. The list must be on top. 0 or -errno. */
int spill_list_put(struct spill_list *l, struct spill *s, const void *record, size_t len, struct err *err);
/* The first record that was not taken. Returns its length, which must not be above cap; 0: there is none; -errno. */
int spill_list_take(struct spill_list *l, struct spill *s, void *to, size_t cap, struct err *err);
/* Nothing is left to be taken. */
static inline bool spill_list_empty(const struct spill_list *l)
{
	return l->next == l->end;
}
/* Forgets the list, and with it all above. */
void spill_list_drop(struct spill_list *l, struct spill *s);
