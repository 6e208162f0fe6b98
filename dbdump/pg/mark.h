/* mark.h - the mark of a copy that is not finished (dbdump/mark.h), here a schema, and in it a table of the parts that are in.
 *
 * That table is unlogged: after a crash, be it of one of the server's processes, it is empty, and so tells that what was
 * committed without waiting for the disk (session.c), or into other unlogged tables, may be gone. */
#pragma once
#include "dbdump/pg/session.h"

/* At a target's database that is there: -ENOTEMPTY when one is there that this copy does not replace. */
int pg_mark_check(struct session *s, struct err *err);
/* Is one there that this session has made? */
int pg_mark_is_own(struct session *s, bool *own, struct err *err);
/* At other ends: warns of one that is there. */
int pg_mark_warn(struct session *s, struct err *err);
/* Where the role may not, there is none, and the user is told. */
int pg_mark_make(struct session *s, struct err *err);
/* Adds what notes the part in the transaction that loads it, "" when no mark is kept. */
void pg_mark_part(struct buf *sql, const struct session *s, const struct feed *part);
/* On c: -ESTALE when the server crashed since. */
int pg_mark_check_kept(struct session *s, struct conn *c, struct err *err);
int pg_mark_settle(struct session *s, unsigned conn, const struct table *t, const struct feed *part, bool *in,
		   struct err *err);
int pg_mark_finish(struct session *s, struct err *err);
