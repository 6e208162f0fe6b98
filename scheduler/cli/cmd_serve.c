#include <errno.h>
#include <stdlib.h>

#include "scheduler/cli/cmd.h"
#include "scheduler/run/serve.h"
#include "xfer/base/exit.h"

/* Workers are started somewhere else: a path that depends on where we are is none to them. */
static int run(struct session *s, bool work)
{
	char *config = realpath(session_config(s), NULL);
	struct serve v = { .site = &s->site, .config = config ? config : session_config(s), .log = 2 };
	int status = work ? serve_work(&v, s->operands->at[0], s->operands->at[1], &s->err)
			  : serve_run(&v, &s->err);
	free(config);
	if (work && (status == -EAGAIN || status == -ECANCELED)) { /* somebody else is at it, or will be */
		s->status = EXIT_INTERRUPTED;
		return 0;
	}
	return status;
}

int cmd_serve(struct session *s)
{
	return run(s, false);
}

int cmd_work(struct session *s)
{
	return run(s, true);
}
