/* signature.h - what the receiver has of a large file that it wants: the chunks of what an interrupted run left of it, and
 * the blocks of its old version. The payloads of the FRAME_BASE frames of one file: a byte, 1 when more follow, and then a
 * piece of
 *   u64 seed, kept, kept / HASH_CHUNK times u64 hash, size of the old version,
 *   [if that is not 0: u32 block size, and for each block u32 weak, u64 strong]
 * Integers without a size are varints; hashes are delta.h's. A value that owns its arrays. */
#pragma once
#include "xfer/base/buf.h"
#include "xfer/codec/delta.h"
#include "xfer/codec/hash.h"

enum {
	SIGNATURE_CHUNKS_MAX = 1 << 21,
	SIGNATURE_BYTES_MAX = 12 * DELTA_BLOCKS_MAX + 8 * SIGNATURE_CHUNKS_MAX + 64,
	SIGNATURES_OUT = 8 << 20,				/* bytes sent ahead, if it is more than one */
	SIGNATURES_HELD = SIGNATURE_BYTES_MAX + SIGNATURES_OUT, /* the sender's limit */
};

struct signature {
	uint64_t kept;		    /* bytes, a multiple of HASH_CHUNK; 0: nothing was left */
	uint64_t *kept_hash;	    /* of each chunk */
	struct delta_base old;	    /* size 0: none */
	struct delta_block *blocks; /* old's */
};

/* 0, -EPROTO or -ENOMEM. */
int signature_get(struct signature *out, const void *bytes, size_t len);
void signature_fini(struct signature *s);
