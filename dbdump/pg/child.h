/* child.h - a program that is run to hear what it says. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "xfer/base/buf.h"

struct child {
	char *const *argv, *const *environment;
	int secret;		 /* what it finds at descriptor 3; -1: nothing */
	const atomic_bool *stop; /* set: it is ended */
	pthread_mutex_t
		*lock; /* guards *pid, so that another thread may end it too; NULL: nobody else does */
	pid_t *pid;    /* its number while it runs, else 0 */
	struct buf *out, said; /* standard output; standard error, of which the beginning is kept */
};

/* Runs it to its end. Its exit status (128 and more: ended by a signal), or -errno when it could not be run or heard. */
int child_run(struct child *c);
