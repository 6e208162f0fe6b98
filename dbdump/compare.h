/* compare.h - two catalogs by the definitions of what is in them. */
#pragma once
#include "dbdump/catalog.h"
#include "dbdump/report.h"

/* Into r: how many there are of each kind, and each object that is missing in b, extra there, or differs. Both are sorted.
 * 0 or -ENOMEM. */
int compare_objects(struct report *r, const struct catalog *a, const struct catalog *b);
