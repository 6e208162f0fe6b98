/* watch.h - what all threads of a run share: whether it goes on, where it stands, and the report that they write into.
 *
 * A thread of its own tells the observer of the progress, five times a second, and looks at the quit flag and the deadline.
 * When the run has to stop, for one of these or because a thread met what ends it, that thread cancels what runs at the
 * servers, again and again until the sessions are taken away: a statement that began just after a cancel must end too. A
 * server that does not answer for some seconds loses its connections (sockets.h).
 * Any thread may call these functions, but for new and free. */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/report.h"

struct watch;

/* deadline as --deadline has it, NULL: none; -EINVAL when it is none. -ENOMEM. */
int watch_new(struct watch **out, struct report *report, const struct observer *observer,
	      const char *deadline, struct err *err);
/* Accepts NULL. */
void watch_free(struct watch *w);

enum { WATCH_SESSIONS = 2 };
/* The session whose work is cancelled when the run stops; NULL: the one given before is none any more, and no cancel of it is
 * going on. */
void watch_session(struct watch *w, unsigned which, const struct engine *engine, struct session *s);

/* The run ends because of err: the first one counts. Returns its code. */
int watch_stop(struct watch *w, const struct err *err);
/* 0; or the code, and the error, that the run was stopped with. err may be NULL. */
int watch_stopped(struct watch *w, struct err *err);

/* What the run was stopped with is over, and it begins anew; there is no session now. */
void watch_again(struct watch *w);

/* Waits so long, or until the run stops. As watch_stopped(w, NULL). */
int watch_pause(struct watch *w, unsigned ms);

/* Into the report, and told. */
void watch_warn(void *w, const char *text);
void watch_failure(struct watch *w, const char *kind, const char *name, const struct err *err);
/* Tells that a session has connected; snapshot may be NULL. */
void watch_connected(struct watch *w, bool source, const struct server_info *info, const struct snapshot *s);

/* What the source's host waits for (report.h). */
void watch_answer(struct watch *w, const void *data, size_t len);

/* Progress. A phase of the same name goes on where it stood: that of the next database. */
void watch_phase(struct watch *w, const char *phase);
void watch_expect(struct watch *w, uint64_t bytes, uint64_t items);
/* Nothing more will be expected in this phase. */
void watch_all_known(struct watch *w);
/* Of what was expected; moved: bytes that really went. */
void watch_done(struct watch *w, uint64_t bytes, uint64_t items, uint64_t moved);
/* Tells where it stands now. */
void watch_tell(struct watch *w);
