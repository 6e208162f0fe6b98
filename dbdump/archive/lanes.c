#include "dbdump/archive/lanes.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "dbdump/archive/writer.h"
#include "xfer/base/cond.h"

struct lanes {
	pthread_mutex_t lock;
	struct cond given;
	struct payload *all, **free;
	unsigned count, left;
};

int lanes_new(struct lanes **out, unsigned count)
{
	struct lanes *l = calloc(1, sizeof *l);
	if (!l)
		return -ENOMEM;
	pthread_mutex_init(&l->lock, NULL);
	l->all = calloc(count, sizeof *l->all);
	l->free = calloc(count, sizeof *l->free);
	int rc = l->all && l->free ? 0 : -ENOMEM;
	for (; rc == 0 && l->count < count; l->count++) {
		rc = payload_init(&l->all[l->count]);
		l->free[l->left++] = &l->all[l->count];
	}
	if (rc < 0)
		lanes_free(l);
	else
		*out = l;
	return rc;
}

void lanes_free(struct lanes *l)
{
	if (!l)
		return;
	for (unsigned i = 0; i < l->count; i++)
		payload_fini(&l->all[i]);
	pthread_mutex_destroy(&l->lock);
	free(l->all);
	free(l->free);
	free(l);
}

struct payload *lanes_take(struct lanes *l)
{
	pthread_mutex_lock(&l->lock);
	while (!l->left)
		cond_wait(&l->given, &l->lock);
	struct payload *p = l->free[--l->left];
	pthread_mutex_unlock(&l->lock);
	return p;
}

void lanes_give(struct lanes *l, struct payload *p)
{
	pthread_mutex_lock(&l->lock);
	l->free[l->left++] = p;
	cond_wake_one(&l->given);
	pthread_mutex_unlock(&l->lock);
}
