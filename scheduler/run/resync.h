/* resync.h - support copies an account by hand from one of its two servers to the other, by part, outside of any cutover: first to see
 * what would change, then to do it. The rules, and what is put on record, are desk_resync's.
 *
 * Onto the side that serves nothing is deleted: files that are newer there stay, mail is added by its names; databases are replaced
 * whole. What serves is copied live: what vanishes meanwhile is no failure. One thread. */
#pragma once
#include "scheduler/run/work.h"
#include "xfer/base/strings.h"

enum { RESYNC_SHOWN = 50 }; /* changes of a part */

/* How a part went. Borrowed for the call. */
struct resync_part {
	const char *kind, *value;      /* "files", its folder; of databases "" */
	bool ok, different;	       /* of a dry run of databases: they differ by now */
	const char *cause;	       /* why it failed */
	const struct strings *shown;   /* the first changes, as xfer says them */
	size_t changes;		       /* all of them */
	double updated, deleted, sent; /* things, the same, bytes */
	const char *proof;	       /* what was proven, in a line; "" */
};

struct resync {
	struct work *work; /* whose lock is -1 */
	struct desk_account who;
	struct desk_resync
		wish; /* to: or NULL, the side that does not serve; parts and databases are filled in */
	const struct strings *kinds; /* "files", ...; none: all that it has */
	void (*say)(void *arg, const struct resync_part *part);
	void *arg;
	/* filled */
	char parts[STORE_TEXT], from[STORE_NAME], to[STORE_NAME];
	bool live;
};

/* -EPERM: refused; -EAGAIN: somebody is at work on the account; -EIO: a part failed, each was said; -ECANCELED: its cutover starts, or
 * work_quit. */
int resync_run(struct resync *r, struct err *err);
