#include <stdlib.h>
#include <string.h>

#include "dbdump/my/session.h"

/* What is asked while all connections are at work: under the lock, on one of its own. */
static struct conn *aside(struct session *s)
{
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
	if (r.res && rows_next(&r) && r.at[1])
		running = (unsigned)strtoul(r.at[1], NULL, 10);
	return running > own ? running - own : 0;
}

void my_stop_link(struct session *s, struct link *l)
{
	pthread_mutex_lock(&s->aside_lock);
	struct conn *c = aside(s);
	if (c)
		conn_kill(c, "QUERY", l->id);
	pthread_mutex_unlock(&s->aside_lock);
}

void my_cancel(struct session *s)
{
	atomic_store(&s->cancelled, true);
	for (unsigned i = 0; i < s->job.connections; i++)
		my_stop_link(s, &s->links[i]);
	pthread_mutex_lock(&s->aside_lock);
	struct conn *c = aside(s);
	if (c)
		conn_kill(c, "QUERY", s->control_id);
	pthread_mutex_unlock(&s->aside_lock);
}
