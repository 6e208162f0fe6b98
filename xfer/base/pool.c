#include "xfer/base/pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "xfer/base/cond.h"

struct worker {
	struct pool *pool;
	pthread_t thread;
	unsigned number;
};

struct pool {
	pthread_mutex_t lock; /* of all below, and of the tasks' states */
	struct cond queued, done;
	struct task *first, *last;
	bool ends;
	unsigned size; /* constant; worker[0] is the owner and has no thread here */
	struct worker worker[POOL_MAX];
};

/* Carries out the first of the queue; the lock is held before and after. */
static void run_first(struct pool *p, unsigned worker)
{
	struct task *t = p->first;
	p->first = t->next;
	t->state = TASK_RUNNING;
	pthread_mutex_unlock(&p->lock);
	t->run(t, worker);
	pthread_mutex_lock(&p->lock);
	t->state = TASK_DONE;
	if (worker)
		cond_wake_one(&p->done); /* only the owner waits for it */
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	pthread_mutex_lock(&p->lock);
	while (p->first || !p->ends) {
		if (p->first)
			run_first(p, w->number);
		else
			cond_wait(&p->queued, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Starts what can be started. Who waits on the link must get the signals. */
static void start(struct pool *p, unsigned size)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (p->size = 1; p->size < size; p->size++) {
		struct worker *w = &p->worker[p->size];
		*w = (struct worker){ .pool = p, .number = p->size };
		if (pthread_create(&w->thread, NULL, work, w) != 0)
			break;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int pool_new(struct pool **out, unsigned size, struct err *err)
{
	CHECK(size >= 1 && size <= POOL_MAX);
	struct pool *p = calloc(1, sizeof *p);
	if (!p)
		return err_set(err, -ENOMEM, "threads");
	pthread_mutex_init(&p->lock, NULL);
	start(p, size);
	*out = p;
	return 0;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	CHECK(!p->first);
	p->ends = true;
	cond_wake_all(&p->queued);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 1; i < p->size; i++)
		pthread_join(p->worker[i].thread, NULL);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

unsigned pool_size(const struct pool *p)
{
	return p->size;
}

void pool_submit(struct pool *p, struct task *t)
{
	pthread_mutex_lock(&p->lock);
	CHECK(t->state == TASK_IDLE);
	t->state = TASK_QUEUED;
	t->next = NULL;
	*(p->first ? &p->last->next : &p->first) = t;
	p->last = t;
	cond_wake_one(&p->queued);
	pthread_mutex_unlock(&p->lock);
}

bool pool_is_done(struct pool *p, const struct task *t)
{
	pthread_mutex_lock(&p->lock);
	bool done = t->state == TASK_DONE;
	pthread_mutex_unlock(&p->lock);
	return done;
}

void pool_wait(struct pool *p, struct task *t)
{
	pthread_mutex_lock(&p->lock);
	CHECK(t->state != TASK_IDLE);
	while (t->state != TASK_DONE) {
		if (p->first)
			run_first(p, 0);
		else
			cond_wait(&p->done, &p->lock);
	}
	t->state = TASK_IDLE;
	pthread_mutex_unlock(&p->lock);
}
