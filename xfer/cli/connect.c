#include "xfer/cli/connect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/buf.h"
#include "xfer/cli/bootstrap.h"
#include "xfer/cli/serve.h"
#include "xfer/front/remote.h"

static int serve_body(void *arg, int fd)
{
	(void)arg;
	return serve_session(fd, fd);
}

int connect_timeout(const struct options *o)
{
	return o->contimeout < 0 ? o->timeout : o->contimeout;
}

int connect_local(struct chan **out, struct err *err)
{
	return chan_open_fork(out, serve_body, NULL, err);
}

static int add(struct strings *words, const char *word)
{
	return strings_add(words, word, strlen(word));
}

/* bootstrap: what the remote shell runs instead of an xfer that is there; or NULL. */
static int all_words(struct strings *words, const struct endpoint *to, const struct options *o,
		     const char *bootstrap, struct err *err)
{
	const char *tail[] = { o->xfer_path ? o->xfer_path : "xfer", "serve", "--stdio" };
	int r = remote_words(words, o->rsh, &(struct remote){ to->host, to->user }, err);
	if (r < 0)
		return r;
	if (bootstrap)
		r = add(words, bootstrap);
	for (size_t i = 0; r == 0 && !bootstrap && i < sizeof tail / sizeof *tail; i++)
		r = add(words, tail[i]);
	return r < 0 ? err_set(err, r, "%s", to->host) : 0;
}

static void freep(char **p)
{
	free(*p);
}

int connect_remote(struct chan **out, const struct endpoint *to, const struct options *o,
		   const volatile int *quit, struct err *err)
{
	AUTO(program_fini) struct program program = { 0 };
	AUTO(strings_fini) struct strings words = { 0 };
	AUTO(freep) char *command = NULL;
	int r = o->bootstrap ? program_load(&program, o->bootstrap_file, err) : 0;
	if (r < 0)
		return r;
	if (o->bootstrap && !(command = bootstrap_command(&program)))
		return err_set(err, -ENOMEM, "--bootstrap");
	r = all_words(&words, to, o, command, err);
	if (r == 0)
		r = remote_run(out, &words, err);
	if (r < 0 || !command)
		return r;
	struct bootstrap_wait w = { .host = to->host, .timeout = connect_timeout(o), .quit = quit };
	r = bootstrap_send(&program, *out, &w, err);
	if (r < 0)
		chan_close(*out);
	return r;
}
