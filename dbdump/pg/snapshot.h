/* snapshot.h - all connections of a source see one moment: the control connection's, exported. */
#pragma once
#include "dbdump/pg/session.h"

int snapshot_take(struct session *s, struct snapshot *out, struct err *err);

/* On a connection that was made anew, number conn; with watch_lock held. -ESTALE: none that saw the snapshot is left. */
int snapshot_rejoin(struct session *s, unsigned conn, struct conn *c, struct err *err);

/* Everything between the two leaves no lock behind, whether it worked or not; the snapshot, if there is one, stays. */
int snapshot_enter(struct session *s, struct conn *c, struct err *err);
int snapshot_leave(struct session *s, struct conn *c, struct err *err);
