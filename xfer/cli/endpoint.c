#include "xfer/cli/endpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void endpoint_fini(struct endpoint *e)
{
	free(e->host);
	free(e->user);
	free(e->path);
	*e = (struct endpoint){ 0 };
}

static int parse_remote(struct endpoint *out, const char *text, const char *colon, struct err *err)
{
	const char *host = text;
	const char *at = memrchr(text, '@', (size_t)(colon - text));
	if (at) {
		out->user = strndup(text, (size_t)(at - text));
		host = at + 1;
	}
	size_t n = (size_t)(colon - host);
	if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
		host++;
		n -= 2;
	}
	if (n == 0 || *host == '-' || (out->user && (!*out->user || *out->user == '-')))
		return err_say(err, -EINVAL, "%s: no valid host", text);
	out->host = strndup(host, n);
	out->path = strdup(colon[1] ? colon + 1 : ".");
	if (!out->host || !out->path || (at && !out->user))
		return err_set(err, -ENOMEM, "%s", text);
	return 0;
}

int endpoint_parse(struct endpoint *out, const char *text, struct err *err)
{
	*out = (struct endpoint){ 0 };
	if (!*text)
		return err_say(err, -EINVAL, "an empty source or destination");
	if (strncmp(text, "xfer://", 7) == 0 || strncmp(text, "rsync://", 8) == 0)
		return err_say(err, -EINVAL,
			       "%s: this kind of endpoint is not spoken; PATH and [user@]host:PATH are",
			       text);

	const char *scan = text;
	if (*scan == '[' ||
	    memchr(text, '@', strcspn(text, "/"))) { /* colons of an IPv6 address are not ours */
		const char *bracket = strchr(text, '[');
		const char *end = bracket && (size_t)(bracket - text) < strcspn(text, "/:")
					  ? strchr(bracket, ']')
					  : NULL;
		if (end && end[1] == ':')
			scan = end + 1;
	}
	const char *colon = strchr(scan, ':'), *slash = strchr(text, '/');
	int r = 0;
	if (colon && (!slash || colon < slash)) {
		if (colon[1] == ':')
			r = err_say(err, -EINVAL, "%s: rsync's daemon is not spoken; use host:PATH", text);
		else
			r = parse_remote(out, text, colon, err);
	} else if (!(out->path = strdup(text))) {
		r = err_set(err, -ENOMEM, "%s", text);
	}
	if (r < 0)
		endpoint_fini(out);
	return r;
}
