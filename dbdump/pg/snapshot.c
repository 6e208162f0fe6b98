#include "dbdump/pg/snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/pg/text.h"

#define BEGIN_READING "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

static int join(struct conn *c, const char *id, struct err *err)
{
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_add(&sql, BEGIN_READING "; SET TRANSACTION SNAPSHOT ");
	text_value(&sql, id);
	return pg_run(c, "snapshot", text_of(&sql), err);
}

/* So that it can be had when those that exported it before are gone. */
static int share(struct session *s, unsigned conn, struct conn *c, struct err *err)
{
	free(s->shares[conn]);
	s->shares[conn] = NULL;
	return pg_value(&s->shares[conn], c, "snapshot", "SELECT pg_catalog.pg_export_snapshot()", err);
}

int snapshot_rejoin(struct session *s, unsigned conn, struct conn *c, struct err *err)
{
	struct err why = { 0 };
	for (unsigned i = 0; s->snapshot && i <= s->job.connections; i++) {
		if (!s->shares[i])
			continue;
		int r = join(c, s->shares[i], &why);
		if (!r)
			return share(s, conn, c, err);
		PQclear(conn_exec(c, "ROLLBACK", false));
		if (r == -ECONNRESET || r == -EINTR) {
			if (err)
				*err = why;
			return r;
		}
	}
	return err_say(err, -ESTALE, "%s: no connection is left that sees the source's moment", c->where);
}

/* The exported moment is known to all that were committed before; the position is read first, so that whoever follows from
 * there misses nothing. */
static int position(struct session *s, struct snapshot *out, struct err *err)
{
	char *standby = NULL, *lsn = NULL;
	int r = pg_value(&standby, &s->watch, "snapshot", "SELECT pg_catalog.pg_is_in_recovery()", err);
	s->standby = !r && *standby == 't';
	if (!r)
		r = pg_value(&lsn, &s->watch, "snapshot",
			     s->standby ? "SELECT pg_catalog.pg_last_wal_replay_lsn()"
					: "SELECT pg_catalog.pg_current_wal_lsn()",
			     err);
	if (!r)
		snprintf(out->position, sizeof out->position, "lsn %s", lsn);
	free(standby);
	free(lsn);
	return r;
}

int snapshot_take(struct session *s, struct snapshot *out, struct err *err)
{
	*out = (struct snapshot){ .connections = s->job.connections };
	snprintf(out->how, sizeof out->how, "exported snapshot");
	int r = position(s, out, err);
	if (!r)
		r = pg_run(&s->control, "snapshot", BEGIN_READING, err);
	if (!r)
		r = share(s, s->job.connections, &s->control, err);
	for (unsigned i = 0; !r && i < s->job.connections; i++) {
		r = join(&s->conns[i], s->shares[s->job.connections], err);
		if (!r)
			r = share(s, i, &s->conns[i], err);
	}
	free(s->snapshot);
	s->snapshot = r ? NULL : strdup(s->shares[s->job.connections]);
	return r || s->snapshot ? r : err_set(err, -ENOMEM, "%s", s->control.where);
}

int snapshot_enter(struct session *s, struct conn *c, struct err *err)
{
	return pg_run(c, "begin", s->snapshot ? "SAVEPOINT dbdump" : BEGIN_READING, err);
}

int snapshot_leave(struct session *s, struct conn *c, struct err *err)
{
	/* what was asked to stop must not keep this from being sent */
	struct conn plain = *c;
	plain.stop = NULL;
	return pg_run(&plain, "end",
		      s->snapshot ? "ROLLBACK TO SAVEPOINT dbdump; RELEASE SAVEPOINT dbdump" : "ROLLBACK",
		      err);
}
