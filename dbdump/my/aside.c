#include <errmsg.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/session.h"
#include "dbdump/my/sql.h"

/* What is asked while all connections are at work: under the lock, on one of its own. */
static struct conn *aside(struct session *s)
{
	/* a server that is silent must not hold up who wants to end the run */
	s->aside.brief = true;
	if (!s->aside.db && conn_open(&s->aside, s->job.uri, false, NULL))
		return NULL;
	return &s->aside;
}

/* The statements that the server runs for others; negative: it does not say. All in one statement: between two of them one of ours
 * may begin or end. The server's own count has those of other accounts too, which take PROCESS to be listed; but it is taken a
 * little earlier than the list that ours are found in, so what the list shows of others counts where it is more. */
static long count_running(struct session *s, struct conn *c)
{
	AUTO(rows_fini) struct rows r = { 0 };
	AUTO(buf_fini) struct buf ids = { .limit = SQL_LIMIT };
	sql_add(&ids, "CONNECTION_ID(), %U, %U", (uint64_t)s->control_id, (uint64_t)s->locker);
	for (unsigned i = 0; i < s->job.connections; i++)
		sql_add(&ids, ", %U", (uint64_t)s->links[i].id);
	const char *list = sql_text(&ids);
	/* one of ours that waits at the gate runs nothing, and is in neither count */
	if (!list ||
	    conn_select(c, &r, NULL,
			"SELECT VARIABLE_VALUE, COALESCE(SUM(COMMAND <> 'Sleep' AND ID IN (%s)), 0),"
			" COALESCE(SUM(COMMAND IN ('Query', 'Execute') AND ID NOT IN (%s)), 0)"
			" FROM information_schema.GLOBAL_STATUS, information_schema.PROCESSLIST"
			" WHERE VARIABLE_NAME = 'THREADS_RUNNING' GROUP BY VARIABLE_VALUE",
			list, list) ||
	    !rows_next(&r))
		return -1;
	long by_server = strtol(r.at[0], NULL, 10) - strtol(r.at[1], NULL, 10);
	long by_list = strtol(r.at[2], NULL, 10);
	return by_server > by_list ? by_server : by_list;
}

unsigned my_load(struct session *s)
{
	long others = 0;
	pthread_mutex_lock(&s->aside_lock);
	struct conn *c = aside(s);
	if (c) {
		others = count_running(s, c);
		if (others < 0 && conn_errno(c))
			conn_close(c);
	}
	pthread_mutex_unlock(&s->aside_lock);
	return others > 0 ? (unsigned)others : 0;
}

/* False: nobody answers. The lock is held. */
static bool stop_one(struct session *s, unsigned long id)
{
	struct conn *c = aside(s);
	if (!c)
		return false;
	conn_kill(c, "QUERY", id);
	unsigned failed = conn_errno(c);
	if (failed != CR_SERVER_LOST && failed != CR_SERVER_GONE_ERROR)
		return true;
	conn_close(c);
	return false;
}

void my_stop_link(struct session *s, struct link *l)
{
	pthread_mutex_lock(&s->aside_lock);
	stop_one(s, l->id);
	pthread_mutex_unlock(&s->aside_lock);
}

void my_cancel(struct session *s)
{
	atomic_store(&s->cancelled, true);
	pthread_mutex_lock(&s->aside_lock);
	bool answers = stop_one(s, s->control_id);
	for (unsigned i = 0; i < s->job.connections && answers; i++)
		answers = stop_one(s, s->links[i].id);
	if (s->locker && answers)
		stop_one(s, s->locker);
	pthread_mutex_unlock(&s->aside_lock);
}
