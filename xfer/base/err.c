#include "xfer/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill(struct err *err, int code, bool with_reason, const char *fmt, va_list ap)
{
	err->code = code;
	int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
	if (n < 0)
		n = 0;
	if (!with_reason)
		return;

	char reason[128];
	const char *why = strerror_r(-code, reason, sizeof reason);
	size_t need = strlen(why) + 2, at = (size_t)n;
	/* a name that fills the text must not push the reason out */
	if (at + need >= sizeof err->text)
		at = sizeof err->text - need - 1;
	snprintf(err->text + at, sizeof err->text - at, ": %s", why);
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	if (err) {
		va_list ap;
		va_start(ap, fmt);
		fill(err, code, code != -EPROTO && code != -EBADMSG, fmt, ap);
		va_end(ap);
	}
	return code;
}

int err_say(struct err *err, int code, const char *fmt, ...)
{
	if (err) {
		va_list ap;
		va_start(ap, fmt);
		fill(err, code, false, fmt, ap);
		va_end(ap);
	}
	return code;
}

void err_context(struct err *err, const char *fmt, ...)
{
	if (!err)
		return;
	char old[ERR_TEXT], context[ERR_TEXT];
	memcpy(old, err->text, sizeof old);
	va_list ap;
	va_start(ap, fmt);
	if (vsnprintf(context, sizeof context, fmt, ap) < 0)
		context[0] = '\0';
	va_end(ap);

	/* the reason stands at the end and must survive: the context yields first, down to a quarter of the
	 * text, then what the old text begins with */
	size_t room = sizeof err->text - 1 - 2, had = strlen(old), put = strlen(context);
	size_t least = room / 4, left = had < room - least ? room - had : least;
	if (put > left)
		put = left;
	size_t keep = had < room - put ? had : room - put;
	memcpy(err->text, context, put);
	memcpy(err->text + put, ": ", 2);
	memcpy(err->text + put + 2, old + had - keep, keep + 1); /* with its terminator */
}

bool err_is_retryable(int code)
{
	switch (code) {
	case -EINTR:
	case -EAGAIN:
	case -ECONNRESET:
	case -ECONNREFUSED:
	case -ETIMEDOUT:
	case -EPIPE:
	case -ENETUNREACH:
	case -EHOSTUNREACH:
		return true;
	default:
		return false;
	}
}

_Noreturn void err_broken(const char *file, int line, const char *cond)
{
	fprintf(stderr, "xfer: broken invariant at %s:%d: %s\n", file, line, cond);
	abort();
}
