/* delta.h - finds what of a new content is in an old one already, block by block, wherever it moved to.
 *
 * The side with the old content (the base) cuts it into blocks of one size and gives for each a rolling sum and the
 * seeded XXH3-64 of its bytes. The side with the new content scans it and says, in order, what to take from the base
 * and what is new. Matches are believed only until the whole file's hash (hash.h) is compared; the seed is another one
 * each time, so that nobody can prepare blocks that are taken for others twice.
 *
 * Linear in the new content whatever the data: candidates whose sum matches and whose hash does not are looked at
 * only as long as the bytes hashed for them stay within a constant share of the bytes scanned.
 * Pure: no descriptors. One owner. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { DELTA_BLOCK_LEAST = 16 * 1024, DELTA_BLOCK_MOST = 1 << 20, DELTA_BLOCKS_MAX = 1 << 21 };

struct delta_block {
	uint64_t strong;
	uint32_t weak;
};

/* The block size for a base of this many bytes: about the square root, so that the sums are never the larger part. 0: too
 * large for a delta. */
uint32_t delta_block_size(uint64_t base_size);
struct delta_block delta_block_of(uint64_t seed, const void *data, size_t len);
/* Its strong half alone. */
uint64_t delta_hash(uint64_t seed, const void *data, size_t len);

struct delta;

/* What a scan finds, in the order of the new content. Both return 0, or -errno to end it. */
struct delta_target {
	int (*copy)(void *ctx, uint64_t base_offset, uint64_t len);
	int (*fresh)(void *ctx, const void *data, size_t len); /* at most 1 MiB at a time */
	void *ctx;
};

struct delta_base {
	uint64_t seed, size;
	uint32_t block;			  /* 1 to DELTA_BLOCK_MOST */
	const struct delta_block *blocks; /* size / block, rounded up; the last one perhaps short */
};

/* base, its blocks and target are borrowed for the life of the delta. 0 or -ENOMEM. */
int delta_new(struct delta **out, const struct delta_base *base, const struct delta_target *target);
void delta_free(struct delta *d);

/* The next bytes of the new content, any number. */
int delta_feed(struct delta *d, const void *data, size_t len);
/* There are no more; hands over all that was held back. Afterwards the scan may begin again at another place. */
int delta_end(struct delta *d);
/* The scan goes on at this offset of the new content: the base's block there, if there is one, is tried first. Only at the start
 * and after delta_end. */
void delta_seek(struct delta *d, uint64_t offset);
