/* sequences.h - sequences: what they are, and where they stand. No snapshot holds a sequence still: what is read is never
 * less than what the rows of the snapshot have used. */
#pragma once
#include "dbdump/pg/session.h"

/* Adds them to the catalog's objects, and keeps their values in the session for sequences_script. */
int sequences_read(struct session *s, struct catalog *out, struct err *err);
int sequences_script(struct session *s, struct script *out);
