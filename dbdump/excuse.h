/* excuse.h - differences that have a reason at the destination (B): a role that it does not have. They are warned of, in one text
 * for each role, and are no differences. */
#pragma once
#include "dbdump/catalog.h"
#include "dbdump/watch.h"
#include "xfer/base/buf.h"

struct excused {
	const char *role; /* A's catalog's */
	struct buf names; /* of the first objects */
	uint64_t count;
};

/* All zeros is none. */
struct excuses {
	struct excused *at;
	size_t count;
};

void excuses_fini(struct excuses *e);
/* The role whose absence at B is why a and b differ, of which one may be NULL; NULL: there is no such reason. */
const char *excuse_of(const struct object *a, const struct object *b, const struct catalog *at_a,
		      const struct catalog *at_b);
/* 0 or -ENOMEM. */
int excuse_add(struct excuses *e, const char *role, const struct object *any);
void excuses_tell(struct excuses *e, struct watch *w);
