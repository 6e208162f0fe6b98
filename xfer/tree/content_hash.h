/* content_hash.h - the digest of a file that is on disk: for --checksum and for the proof by reading again.
 *
 * With --jobs the chunks of one file are read and hashed by as many threads. One owner. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "xfer/codec/hash.h"
#include "xfer/tree/options.h"
#include "xfer/wire/link.h"

struct content_hash_result {
	struct digest digest;
	uint64_t read;	/* bytes, also on failure */
	struct stat st; /* as it was when the file was opened */
};

struct content_hasher;

/* By the options' jobs, verify and nice; they are borrowed. -ENOMEM. */
int content_hasher_new(struct content_hasher **out, const struct options *o, struct err *err);
void content_hasher_free(struct content_hasher *h);

/* Reads the regular file called name in dirfd (never through a symlink) and hashes it; holes are not read.
 * --verify: the page cache is dropped first, so that what is on disk is judged (what is dirty stays: sync before).
 * --nice: it is as it was afterwards.
 * alive: the link that is kept alive meanwhile, NULL for none; when it fails, or the
 * user wants to quit, the reading ends with -EINTR.
 * 0; -ESTALE when it is not a regular file any more or changed while it was read; or -errno. */
int content_hash(struct content_hash_result *out, struct content_hasher *h, int dirfd, const char *name,
		 struct link *alive);

/* The start of the first chunk at or behind offset that holds data; size when only a hole is left. For descriptors of
 * files that are not sparse, and file systems that cannot tell, that is offset. */
uint64_t content_next_chunk(int fd, uint64_t offset, uint64_t size);
