#include "dbdump/workers.h"

#include <errno.h>
#include <stdlib.h>

#include "dbdump/pair.h"
#include "xfer/base/fd.h"

int workers_run(const struct workers_job *job, struct err *err)
{
	struct todo *todo;
	int rc = todo_new(&todo, job, err);
	if (rc < 0)
		return rc;
	AUTO(fd_free_buffer) struct pair **pairs = calloc(job->writers, sizeof(struct pair *));
	if (!pairs) {
		todo_free(todo);
		return err_set(err, -ENOMEM, "threads");
	}
	for (unsigned i = 0; i < job->writers && rc == 0; i++)
		rc = pair_start(&pairs[i], job, todo, i, err);
	if (rc < 0) /* those that did start end soon */
		watch_stop(job->watch, err);
	for (unsigned i = 0; i < job->writers; i++)
		pair_join(pairs[i]);
	todo_free(todo);
	return watch_stopped(job->watch, err);
}
