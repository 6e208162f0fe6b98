/* tell.h - how the two ends of a run tell the user what happens, wherever the user is.
 *
 * On the user's side these end in cli/output; on the other side they become NOTE frames (note.h). Names are raw
 * bytes relative to the transfer's root. Called by the thread that runs the session. */
#pragma once
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "xfer/tree/report.h"

struct tell {
	/* An item was, or in a dry run would be, changed: rsync's itemised code, a directory's name ends in a slash. */
	void (*item)(void *ctx, const char *change, const char *name, size_t len, const char *suffix);
	/* An item could not be copied. error: a sentence without the name. errnum: positive, 0 when there is none;
	 * ENOENT says that something which the source had listed is gone, which has its own exit status, and
	 * nothing else does (tell_errnum). */
	void (*failure)(void *ctx, const char *name, size_t len, const char *error, int errnum);
	void (*warning)(void *ctx, const char *text);
	void (*list)(void *ctx, mode_t mode, uint64_t size, int64_t mtime, const char *name, size_t len,
		     const char *target, size_t target_len);
	void (*progress)(void *ctx, const struct progress *p); /* NULL on the side without a user */
	void *ctx;
};

/* The errnum of an error (-errno) where ENOENT does not mean that a source's item vanished. */
static inline int tell_errnum(int error)
{
	return error == -ENOENT ? 0 : -error;
}
