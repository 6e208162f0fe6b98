/* write.h - what happens at a target: its database, statements, rows. */
#pragma once
#include "dbdump/pg/session.h"

int write_prepare(struct session *s, struct err *err);
int write_undo(struct session *s, struct err *err);
int write_execute(struct session *s, unsigned conn, const struct statement *st, struct err *err);
int write_rows(struct session *s, unsigned conn, const struct table *t, struct feed *feed, uint64_t *rows,
	       struct err *err);
/* Of what is of this kind a role may be missing at a target: it is left out then. */
bool write_is_about_roles(const char *kind);
