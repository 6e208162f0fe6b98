#include "xfer/cli/connect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/buf.h"
#include "xfer/cli/serve.h"
#include "xfer/tree/strings.h"

static int serve_body(void *arg, int fd)
{
	(void)arg;
	return serve_session(fd, fd);
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

int connect_remote(struct chan **out, const struct endpoint *to, const struct options *o, struct err *err)
{
	struct strings words = { 0 };
	int r = connect_split(&words, o->rsh ? o->rsh : "ssh", err);
	if (r == 0 && !words.count)
		r = err_say(err, -EINVAL, "-e: an empty command");
	if (r == 0 && to->user)
		r = strings_add(&words, "-l", 2) < 0 ? -ENOMEM
						     : strings_add(&words, to->user, strlen(to->user));
	const char *tail[] = { to->host, o->xfer_path ? o->xfer_path : "xfer", "serve", "--stdio" };
	for (size_t i = 0; r == 0 && i < sizeof tail / sizeof *tail; i++)
		r = strings_add(&words, tail[i], strlen(tail[i]));
	char **argv = r == 0 ? calloc(words.count + 1, sizeof *argv) : NULL;
	if (r == 0 && !argv)
		r = -ENOMEM;
	if (r == -ENOMEM)
		err_set(err, r, "%s", to->host);
	if (r == 0) {
		memcpy(argv, words.at, words.count * sizeof *argv);
		r = chan_open_command(out, argv, err);
	}
	free(argv);
	strings_fini(&words);
	return r;
}
