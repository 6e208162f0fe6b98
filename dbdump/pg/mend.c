#include "dbdump/pg/mend.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "dbdump/pg/mark.h"
#include "dbdump/pg/snapshot.h"
#include "dbdump/pg/text.h"

enum {
	LOST_S = 10
}; /* so long what a lost connection had begun may take to end, each time that it is waited for */

static int64_t guard_of(const struct session *s, unsigned at)
{
	return (int64_t)(s->guard + at);
}

int mend_guard(struct session *s, unsigned at, struct err *err)
{
	AUTO(buf_fini) struct buf sql;
	if (!s->guard && getrandom(&s->guard, sizeof s->guard, 0) != sizeof s->guard)
		return err_set(err, -errno, "a random number");
	text_init(&sql);
	text_format(&sql,
		    "SET lock_timeout = '%us'; SELECT pg_catalog.pg_advisory_lock(%" PRId64
		    "); SET lock_timeout = 0",
		    LOST_S, guard_of(s, at));
	return pg_run(&s->conns[at], "wait for what a lost connection had begun", text_of(&sql), err);
}

/* The one whose place at's takes. */
static int end_lost(struct session *s, unsigned at, struct err *err)
{
	AUTO(buf_fini) struct buf sql;
	text_init(&sql);
	text_format(
		&sql,
		"SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_locks WHERE locktype = 'advisory'"
		" AND objsubid = 1 AND granted AND classid::bigint << 32 | objid::bigint = %" PRId64
		" AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())",
		guard_of(s, at));
	int r = pg_run(&s->conns[at], "end a lost connection", text_of(&sql), err);
	return r ? r : mend_guard(s, at, err);
}

static bool stands(struct conn *c)
{
	PGTransactionStatusType in = c->pg ? PQtransactionStatus(c->pg) : PQTRANS_UNKNOWN;
	return (in == PQTRANS_IDLE || in == PQTRANS_INTRANS) &&
	       !pg_run(c, "see if it stands", "SELECT", NULL);
}

static int mend_target(struct session *s, unsigned conn, struct conn *c, struct err *err)
{
	int r = session_reopen(s, c, err);
	if (!r && conn < s->job.connections)
		r = end_lost(s, conn, err);
	return r ? r : pg_mark_check_kept(s, c, err);
}

/* The one that sees what is true now belongs to all readers. */
static int mend_source(struct session *s, unsigned conn, struct conn *c, struct err *err)
{
	int r = 0;
	pthread_mutex_lock(&s->watch_lock);
	if (!stands(&s->watch))
		r = session_reopen(s, &s->watch, err);
	if (!r && !stands(c)) {
		r = session_reopen(s, c, err);
		r = r ? r : snapshot_rejoin(s, conn, c, err);
		if (r)
			session_drop(s, c);
	}
	pthread_mutex_unlock(&s->watch_lock);
	return r;
}

int session_mend(struct session *s, unsigned conn, struct err *err)
{
	struct conn *c = conn < s->job.connections ? &s->conns[conn] : &s->control;
	if (atomic_load(&s->stop))
		return err_say(err, -EINTR, "%s: ended as asked", s->job.uri->shown);
	if (s->job.role != ROLE_TARGET)
		return mend_source(s, conn, c, err);
	if (stands(c))
		return 0;
	int r = mend_target(s, conn, c, err);
	if (r)
		session_drop(s, c);
	return r;
}
