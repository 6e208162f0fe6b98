/* staged.h - a copy of a file that changes meanwhile: passes over the original, each of which writes what is not yet as it is there.
 *
 * What was copied is known by its hashes (hash.h), chunk by chunk where it stands: the pages of a table's file never move. Zeros
 * are left out, as holes. A copy is the original as soon as a pass was made over one that nobody changed. It is here, or made by
 * who is given the chunks. One owner. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "xfer/codec/hash.h"

enum { STAGED_CHUNKS = 1 << 22 }; /* most of a copy that others make */

struct staged {
	int fd; /* the copy, owned; wanted during a pass that writes it; -1: none */
	struct digest *chunks;
	size_t count;
	uint64_t size;
};

struct staged_pass {
	int from; /* the original */
	/* Called for each chunk that is not yet as it is, with zeros for a hole; NULL: fd is written */
	int (*put)(void *ctx, size_t chunk, const uint8_t *data, size_t len);
	int (*go)(void *ctx,
		  size_t bytes); /* called for each chunk that was looked at; other than 0 ends the pass */
	void *ctx;
};

/* All zeros but for fd, which is empty. */
void staged_init(struct staged *s, int fd);
/* The copy's, whole: as hash.h has it. -ENOMEM. */
int staged_hash(struct digest *out, const struct staged *s);
/* 0 or -errno. *written: bytes. */
int staged_copy(struct staged *s, const struct staged_pass *pass, uint64_t *written);
/* The copy's own end, where somebody else makes the passes: a chunk that came, and how large the file is. -EFBIG: too large. */
int staged_take(struct staged *s, size_t chunk, const uint8_t *data, size_t len);
int staged_end(struct staged *s, uint64_t size);
void staged_fini(struct staged *s);
