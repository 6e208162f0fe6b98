/* gate.h - what those who read rows pass: the rate limit, the load of the servers, and large rows one at a time.
 *
 * The rate is one for all of them. With --max-load a thread of the gate asks both servers twice a second how many threads
 * run there, and while it is more at either of them, nobody passes. A row of GATE_LARGE bytes and more is in memory
 * once over all pairs of threads: who has one, or reads where such rows were seen, holds the gate's one place for it.
 * Any thread may call these functions, but for new and free. */
#pragma once
#include "dbdump/engine.h"
#include "dbdump/watch.h"

/* What is read at once is 256 KiB or a row, whichever is more (engine.h): so much has a large row in it. */
enum { GATE_LARGE = 1 << 20 };

/* Such rows are likely in t, by its size and its rows as the server guesses them, or as its engine found out: they are left to one connection. */
bool gate_expects_large(const struct table *t);

struct gate;

struct gate_job {
	const struct engine *engine;
	struct session *sessions[2]; /* whose load counts; NULL: none */
	const struct options *options;
	struct watch *watch;
};

/* -ENOMEM, -EAGAIN (no thread). */
int gate_new(struct gate **out, const struct gate_job *job, struct err *err);
/* Accepts NULL. Before its sessions are closed. */
void gate_free(struct gate *g);

/* So many bytes were read: waits until they may go on. 0; -ECANCELED when the run stops. */
int gate_pass(struct gate *g, size_t bytes);
/* The place for a large row: waits until it is free. 0; -ECANCELED when the run stops. */
int gate_take_place(struct gate *g);
void gate_give_place(struct gate *g);
