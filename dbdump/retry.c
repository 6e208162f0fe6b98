#include "dbdump/retry.h"

#include <errno.h>
#include <stdio.h>

#include "xfer/base/fd.h"

bool retry_may(int code, bool at_source)
{
	switch (code) {
	case -ECONNRESET:
	case -ECONNREFUSED:
	case -ECONNABORTED:
		return true;
	case -EAGAIN:
	case -ETIMEDOUT:
		return !at_source;
	default:
		return false;
	}
}

static void tell(struct retry *r, const char *what, const struct err *why)
{
	AUTO(fd_free_buffer) char *text = NULL;
	if (asprintf(&text, "%s: %s; once more (%u of %u)", what, why->text, r->count, (unsigned)RETRY_MOST) <
	    0)
		text = NULL;
	watch_warn(r->watch, text ? text : why->text);
}

bool retry_pause(struct retry *r, const char *what, const struct err *why)
{
	unsigned ms = RETRY_FIRST_MS << r->count;
	if (r->count == RETRY_MOST || watch_stopped(r->watch, NULL))
		return false;
	r->count++;
	tell(r, what, why);
	return watch_pause(r->watch, ms < RETRY_LONGEST_MS ? ms : RETRY_LONGEST_MS) == 0;
}
