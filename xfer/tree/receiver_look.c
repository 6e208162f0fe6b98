#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer/base/pool.h"
#include "xfer/tree/jobs.h"
#include "xfer/tree/receiver_impl.h"

/* Where nothing has changed a receiver does little but stat, and the processor next to it is idle: the names of a LIST frame
 * are looked up a few ahead, by whoever has time. In a small directory a thread's waking takes longer than that. */
enum { LOOK_MOST = 2048, LOOK_LEAST = 128, LOOK_TASK = 32, ENTRY_LEAST = 8 };

struct look {
	const char *name; /* in the frame */
	size_t len;
	int code; /* as receiver_looked returns it */
	struct stat st;
};

struct look_task {
	struct task task;
	struct looks *of;
	struct look *first;
	size_t count;
};

struct looks {
	struct pool *pool;
	struct dir *dir; /* pinned while there are any */
	int fd;
	struct look at[LOOK_MOST];
	size_t count, next;
	struct look_task task[LOOK_MOST / LOOK_TASK];
};

int receiver_stat(int fd, const char *name, size_t len, struct stat *st)
{
	char terminated[NAME_LIMIT + 1];
	memcpy(terminated, name, len);
	terminated[len] = '\0';
	if (fstatat(fd, terminated, st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

static void look_at_some(struct task *t, unsigned worker)
{
	struct look_task *k = (struct look_task *)t;
	(void)worker;
	for (struct look *l = k->first; l < k->first + k->count; l++)
		l->code = receiver_stat(k->of->fd, l->name, l->len, &l->st);
}

/* NULL when one thread has to do: then each name is looked up when its turn comes. */
static struct looks *looks_new(const struct options *o)
{
	struct err ignored;
	unsigned threads = jobs_while_waited_for(o);
	struct looks *s = threads > 1 ? calloc(1, sizeof *s) : NULL;
	if (s && (pool_new(&s->pool, threads, &ignored) < 0 || pool_size(s->pool) < 2)) {
		pool_free(s->pool);
		free(s);
		s = NULL;
	}
	return s;
}

/* The names of the entries that come one after the other from here on. */
static void read_names(struct looks *s, struct reader in, struct entry_state state)
{
	struct entry e = { 0 };
	do {
		e.seq = UINT64_MAX; /* whether its leader is legal is for who takes it to judge */
		if (entry_get(&in, &state, &e, RECORD_ENTRY) < 0)
			return;
		s->at[s->count++] = (struct look){ .name = e.name, .len = e.name_len };
	} while (s->count < LOOK_MOST && in.at < in.end && reader_u8(&in) == RECORD_ENTRY);
}

void receiver_look_ahead(struct receiver *r, const struct reader *in, const struct entry_state *state)
{
	struct rnode *n = r->now;
	receiver_look_end(r);
	r->look_due = false;
	if (in->end - in->at < LOOK_LEAST * ENTRY_LEAST) /* so many entries there cannot be */
		return;
	if (!n || !n->dir || n->fresh || n->leave || n->mail || r->list_only ||
	    (r->job->rename && n == r->root))
		return;
	if (!r->looks && !r->looks_tried) {
		r->looks_tried = true;
		r->looks = looks_new(r->o);
	}
	struct looks *s = r->looks;
	if (!s)
		return;
	s->next = s->count = 0;
	read_names(s, *in, *state);
	if (s->count < LOOK_LEAST || (s->fd = dir_pin(n->dir)) < 0) {
		s->count = 0;
		return;
	}
	s->dir = n->dir;
	for (size_t i = 0; i < s->count; i += LOOK_TASK) {
		struct look_task *t = &s->task[i / LOOK_TASK];
		size_t left = s->count - i;
		*t = (struct look_task){
			{ .run = look_at_some }, s, &s->at[i], left < LOOK_TASK ? left : LOOK_TASK
		};
		pool_submit(s->pool, &t->task);
	}
}

bool receiver_looked(struct receiver *r, const char *name, struct stat *st, int *code)
{
	struct looks *s = r->looks;
	if (!s || s->next == s->count || s->at[s->next].name != name)
		return false;
	if (s->next % LOOK_TASK == 0)
		pool_wait(s->pool, &s->task[s->next / LOOK_TASK].task);
	*code = s->at[s->next].code;
	*st = s->at[s->next].st;
	s->next++;
	if (s->next == s->count) {
		r->look_due = true;
		dir_unpin(s->dir);
	}
	return true;
}

void receiver_look_end(struct receiver *r)
{
	struct looks *s = r->looks;
	r->look_due = true;
	if (!s || s->next == s->count)
		return;
	for (size_t i = s->next; i < s->count; i++)
		if (i % LOOK_TASK == 0)
			pool_wait(s->pool, &s->task[i / LOOK_TASK].task);
	s->next = s->count;
	dir_unpin(s->dir);
}

void looks_free(struct looks *s)
{
	if (!s)
		return;
	pool_free(s->pool);
	free(s);
}
