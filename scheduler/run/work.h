/* work.h - what the scheduler's processes that do something have in common: the store, the desk, and how people are told.
 *
 * The store's moments are the time of day; what lasts is measured by the machine's own clock, which nobody sets. One thread. */
#pragma once
#include <signal.h>

#include "scheduler/desk/desk.h"
#include "scheduler/run/hook.h"

enum { WORK_NOTICES = 8 };
struct team;

struct work {
	const struct site *site;
	struct store *store;
	struct desk desk; /* whose actor is the scheduler itself */
	int lock, log;	  /* descriptors */
	struct child *notices[WORK_NOTICES];
};

/* SIGTERM was received: what is under way ends, and is taken up again by the next process. */
extern volatile sig_atomic_t work_quit;

/* Opens the store. log: borrowed. */
int work_open(struct work *w, const struct site *site, int log, struct err *err);
/* Waits a little for those who are told. */
void work_close(struct work *w);
/* The desk, with the time of now. */
struct desk *work_desk(struct work *w);
/* A line to the log: "2026-... what". */
void work_log(const struct work *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The site's notify hook, where there is one; nothing waits for it. key: once for each. */
void work_notify(struct work *w, const struct party *p, const char *key, const char *event, const char *text);
/* What is no cutover ends now: work_quit, or this account's cutover starts. It holds the account's lock. */
bool work_gives_way(struct work *w, int64_t account);
/* Takes the account's lock into w->lock, for which it waits so many milliseconds. -EAGAIN; -ECANCELED: work_quit. */
int work_lock_account(struct work *w, int64_t account, int64_t ms, struct err *err);
/* A team's tick that goes on. */
int work_never(void *arg, struct team *t);
/* Bytes of databases; what is smaller says how long a start takes, and not how long a gigabyte. */
enum { WORK_SAMPLE_LEAST = 10000000 };
/* Seconds since the machine's start, and which start that was. */
int64_t work_boot(char boot[static STORE_NAME]);
/* Waits so many milliseconds, or less. */
void work_pause(int ms);
