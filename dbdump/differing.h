/* differing.h - the rows that were found to differ: counted by kind, some of them named.
 *
 * Of each only a hash of its key is kept, and the names that come first. One thread at a time. */
#pragma once
#include "dbdump/report.h"
#include "dbdump/rowset.h"

struct differing;

/* NULL: no memory. */
struct differing *differing_new(void);
/* Accepts NULL. */
void differing_free(struct differing *d);

/* Those of the rows whose surplus is not 0. 0 or -ENOMEM. */
int differing_add(struct differing *d, const struct row *rows, size_t count);

/* Into the report. keyed: names are keys, so one that is missing and extra is changed. 0 or -ENOMEM. */
int differing_tell(struct differing *d, bool keyed, struct narrowed *to);
