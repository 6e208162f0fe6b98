/* lane.h - one of the target's connections under flow.h: a thread that writes what it is given, or runs statements. */
#pragma once
#include <pthread.h>

#include "dbdump/workers.h"
#include "xfer/base/cond.h"
#include "xfer/base/queue.h"

/* How far a table is. */
struct flow_table {
	size_t parts_left; /* that have not ended in the archive */
	size_t writing;	   /* of its parts, at this moment */
	bool failed, due, done;
	bool unread;	  /* nobody at the source counted its rows */
	uint64_t counted; /* in the progress */
};

/* What all lanes share. */
struct flow {
	const struct workers_job *job;
	pthread_mutex_t lock; /* of what follows, and of all lanes' states */
	struct cond changed;
	struct flow_table *tables;
	bool ends;
	uint64_t turn; /* counts what was given to lanes */
	struct lane *lanes;
	unsigned count;
};

struct lane {
	struct feed feed; /* first: write hands it back to next */
	struct flow *flow;
	unsigned number; /* of the connection */
	pthread_t thread;
	bool busy;   /* it writes the part below, or runs statements (queue is NULL) */
	bool closed; /* no more of this part will come */
	uint32_t part;
	size_t table;
	uint64_t turn; /* of what it was given last */
	uint64_t rows; /* that it was given of the part */
	struct queue *queue;
	struct buf chunk; /* what was popped last */
	bool has_place;	  /* a large row of ours is on its way (gate.h) */
};

int lane_start(struct lane *l, struct flow *f, unsigned number, struct err *err);
/* Waits until it has ended, which flow.ends tells it to. */
void lane_join(struct lane *l);

/* The lock is held. Gives an idle lane a part to write. -ENOMEM. */
int lane_begin(struct lane *l, uint32_t part, size_t table, struct err *err);
/* The lock is not held. Takes b's content, of so many rows; large: with the gate's place. -ECANCELED: the lane has failed, and b keeps it. */
int lane_push(struct lane *l, struct buf *b, uint64_t rows, bool large);
/* The lock is held: no more comes of its part. */
void lane_close(struct lane *l);
/* The lock is held: a table of which nothing more is to be written makes its statements due; what lacks rows has failed. */
void flow_settle(struct flow *f, size_t table);
/* Says why rows of a table are not all there: a failure, once. Without the lock. */
void flow_fail(struct flow *f, size_t table, const struct err *err);
