#include <errmsg.h>
#include <stdlib.h>
#include <string.h>

#include "dbdump/my/session.h"

/* What is asked while all connections are at work: under the lock, on one of its own. */
static struct conn *aside(struct session *s)
{
	/* a server that is silent must not hold up who wants to end the run */
	s->aside.brief = true;
	if (!s->aside.db && conn_open(&s->aside, s->job.uri, false, NULL))
		return NULL;
	return &s->aside;
}

unsigned my_load(struct session *s)
{
	AUTO(rows_fini) struct rows r = { 0 };
	unsigned running = 0, own = atomic_load(&s->busy) + 1; /* and this question */
	pthread_mutex_lock(&s->aside_lock);
	struct conn *c = aside(s);
	if (c && conn_select(c, &r, NULL, "SHOW GLOBAL STATUS LIKE 'Threads_running'"))
		conn_close(c);
	pthread_mutex_unlock(&s->aside_lock);
	if (rows_next(&r))
		running = (unsigned)strtoul(r.at[1], NULL, 10);
	return running > own ? running - own : 0;
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
