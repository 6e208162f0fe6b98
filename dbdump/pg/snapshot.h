/* snapshot.h - all connections of a source see one moment: the control connection's, exported. */
#pragma once
#include "dbdump/pg/session.h"

int snapshot_take(struct session *s, struct snapshot *out, struct err *err);

/* Everything between the two leaves no lock behind, whether it worked or not; the snapshot, if there is one, stays. */
int snapshot_enter(struct session *s, struct conn *c, struct err *err);
int snapshot_leave(struct session *s, struct conn *c, struct err *err);
