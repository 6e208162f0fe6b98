#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dbdump/my/mark.h"
#include "dbdump/my/session.h"
#include "xfer/base/clock.h"

enum {
	LOST_S =
		10, /* so long what a lost connection had begun may take to end, each time that it is waited for */
	SLACK_S = 3, /* of two answers of a server that went on */
};

/* Each link of a target has a lock of a name of its own, so that its successor finds it at the server, ends it, and knows when its
 * transaction is over. */
static int take_guard(struct session *s, unsigned at, unsigned seconds, bool *taken, struct err *err)
{
	char one[8];
	int status = conn_value(&s->links[at].conn, one, sizeof one, err,
				"SELECT GET_LOCK('dbdump-%U-%u', %u)", s->guard, at, seconds);
	*taken = !status && !strcmp(one, "1");
	return status;
}

/* Those of the copy that this one goes on with: when all of them are to be had, nothing of it is at work any more. The session's own
 * connection takes those of links that there may have been more of. */
static int adopt_guard(struct session *s, struct err *err)
{
	char one[8];
	bool taken = true;
	int status = 0;
	for (unsigned i = 0; !status && taken && i < s->job.connections; i++)
		status = take_guard(s, i, LOST_S, &taken, err);
	for (unsigned i = s->job.connections; !status && taken && i < MARK_LINKS; i++) {
		status = conn_value(&s->control, one, sizeof one, err, "SELECT GET_LOCK('dbdump-%U-%u', %u)",
				    s->guard, i, (unsigned)LOST_S);
		taken = !strcmp(one, "1");
	}
	if (!status && !taken)
		status = mark_refuse_resume(err, s->job.uri->shown, "something of it is still at work there");
	return status;
}

int session_guard(struct session *s, struct err *err)
{
	s->guarded = s->resumed || getrandom(&s->guard, sizeof s->guard, 0) == sizeof s->guard;
	int status = s->resumed ? adopt_guard(s, err) : 0;
	for (unsigned i = 0; !status && s->guarded && !s->resumed && i < s->job.connections; i++)
		status = take_guard(s, i, 0, &s->guarded, err);
	return status ? status : session_restarted(s, &s->control, &(bool){ false }, err);
}

/* The server says for how many seconds it has been there. */
int session_restarted(struct session *s, struct conn *c, bool *restarted, struct err *err)
{
	AUTO(rows_fini) struct rows r = { 0 };
	int status = conn_select(c, &r, err, "SHOW GLOBAL STATUS LIKE 'Uptime'");
	if (status || !rows_next(&r))
		return status;
	int64_t since = (int64_t)(clock_now() / CLOCK_SECOND) - (int64_t)strtoll(r.at[1], NULL, 10);
	*restarted = s->since_known && since > s->since + SLACK_S;
	if (!s->since_known)
		s->since = since;
	s->since_known = true;
	return 0;
}

static int end_lost(struct session *s, unsigned at, struct err *err)
{
	struct conn *c = &s->links[at].conn;
	char id[32];
	bool taken = false;
	int status = conn_value(c, id, sizeof id, err, "SELECT IS_USED_LOCK('dbdump-%U-%u')", s->guard, at);
	if (!status && id[0])
		conn_kill(c, "CONNECTION", strtoul(id, NULL, 10));
	if (!status)
		status = take_guard(s, at, LOST_S, &taken, err);
	if (!status && !taken)
		status = err_say(err, -ETIMEDOUT, "%s: what a lost connection had begun has not ended yet",
				 s->job.uri->shown);
	return status;
}

static int reopen(struct session *s, struct conn *c, unsigned long *id, struct err *err)
{
	conn_close(c);
	int status = conn_open(c, s->job.uri, s->job.role == ROLE_TARGET && c != &s->control, err);
	if (status)
		return status;
	pthread_mutex_lock(&s->aside_lock);
	*id = mysql_thread_id(c->db);
	pthread_mutex_unlock(&s->aside_lock);
	return 0;
}

static int mend_link(struct session *s, unsigned at, struct err *err)
{
	struct link *l = &s->links[at];
	if (s->job.role != ROLE_TARGET)
		return err_say(err, -ESTALE,
			       "%s: a connection is lost, and with it what it saw of the source's moment",
			       s->job.uri->shown);
	if (!s->guarded)
		return err_say(
			err, -ESTALE,
			"%s: a connection is lost, and for want of GET_LOCK() nobody knows when what it "
			"had begun ends",
			s->job.uri->shown);
	int status = reopen(s, &l->conn, &l->id, err);
	if (status)
		return status;
	l->renewed = true;
	if (s->logs_rows)
		session_log_rows(&l->conn);
	status = end_lost(s, at, err);
	if (!status)
		status = my_mark_check_kept(s, at, err);
	if (status)
		conn_close(&l->conn);
	return status;
}

int my_mend(struct session *s, unsigned conn, struct err *err)
{
	bool own = conn == s->job.connections;
	struct conn *c = own ? &s->control : &s->links[conn].conn;
	if (atomic_load(&s->cancelled))
		return session_status(s, -EINTR, err);
	if (c->db && !mysql_ping(c->db))
		return 0;
	int status = own ? reopen(s, c, &s->control_id, err) : mend_link(s, conn, err);
	return session_status(s, status, err);
}
