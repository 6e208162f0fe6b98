/* staged.h - a copy of a file that changes meanwhile: passes over the original, each of which writes what is not yet as it is there.
 *
 * What was copied is known by its hashes (hash.h), chunk by chunk where it stands: the pages of a table's file never move. Zeros
 * are left out, as holes. A copy is the original as soon as a pass was made over one that nobody changed. One owner. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "xfer/codec/hash.h"

struct staged {
	int fd; /* the copy, owned; wanted during a pass; -1: none */
	struct digest *chunks;
	size_t count;
	uint64_t size;
};

struct staged_pass {
	int from; /* the original */
	int (*go)(void *ctx,
		  size_t bytes); /* called for each chunk that was looked at; other than 0 ends the pass */
	void *ctx;
};

/* All zeros but for fd, which is empty. */
void staged_init(struct staged *s, int fd);
/* 0 or -errno. *written: bytes. */
int staged_copy(struct staged *s, const struct staged_pass *pass, uint64_t *written);
void staged_fini(struct staged *s);
