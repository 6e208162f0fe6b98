/* mend.h - connections that are made anew in the place of lost ones. */
#pragma once
#include "dbdump/pg/session.h"

/* Gives connection number at of a target its lock: by it whoever takes its place finds it at the server, ends it, and knows when its
 * transaction is over. */
int mend_guard(struct session *s, unsigned at, struct err *err);
int session_mend(struct session *s, unsigned conn, struct err *err);
