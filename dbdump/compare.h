/* compare.h - two catalogs by the definitions of what is in them. */
#pragma once
#include "dbdump/catalog.h"
#include "dbdump/report.h"
#include "dbdump/watch.h"

/* Into r: how many there are of each kind, and each object that is missing in b, extra there, or differs. What is otherwise for
 * want of a role in b is told to w instead. Both are sorted. 0 or -ENOMEM. */
int compare_objects(struct report *r, const struct catalog *a, const struct catalog *b, struct watch *w);
