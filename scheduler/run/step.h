/* step.h - the steps of a cutover as children: which, and what is to be made of how they end. Inner to cutover_run.c and the steps. */
#pragma once
#include "scheduler/run/orders.h"
#include "scheduler/run/party.h"
#include "scheduler/run/team.h"
#include "scheduler/run/work.h"

enum { STEP_SAMPLES = 8, STEP_LEAK = 512 };

/* A cutover in one of its states. */
struct step {
	struct work *work;
	struct party party;
	struct window promise; /* its parts */
	struct team team;
	struct orders orders;
	int64_t beyond_since; /* elapsed second from which on it has been expected to end too late, + 1; 0: it is not */
	int64_t looked_ms; /* when the store was looked at last */
	char cause[STORE_TEXT];
	char leak[STEP_LEAK]; /* the first thing that has changed although it is frozen */
	size_t leaks;
	bool leak_is_folder;
	struct desk_sample samples[STEP_SAMPLES];
	size_t sample_count;
};

/* What ends a step before its children do: team_run's word. */
enum step_break { BREAK_NONE, BREAK_OVERTAKEN, BREAK_LATE, BREAK_QUIT, BREAK_STORE };

/* Seconds since the cutover has begun. */
int64_t step_elapsed(const struct step *s);
/* Looks at the store, at the clock, and at who waits: see step_break. */
int step_tick(void *arg, struct team *t);
/* Runs the team to its end. */
enum step_break step_wait(struct step *s);

/* Each fills the team and runs it; what follows is *on. */
enum step_break step_hook(struct step *s, const char *name, const struct store_server *where, unsigned sample,
			  enum cutover_event *on); /* sample: its kind, or STEP_UNSAMPLED */
enum step_break step_copy(struct step *s, enum cutover_event *on);
enum step_break step_scan(struct step *s, enum cutover_event *on);
enum step_break step_verify(struct step *s, enum cutover_event *on);
enum { STEP_UNSAMPLED = 1000 };

/* Mail that came late to the old side. */
/* What every mail folder holds, kept beside the store. Jobs for the scan. */
int step_gather_list(struct step *s, struct err *err);
enum step_break step_gather(struct step *s, enum cutover_event *on);
/* Once more, of an account whose last cutover came from this server, which is about to be emptied. -EIO: it could not be looked at, or
 * added; -ECANCELED: work_quit. */
int step_gather_again(struct work *w, int64_t account, const char *old_side, struct err *err);
