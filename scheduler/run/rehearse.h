/* rehearse.h - an account's databases are copied onto a test server, before any outage: what would break is found, and what a gigabyte
 * takes is measured, for its estimate. Step 1 of the procedure. The rules are desk_rehearse's. What was copied is dropped there again by
 * the hook `clear`, where the site has one.
 *
 * One thread. */
#pragma once
#include "scheduler/run/work.h"

/* How an engine's databases went. Borrowed for the call. */
struct rehearse_part {
	const char *engine; /* "mariadb" */
	bool ok;
	const char *cause;	/* why not */
	double copy, verify;	/* seconds per 10^9 bytes; 0: it is too small to tell, or failed */
	int64_t bytes;		/* data and indexes, at the source */
	const json_t *findings; /* of the preflight: an array of objects; NULL */
};

struct rehearse {
	struct work *work; /* whose lock is -1 */
	struct desk_account who;
	const char *server; /* the test server */
	void (*say)(void *arg, const struct rehearse_part *part);
	void *arg;
	bool cleared; /* filled: what was copied is dropped there again */
};

/* -EPERM: refused; -EINVAL: it has no databases; -EIO: one failed, each was said; -ECANCELED: its cutover starts, or work_quit. */
int rehearse_run(struct rehearse *r, struct err *err);
