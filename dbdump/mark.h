/* mark.h - what a copy leaves in each database that it fills until it is whole, so that what a killed run left is never taken
 * for a copy.
 *
 * Its engine makes a table or schema of this name, with the text as its comment, and notes in it each part of a table, in
 * the transaction that loads the part: after a lost connection that tells whether the part is in. With --data-only too,
 * though the schema is the user's own then: tables that lack rows look no less whole. It is no part of the database: not
 * copied, not compared, gone when the copy ends. Pure. */
#pragma once
#include "dbdump/options.h"
#include "xfer/base/err.h"

/* No customer's: who gives something this name means it. */
#define MARK_NAME "dbdump_copy_not_finished"

enum { MARK_TEXT = 512 };

/* Of a copy that begins now. origin: where from, without a password. */
void mark_text(char out[static MARK_TEXT], const struct options *o, const char *origin);
/* A copy with these options replaces all that the one with this mark made; replaces: it replaces the whole database. */
bool mark_is_replaced(const char *text, const struct options *o, bool replaces);
/* -ENOTEMPTY, and why. where: the database. */
int mark_refuse(struct err *err, const char *where, const char *text);
