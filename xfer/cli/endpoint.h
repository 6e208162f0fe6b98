/* endpoint.h - what a user names as source or destination: PATH, or [user@]host:PATH over ssh. */
#pragma once
#include "xfer/base/err.h"

struct endpoint {
	char *host; /* NULL: here */
	char *user; /* NULL: not said */
	char *path;
};

/* As rsync: a colon before the first slash makes it remote; "[::1]:path" for IPv6. -EINVAL, naming it, for what we do not
 * speak (host::module, rsync://, xfer://) and for a host or user that would be taken for an option. */
int endpoint_parse(struct endpoint *out, const char *text, struct err *err);
void endpoint_fini(struct endpoint *e);
