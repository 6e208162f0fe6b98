/* remote.h - how a program of ours is started on another host: the remote shell and its words. */
#pragma once
#include "xfer/base/err.h"
#include "xfer/base/strings.h"
#include "xfer/io/chan.h"

/* Whom the remote shell is to reach; borrowed. */
struct remote {
	char *host, *user; /* user: NULL: not said */
};

/* Cuts a command as a shell would, with quotes and backslashes but no expansion; to be freed by strings_fini. -EINVAL for an open quote. */
int remote_split(struct strings *out, const char *command, struct err *err);
/* shell (NULL: ssh), with the cipher that cipher.h prefers, up to the host; what is to be run there is for the caller to add. */
int remote_words(struct strings *words, const char *shell, const struct remote *to, struct err *err);
/* Runs them; see chan_open_command. */
int remote_run(struct chan **out, const struct strings *words, struct err *err);
