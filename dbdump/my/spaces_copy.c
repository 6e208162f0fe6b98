#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbdump/gate.h"
#include "dbdump/my/spaces.h"
#include "dbdump/thread.h"
#include "dbdump/watch.h"
#include "xfer/base/fd.h"

/* What the threads of one turn over all tables share. */
struct turn {
	struct spaces *ss;
	bool locked;
	atomic_size_t next;
	atomic_bool ends;
	pthread_mutex_t lock; /* of err */
	struct err err;
};

/* One table in it. */
struct one {
	struct turn *turn;
	struct space *space;
	uint64_t left; /* of what the progress expects */
};

/* While others wait for us nothing holds us up. */
static int go_on(void *ctx, size_t bytes)
{
	struct one *one = ctx;
	struct spaces *ss = one->turn->ss;
	if (atomic_load(&ss->source->cancelled) || atomic_load(&one->turn->ends))
		return -EINTR;
	uint64_t done = bytes < one->left ? bytes : one->left;
	one->left -= done;
	watch_done(ss->watch, done, 0, bytes);
	if (lookout_gave_up(ss->lookout))
		return -EAGAIN;
	return one->turn->locked ? 0 : gate_pass(ss->gate, bytes);
}

/* To another host. */
static int ship_chunk(void *ctx, size_t chunk, const uint8_t *data, size_t len)
{
	const struct one *one = ctx;
	const struct piece p = { .kind = PIECE_CHUNK,
				 .file = (uint32_t)one->space->number,
				 .chunk = (uint32_t)chunk,
				 .data = data,
				 .len = len };
	struct err err = { 0 }; /* it is the run's, and has stopped it */
	return spaces_put(one->turn->ss, &p, &err);
}

static void fail(struct turn *t, const struct space *sp, int rc, const char *file)
{
	pthread_mutex_lock(&t->lock);
	if (!t->err.code && t->ss->out)
		err_set(&t->err, rc, "table %s.%s: its file", sp->schema, sp->name);
	else if (!t->err.code)
		err_set(&t->err, rc, "table %s.%s: its file, as %s/%s in the destination's folder of data",
			sp->schema, sp->name, t->ss->name, file);
	pthread_mutex_unlock(&t->lock);
	atomic_store(&t->ends, true);
}

static int pass(struct one *one, struct space *sp, const char *name)
{
	uint64_t written = 0;
	AUTO(fd_closep) int from = spaces_open(one->turn->ss, sp);
	if (from < 0)
		return -errno;
	if (one->turn->ss->out) {
		const struct staged_pass sent = { from, ship_chunk, go_on, one };
		return staged_copy(&sp->staged, &sent, &written);
	}
	AUTO(fd_closep)
	int to = openat(one->turn->ss->staging, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	sp->staged.fd = to;
	const struct staged_pass all = { .from = from, .go = go_on, .ctx = one };
	int rc = staged_copy(&sp->staged, &all, &written);
	sp->staged.fd = -1;
	return rc;
}

static void copy_one(struct turn *t, size_t i)
{
	struct space *sp = &t->ss->at[i];
	struct one one = { t, sp, sp->size };
	char name[32];
	int rc = pass(&one, sp, spaces_staged_name(name, sp->number, ""));
	watch_done(t->ss->watch, one.left, 1, 0);
	/* the lock was there until it was over, or it was over in vain */
	if (t->locked && lookout_gave_up(t->ss->lookout))
		spaces_refuse(t->ss, sp, "the link took too long while it was locked");
	else if (rc < 0)
		fail(t, sp, rc, name);
}

static void *copy_some(void *arg)
{
	struct turn *t = arg;
	for (size_t i; !atomic_load(&t->ends) && (i = atomic_fetch_add(&t->next, 1)) < t->ss->count;)
		if (!t->ss->at[i].reason[0])
			copy_one(t, i);
	return NULL;
}

int spaces_copy(struct spaces *ss, bool locked, struct err *err)
{
	struct turn t = { .ss = ss, .locked = locked, .lock = PTHREAD_MUTEX_INITIALIZER };
	size_t left = spaces_left(ss);
	unsigned more = ss->source->job.options->jobs - 1, started = 0;
	AUTO(fd_free_buffer) pthread_t *threads = calloc(more + 1, sizeof *threads);
	watch_phase(ss->watch, locked ? "changed files" : "files");
	for (size_t i = 0; i < ss->count; i++)
		if (!ss->at[i].reason[0])
			watch_expect(ss->watch, ss->at[i].size, 1);
	for (; threads && started < more && started + 1 < left; started++)
		if (thread_start(&threads[started], copy_some, &t) < 0)
			break; /* the others do it */
	copy_some(&t);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	if (t.err.code && err)
		*err = t.err;
	return session_status(ss->source, t.err.code, err);
}
