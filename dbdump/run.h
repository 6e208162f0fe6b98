/* run.h - what a copy and a comparison have in common: who is at either end, and the run's way from begin to end.
 *
 * One owner: the thread that made it, which opens, closes and asks the sessions. */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/gate.h"
#include "dbdump/report.h"
#include "dbdump/watch.h"

struct workers_job;

struct run_job {
	const struct engine *engine;
	/* source (A) and target (B); the latter's path is empty, or one name for a source of one database */
	const struct uri *uris[2];
	const struct options *options;
	const struct observer *observer;
	int (*rows)(const struct workers_job *job, struct err *err); /* instead of workers_run; NULL: that */
	/* an archive comes through a pipe from another host: tables' files come first, once the target is open; NULL: none do (ferry.h) */
	int (*arrive)(const struct run_job *job, struct session *target, struct watch *watch,
		      struct err *err);
	const struct strings *
		sources; /* what an archive's databases were called where they were dumped; NULL: no archive */
	const char *
		frozen; /* a name of the source, which never changes: what was begun with it can be gone on with (resume.h); NULL: it does */
	bool again;	/* a step that has lost its snapshot begins anew (again.h) */
};

/* One session of the run. */
struct end {
	struct session *session;
	unsigned connections; /* that may be used: at a source those that share the snapshot */
	struct server_info info;
	struct snapshot snapshot;
	struct catalog catalog;
};

struct run {
	const struct engine *engine;
	struct run_job job;
	struct options
		options; /* the given ones, but for renames: how each database is really called at the destination */
	struct options unrenamed; /* the same without: for B, whose names are what A's become */
	struct report *report;
	struct watch *watch;
	const char *phase; /* that is timed */
	uint64_t phase_since, since;
	struct strings from,
		to; /* names of the databases at the source (A) and at the destination (B), in step */
	struct end ends[2];
	struct gate *gate;
	const char *database; /* at the source, of run_whole's step; NULL: all */
	size_t failed;	      /* databases, of run_whole's steps so far */
	bool last;	      /* what runs now is the last of run_whole's steps */
	bool mistyped;	      /* an --only-table: no other database is to blame */
	bool *matched;	      /* of each --only-table, then of each --exclude-table: something is called so */
};

/* What is done with databases that one session sees: with their names at both ends. */
typedef int run_step(struct run *r, const struct strings *from, const struct strings *to, struct err *err);

/* All of a run: finds out which databases there are and how they are called at the other end, takes the step once for all of
 * them, or once for each where the engine does not span, and fills report, which is all zeros, whatever happens. Returns
 * report->status. From the thread that handles signals; all others that are made have them blocked. */
int run_whole(struct report *report, const struct run_job *job, run_step *step);

/* How each of the source's databases is called at the destination, by its URI's path or --rename, and the pairs of both names as
 * --rename has them. -EINVAL: the path says more than one, or two would have one name. */
int run_names(struct strings *to, struct strings *renames, const struct run_job *job,
	      const struct strings *from, struct err *err);

/* What follows is timed as phase, a static string. */
void run_phase(struct run *r, const char *phase);

/* Opens end number which for some of the databases; its info is told by run_connected. */
int run_open(struct run *r, unsigned which, const struct session_job *job, struct err *err);
/* Snapshot and catalog of an end that is no target. */
int run_snapshot(struct run *r, unsigned which, struct err *err);
int run_catalog(struct run *r, unsigned which, struct err *err);
/* Behind the catalogs that patterns of tables may be of. -ENOENT: the last one was read, and --only-table names what is not
 * there: a misspelt name must not look like a copy of which nothing is missing. One of --exclude-table that left nothing out is
 * warned of. */
int run_patterns(struct run *r, struct err *err);
/* For both ends that are open. */
int run_gate(struct run *r, struct err *err);
/* Closes both ends, and forgets what was theirs. */
void run_close(struct run *r);
