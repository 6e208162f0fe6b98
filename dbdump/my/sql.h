/* sql.h - text of statements: names and strings quoted so that no content of theirs is ever taken for SQL. Pure.
 *
 * For sessions whose character set is utf8mb4 and whose sql_mode has neither ANSI_QUOTES nor NO_BACKSLASH_ESCAPES: all of ours. */
#pragma once
#include <stdarg.h>

#include "xfer/base/buf.h"

enum { SQL_LIMIT = 1 << 30 };

/* An expression: the name in x as it is called on disk, and as InnoDB knows tables and partitions. What is no letter or digit has
 * another form there. */
#define SQL_AS_FILE(x) "CONVERT(CAST(CONVERT(" x " USING filename) AS BINARY) USING utf8)"

/* Appends, with these conversions alone: %s a text as it stands, %i a name in backticks, %q a string in quotes, %u an unsigned,
 * %U an uint64_t, %d an int64_t, %% itself. */
void sql_add(struct buf *b, const char *fmt, ...);
void sql_vadd(struct buf *b, const char *fmt, va_list ap);
/* The same for a string that may hold any byte. */
void sql_string(struct buf *b, const void *p, size_t n);
/* What was built, terminated; NULL: no memory. Valid until b changes. */
const char *sql_text(struct buf *b);
/* The same as a copy that the caller frees; b is empty afterwards. */
char *sql_take(struct buf *b);
