/* taken.h - did the server take the rows as they are? */
#pragma once
#include "dbdump/my/conn.h"

/* After a LOAD DATA LOCAL or INSERT IGNORE: these make warnings of what would be errors, a row that was left out, a value
 * that was changed. -EIO names the first. The only ones that may be are those for the number 0 of an enum, which
 * LAST_INSERT_ID() has counted (columns.h), since taken_begin; it is 0 again afterwards. */
int taken_begin(struct conn *c, struct err *err);
int taken_check(struct conn *c, struct err *err);
