/* pool.h - threads that carry out tasks, while the one who gave them out does something else.
 *
 *	struct job { struct task task; ... };
 *	pool_submit(pool, &job->task);	a thread will call job->task.run(&job->task, worker)
 *	...
 *	pool_wait(pool, &job->task);	what run did is there, and job is ours again
 *
 * Between the two the task and all that it points to belong to the thread that carries it out. Tasks begin in the order in
 * which they were submitted. pool_wait does not stand idle while tasks are queued: it carries them out itself, so a pool
 * of one has no thread of its own and does the same things in the order of the waits.
 * One thread owns the pool and calls these functions. Signals are never delivered to the others. */
#pragma once
#include <stdbool.h>

#include "xfer/base/err.h"

enum { POOL_MAX = 64 };

struct pool;

struct task {
	void (*run)(struct task *t, unsigned worker); /* worker: 0 the owner, else 1 to pool_size - 1 */
	/* The pool's own. */
	enum { TASK_IDLE, TASK_QUEUED, TASK_RUNNING, TASK_DONE } state;
	struct task *next;
};

/* A pool of size threads (1 to POOL_MAX), the caller's among them; of fewer where the system allows no more. -ENOMEM. */
int pool_new(struct pool **out, unsigned size, struct err *err);
/* Every task was waited for. NULL is fine. */
void pool_free(struct pool *p);
unsigned pool_size(const struct pool *p);

void pool_submit(struct pool *p, struct task *t);
/* Is it done, so that pool_wait would return at once? */
bool pool_is_done(struct pool *p, const struct task *t);
void pool_wait(struct pool *p, struct task *t);
