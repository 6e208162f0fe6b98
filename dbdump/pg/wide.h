/* wide.h - which tables have rows of a MiB and more. */
#pragma once
#include "dbdump/pg/session.h"

/* Sets large_rows of those in which such a row is found. What is stored beside a table says how much it is, and not how long
 * the values are: they are compressed, and eight rows of 24 MiB can be 3 MiB. The row itself tells, without the value being
 * fetched. Of a table of over 256 MiB a sample of so much is looked at, or of less where there are many, so that it is a GiB of all:
 * what that misses is noticed when it is read. A table that cannot be looked at now (locked, dropped, not ours) is left as it is. */
int wide_read(struct session *s, struct catalog *out, struct err *err);
