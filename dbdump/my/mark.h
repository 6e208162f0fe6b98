/* mark.h - the mark of a copy that is not finished (dbdump/mark.h), here a table in each database, and in it the numbers of the parts
 * that are in. */
#pragma once
#include "dbdump/my/session.h"

/* The table has these. */
bool my_mark_is_table(const char *name);
/* "": there is none. */
int my_mark_read(struct session *s, const char *database, char text[static MARK_TEXT], struct err *err);
/* At a target: -ENOTEMPTY when one is there that this copy does not replace. */
int my_mark_check(struct session *s, const char *database, struct err *err);
/* At other ends: warns of those that are there. */
int my_mark_warn(struct session *s, struct err *err);
/* In a database that is there. Where the account may not, there is none, and the user is told. */
int my_mark_make(struct session *s, const char *database, struct err *err);
/* Is one there that this session has made? */
int my_mark_is_own(struct session *s, const char *database, bool *own, struct err *err);
int my_mark_drop(struct session *s, const char *database, struct err *err);
/* Within the transaction that loads the part. */
int my_mark_part(struct session *s, struct conn *c, const struct table *t, uint64_t part, struct err *err);
/* Behind the transaction that did not load it: a transaction's rows went with it, those of some engines stay, and go now. */
int my_mark_clear(struct conn *c, const struct table *t, const char *where, struct err *err);
/* Are the parts there of which the server said so? -ESTALE: they are not. On link number at. */
int my_mark_check_kept(struct session *s, unsigned at, struct err *err);
/* The server has said that this part is in. */
void my_mark_note(struct session *s, unsigned at, const struct table *t, uint64_t part);
