/* team.h - child processes that do one step side by side: so many at a time, the others when one has ended.
 *
 * The team owns its jobs' words and children. One thread. */
#pragma once
#include "scheduler/run/child.h"
#include "scheduler/run/hook.h"
#include "scheduler/store/store.h"
#include "xfer/base/strings.h"

enum { TEAM_AT_ONCE = 6, TEAM_TICK_MS = 250 };

struct job {
	char name[STORE_NAME];	       /* of the phase: "files" */
	struct strings words;	       /* what is run, and */
	const struct hook *hook;       /* instead of that; borrowed */
	const struct store_item *item; /* that it is about; borrowed; NULL */
	int engine;		       /* or -1 */
	int accepted;		       /* an exit status that is as good as 0 */
	double expected_s;
	void (*hear)(void *arg, const json_t *event);
	void *arg;

	/* filled by the team */
	struct child *child;
	int64_t began_ms; /* since 1970 */
	bool ok;
	char cause[CHILD_TEXT]; /* why not */
};

struct team {
	struct job *at;
	size_t count, next; /* the next one to start */
	const struct site *site;
	int lock, log;
	bool goes_on; /* when one has failed */
};

/* Its words are the team's from here on. -ENOMEM */
int team_add(struct team *t, struct job *j, struct err *err);
void team_fini(struct team *t);
/* Until all have ended, or one has failed, or tick, which is called every TEAM_TICK_MS or so, has returned other than 0: then the
 * others are told to end, and have. 0; what tick returned. A job that could not be started has failed. */
int team_run(struct team *t, int (*tick)(void *arg, struct team *t), void *arg);
/* All have succeeded; else *why is the first one's cause, with its name. */
bool team_succeeded(const struct team *t, char why[static STORE_TEXT]);
/* Seconds until the last one ends, as far as they tell. */
double team_left(const struct team *t);
/* What is kept of a job that has ended. */
void team_phase(struct store_phase *out, const struct job *j);
/* A number of its report: "bytes", "sent". 0: it does not say. */
double team_figure(const struct job *j, const char *group, const char *name);
