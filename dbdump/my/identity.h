/* identity.h - is a table still the one that the catalog described?
 *
 * Between two parts of a table nothing of ours stands in the way of its DDL. An engine with transactions notices a table made anew
 * since the snapshot, but neither one that got another's name (RENAME TABLE a TO old, new TO a) nor one that was altered
 * without being made anew (ALGORITHM=INSTANT). What tells is when the table's definition was last written or renamed,
 * which information_schema says to whoever may read the table: CREATE_TIME, in seconds. */
#pragma once
#include "dbdump/my/session.h"

/* Two times at which a table's definition was written. One that is not known is no difference: InnoDB has none, for some moments, of
 * a table with an index on a virtual column, while it clears up behind deleted rows of it. */
bool identity_differs(const char *then, const char *now);

/* Within l's transaction: takes the lock on the definition, so that it stays what it is, and compares it with the catalog's.
 * -EIO: it is another one. */
int identity_check(struct session *s, struct link *l, const struct table *t, struct err *err);

/* EXCHANGE PARTITION puts the rows of one table under the name of another, and leaves both definitions as they were: what tells is which
 * of InnoDB's tables each is, or its partitions are. Notes that, when a table of the catalog has partitions. Only with PROCESS: nothing
 * that may be seen without that privilege changes then. */
void identity_note_files(struct session *s, struct catalog *c);
/* Names of the session's tables at this moment, in s->before. */
int identity_note(struct session *s, struct err *err);
/* Are all that identity_note saw in c? Of one that was dropped since nothing would be copied, and nothing said. */
int identity_complete(struct session *s, const struct catalog *c, struct err *err);
