#include "xfer/cli/connect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/buf.h"
#include "xfer/cli/bootstrap.h"
#include "xfer/cli/cipher.h"
#include "xfer/cli/serve.h"
#include "xfer/base/strings.h"

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

int connect_split(struct strings *out, const char *command, struct err *err)
{
	struct buf word;
	buf_init(&word, 1 << 20);
	char quote = 0;
	bool any = false;
	int r = 0;
	for (const char *p = command;; p++) {
		if (!*p || (!quote && strchr(" \t\n", *p))) {
			if (any)
				r = strings_add(out, (const char *)word.data, word.len);
			buf_clear(&word);
			any = false;
			if (!*p || r < 0)
				break;
		} else if (quote ? *p == quote : *p == '\'' || *p == '"') {
			quote = quote ? 0 : *p;
			any = true;
			buf_bytes(&word, "", 0);
		} else {
			if (*p == '\\' && quote != '\'' && p[1])
				p++;
			any = true;
			buf_bytes(&word, p, 1);
		}
	}
	if (r == 0 && (quote || word.failed))
		r = err_say(err, -EINVAL, "%s: a quote is not closed", command);
	buf_fini(&word);
	return r;
}

static int add(struct strings *words, const char *word)
{
	return strings_add(words, word, strlen(word));
}

/* bootstrap: what the remote shell runs instead of an xfer that is there; or NULL. */
static int remote_words(struct strings *words, const struct endpoint *to, const struct options *o,
			const char *bootstrap, struct err *err)
{
	const char *tail[] = { o->xfer_path ? o->xfer_path : "xfer", "serve", "--stdio" };
	int r = connect_split(words, o->rsh ? o->rsh : "ssh", err);
	if (r == 0 && !words->count)
		r = err_say(err, -EINVAL, "-e: an empty command");
	if (r == 0)
		r = cipher_prefer(words, to, err);
	if (r < 0)
		return r;
	if (to->user && (add(words, "-l") < 0 || add(words, to->user) < 0))
		r = -ENOMEM;
	if (r == 0)
		r = add(words, to->host);
	if (r == 0 && bootstrap)
		r = add(words, bootstrap);
	for (size_t i = 0; r == 0 && !bootstrap && i < sizeof tail / sizeof *tail; i++)
		r = add(words, tail[i]);
	return r < 0 ? err_set(err, r, "%s", to->host) : 0;
}

static int run_words(struct chan **out, const struct strings *words, struct err *err)
{
	char **argv = calloc(words->count + 1, sizeof *argv);
	if (!argv)
		return err_set(err, -ENOMEM, "%s", words->at[0]);
	memcpy(argv, words->at, words->count * sizeof *argv);
	int r = chan_open_command(out, argv, err);
	free(argv);
	return r;
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
	r = remote_words(&words, to, o, command, err);
	if (r == 0)
		r = run_words(out, &words, err);
	if (r < 0 || !command)
		return r;
	struct bootstrap_wait w = { .host = to->host, .timeout = connect_timeout(o), .quit = quit };
	r = bootstrap_send(&program, *out, &w, err);
	if (r < 0)
		chan_close(*out);
	return r;
}
