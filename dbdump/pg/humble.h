/* humble.h - rows of tables that run somebody's functions as rows come in (in a CHECK, a generated column, a domain, a partition's
 * bound), loaded with the rights of the table's owner and not with ours, where ours are a superuser's.
 *
 * SET ROLE and SET SESSION AUTHORIZATION are no barrier: what runs in the session takes them back. So such rows go in over
 * connections of a role of our own that may log in, is no superuser, and is a member of the owners whose tables it loads; it goes
 * when the run ends (one that was killed leaves it, with a password that nobody knows and an end to its validity). Where that role is not
 * let in (pg_hba.conf) the copy of such a table fails, and says what to do.
 *
 * What else runs an owner's functions runs as him by PostgreSQL's own doing: indexes, ANALYZE, materialised views. Not covered: what
 * belongs to a superuser runs as one, also because its owner is no role of the destination (--users makes them); --data-only, where
 * triggers are to be kept still, which is a superuser's right; and a server that lies about who owns what: whoever copies from a
 * server that is not trusted connects to the destination as a role that is no superuser, and everything runs as that. */
#pragma once
#include "dbdump/pg/session.h"

/* The connection over which the table's rows go in: number conn itself, or the humble one beside it. */
int humble_conn(struct conn **out, struct session *s, unsigned conn, const struct table *t, struct err *err);
/* The role goes. */
void humble_end(struct session *s);
void humble_close(struct session *s);
