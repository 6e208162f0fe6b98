#include "xfer/front/remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/base/buf.h"
#include "xfer/front/cipher.h"

int remote_split(struct strings *out, const char *command, struct err *err)
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

int remote_words(struct strings *words, const char *shell, const struct remote *to, struct err *err)
{
	int r = remote_split(words, shell ? shell : "ssh", err);
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
	return r < 0 ? err_set(err, r, "%s", to->host) : 0;
}

int remote_run(struct chan **out, const struct strings *words, struct err *err)
{
	char **argv = calloc(words->count + 1, sizeof *argv);
	if (!argv)
		return err_set(err, -ENOMEM, "%s", words->at[0]);
	memcpy(argv, words->at, words->count * sizeof *argv);
	int r = chan_open_command(out, argv, err);
	free(argv);
	return r;
}
