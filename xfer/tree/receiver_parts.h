/* receiver_parts.h - a new file put together from what came, what an interrupted run left of it, and its old version.
 *
 * Pieces are given in order, each once; what is left out between them is a hole. Everything is hashed as it will stand in the
 * file, whether it was written now or is kept. The file under way is written to by its temporary name only. One owner, who
 * writes; what is in a file already is read and hashed by the pool, a few chunks behind what is given. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "xfer/base/pool.h"
#include "xfer/codec/hash.h"

struct parts;

struct parts_job {
	int fd;			/* the new file, for reading and writing; borrowed */
	int old;		/* the old version, -1: none; owned */
	bool left;		/* its first bytes are from an interrupted run */
	bool sparse;		/* zeros are written as holes */
	struct file_hash *hash; /* begun; borrowed */
	struct pool *pool;	/* borrowed */
};

/* NULL: no memory; job->old is closed in any case in the end. */
struct parts *parts_new(const struct parts_job *job);
void parts_free(struct parts *p);

/* Each returns the bytes that it writes, or -errno; -ESTALE: a file is shorter than it was. The failure of an earlier one may
 * be told by a later one, or by parts_end; then the rest is of no use. */
int64_t parts_fresh(struct parts *p, uint64_t at, const void *data, size_t len);
/* From the old version's offset from. at most HASH_CHUNK at a time, as the next. */
int64_t parts_old(struct parts *p, uint64_t at, uint64_t from, size_t len);
/* What stands there already stays. */
int64_t parts_kept(struct parts *p, uint64_t at, size_t len);
/* The file ends here: what of it was not given is a hole, and the hash is complete. 0 or -errno; -ESTALE: the old version
 * changed meanwhile. */
int parts_end(struct parts *p, uint64_t size);
