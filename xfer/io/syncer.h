/* syncer.h - has file systems write to disk all that was written to them (syncfs), in a thread of its own, so that whoever
 * waits can keep a connection alive meanwhile.
 *
 * syncfs tells errors of writing back that happened since the descriptor it is given was opened: therefore a file system is
 * covered before anything is written to it. One owner; the thread touches nothing but the descriptors. */
#pragma once
#include <sys/types.h>

struct syncer;

/* NULL: no memory. */
struct syncer *syncer_new(void);
/* Waits for a sync that is under way. */
void syncer_free(struct syncer *s);

/* From now on the file system dev, on which the directory dirfd is, is synced too, at the price of a descriptor. 0 or
 * -errno. */
int syncer_cover(struct syncer *s, dev_t dev, int dirfd);
/* Begins to sync all that is covered. One at a time: syncer_wait said that the one before has ended. */
void syncer_start(struct syncer *s);
/* Has it ended? Waits at most ms for that, without limit when negative. 0: it has, or there was none; -EAGAIN: not yet; any
 * other -errno is of the sync itself, and is told once. */
int syncer_wait(struct syncer *s, int ms);
