/* pg_dump.h - the server's own tool as a child: what it writes of a schema, in the session's snapshot.
 *
 * It is run without a shell. No password is in its arguments or environment: it finds it in a file without a name, which only
 * it and we have open. */
#pragma once
#include "dbdump/pg/session.h"

struct pg_dump {
	char *path;
	int major;
};

/* The one that the user names, or the first that is not older than the server. -EPROTONOSUPPORT names what is needed. */
int pg_dump_find(struct pg_dump *out, struct session *s, struct err *err);
void pg_dump_fini(struct pg_dump *d);
/* Appends what it writes of all but rows, without the tables of exclude ("schema"."name", quoted). */
int pg_dump_schema(struct session *s, const struct pg_dump *d, const struct strings *exclude, struct buf *out,
		   struct err *err);
