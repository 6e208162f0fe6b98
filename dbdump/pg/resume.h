/* resume.h - engine.h's part of a load that goes on with what another one has left. */
#pragma once
#include "dbdump/pg/session.h"

/* The database has this mark, of the session's frozen source, whose guard is s->guard by now: s->resumed, and nobody works there any
 * more; or -ENOTEMPTY. */
int resume_check(struct session *s, const char *text, struct err *err);
int resume_noted(struct session *s, uint64_t **numbers, size_t *count, struct err *err);
int resume_note(struct session *s, uint64_t number, struct err *err);
/* A failure that says that what was to be made is there, in a session that goes on. */
bool resume_forgives(const struct session *s, const struct err *err);
