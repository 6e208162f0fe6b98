/* rewrite.h - a statement that makes an object, as it is to be at the destination: databases under their new names,
 * definers as asked for, nothing else touched; never within strings and comments. Pure. */
#pragma once
#include "dbdump/my/code.h"
#include "dbdump/options.h"
#include "xfer/base/buf.h"

/* What must be known besides the text. */
struct rewrite {
	const struct options *options;
	bool rename;	      /* put the new names in */
	bool definer;	      /* put the wanted definer in, or leave it out where it will be "current" */
	const char *sql_mode; /* that the text was written under; may be NULL */
};

/* The text, changed, appended to out. True: it also names a database that gets a new name without backticks, where that might as
 * well be a table or a variable; there it was left as it is. */
bool rewrite(struct buf *out, const char *text, const struct rewrite *how);
/* The text of CREATE EVENT with DISABLE for ENABLE; *was_enabled. */
void rewrite_event(struct buf *out, const char *text, const char *sql_mode, bool *was_enabled);
