/* child.h - a child process: xfer, dbdump or a hook of the site, of which the scheduler knows only what it says and how it ends.
 *
 * It gets a process group of its own, default signals, no descriptor of ours but its three and inherit_fd, and never a shell. On its
 * standard output it says events (xfer/base/event.h), one a line; what is no event is logged and otherwise ignored. Whatever it does,
 * memory is bounded (said.h), and no child keeps another from being heard or from its limit.
 *
 * When it ends without success, what is left of its process group is killed before it counts as ended; after a success that is left
 * alone, as it may be the daemon that a hook had to start. A descendant that made itself a session of its own is out of reach. When
 * the thread that called child_start dies, the kernel kills the child; its descendants may go on until they notice. Whoever does the
 * work again has to wait for inherit_fd's lock, which ends with the last of them; so a hook that starts daemons must not be given it.
 *
 * Nothing happens but within these functions: limits are kept while child_wait runs. When SIGCHLD is ignored none can be started. The process stays a
 * zombie until child_free, so that its number and its group's are nobody else's. All of a child's functions are called by one thread. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xfer/base/err.h"

enum {
	CHILD_LIMIT = 256, /* a status: its time limit ended it */
	CHILD_LOST = 257,  /* a status: somebody else took it */
	CHILD_TEXT = 512,
	CHILD_GRACE_MS = 10000,
	CHILD_DRAIN_MS =
		1000, /* after its end others may hold its output open: so long is listened to them */
};

/* Borrowed for the call of child_start alone, but for log_fd and hear. */
struct child_spec {
	const char *name;	 /* for errors: "freeze", "dbdump copy shop" */
	const char *const *argv; /* NULL-terminated; argv[0] is looked up in our PATH unless it has a slash */
	const char *const *env;	 /* "NAME=VALUE", over our own environment; may be NULL */
	const char *input;	 /* its standard input: a file with this; NULL: /dev/null */
	int inherit_fd;		 /* open in it and its descendants, above 2: the lock of the work; -1: none */
	int64_t limit_s;	 /* told to end when it runs longer, and has failed; 0: none */
	int grace_ms;		 /* after that it is killed; 0: CHILD_GRACE_MS */
	int log_fd; /* its lines of standard output and error are appended here: a file; -1: nowhere */
	void (*hear)(void *arg,
		     const json_t *event); /* every event, as it comes; may be NULL; must not call child_* */
	void *arg;
};

/* Texts are UTF-8 that can be shown (escape.h). */
struct child_news {
	bool running;
	int status;	 /* the exit status; 128 + signal; CHILD_LIMIT; CHILD_LOST */
	double fraction; /* of the work that is done, by the last progress event; NaN: it does not tell */
	double eta_s;	 /* NaN: it does not tell */
	uint64_t done_bytes, total_bytes;
	bool reported;
	const json_t *report;	/* the last one; NULL */
	char cause[CHILD_TEXT]; /* why it failed; "" while it has not */
	size_t warnings;
	char warning[CHILD_TEXT]; /* the last one */
	uint64_t began, ended;	  /* clock_now(); ended: its own end, not that of what it left behind */
};

struct child;

/* -errno with the program's name when it cannot be started; nothing runs then. */
int child_start(struct child **out, const struct child_spec *spec, struct err *err);
/* Ends it at once when it runs. NULL: nothing. */
void child_free(struct child *c);
void child_freep(struct child **c);

/* Owned by the child; changed by child_wait and child_end. */
const struct child_news *child_look(const struct child *c);
/* It has ended, with status 0, and no report of its said "ok":false. */
bool child_succeeded(const struct child *c);

/* Waits until one of them has said an event or has ended, wake_fd (-1: none) can be read or has lost its other end (nothing is read
 * from it), or timeout_ms (-1: no limit) have passed. 1; 0 when the time has passed; -errno. Entries may be NULL. When there are
 * some and none of them runs (any more), it returns 1 at once. Signals do not end it: let their handlers write to wake_fd. */
int child_wait(struct child *const *c, size_t count, int wake_fd, int timeout_ms, struct err *err);

/* Tells the process group to end (SIGTERM, once); grace_ms later child_wait kills it. */
void child_stop(struct child *c, int grace_ms);
/* The same, and waits for it; grace_ms 0: kills it. -ETIMEDOUT: it was killed and does not end (it hangs in the kernel); 0. */
int child_end(struct child *c, int grace_ms);
