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

enum {
	MARK_TEXT = 512,
	MARK_TABLES =
		1, /* the number that is noted when all is there that comes before rows; parts have larger ones */
	MARK_LINKS = 64, /* connections that load, at most */
};

/* Where the rows are from. */
struct mark_origin {
	const char *shown; /* without a password */
	const char *
		frozen; /* a name of what never changes, and so can be gone on with (--resume); NULL: of a moment that passes */
	uint64_t
		guard; /* by this number the engine knows whether somebody still loads (engine's mend.c); 0: it does not */
};

/* Of a copy that begins now. */
void mark_text(char out[static MARK_TEXT], const struct options *o, const struct mark_origin *from);
/* Is it that of a copy of the same frozen source, with the same options? Then *guard is its. */
bool mark_goes_on(const char *text, const struct options *o, const char *frozen, uint64_t *guard);
/* A copy with these options replaces all that the one with this mark made; replaces: it replaces the whole database. */
bool mark_is_replaced(const char *text, const struct options *o, bool replaces);
/* -ENOTEMPTY, and why, and what can be done. where: the database. */
int mark_refuse(struct err *err, const char *where, const char *text, const struct options *o);
/* The same for a copy that would go on with this one, and cannot because of that. */
int mark_refuse_resume(struct err *err, const char *where, const char *why);
