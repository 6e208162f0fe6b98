/* hash.h - the checksums of content and of trees.
 *
 * Content: XXH3-128 over the pairs (offset, XXH3-128 of the chunk) of the file's 1 MiB chunks that hold
 * anything but zeros, in order, and then the file's size; offsets and sizes are 8 bytes little-endian,
 * hashes in XXH128's canonical form. A chunk of zeros counts as a hole wherever it is stored, so that a
 * file has one hash however it is allocated, and a hole costs nothing. Resume, streams and verify share it.
 *
 * Tree: the sum, modulo 2^128, of one digest an item; the order of the items does not matter.
 *
 * XXH3 finds accidents; it is no defence against somebody who forges content.
 * Pure values; struct file_hash has one owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HASH_CHUNK = 1 << 20, DIGEST_SIZE = 16 };

struct digest {
	uint8_t byte[DIGEST_SIZE];
};

struct digest hash_of(const void *data, size_t len);
bool digest_equal(const struct digest *a, const struct digest *b);

/* True when all len bytes are zero. */
bool hash_is_zeros(const void *data, size_t len);

/* One chunk by itself, which any thread may do: false when it is all zeros, and *out is left. */
bool chunk_hash(struct digest *out, const void *data, size_t len);

struct file_hash;

/* NULL when there is no memory. */
struct file_hash *file_hash_new(void);
void file_hash_free(struct file_hash *h);
void file_hash_freep(struct file_hash **h);
void file_hash_begin(struct file_hash *h);
/* One chunk: offset is a multiple of HASH_CHUNK, len at most HASH_CHUNK; offsets ascend. */
void file_hash_chunk(struct file_hash *h, uint64_t offset, const void *data, size_t len);
/* The same of a chunk whose hash is there; of zeros nothing is put. */
void file_hash_put(struct file_hash *h, uint64_t offset, const struct digest *chunk);
struct digest file_hash_end(struct file_hash *h, uint64_t size);

/* All of the above for a content of at most HASH_CHUNK bytes that is in memory. */
struct digest file_hash_small(const void *data, size_t len);

/* Sum of digests, as two halves. */
struct tree_digest {
	uint64_t low, high;
};

void tree_digest_add(struct tree_digest *sum, const struct digest *item);
struct digest tree_digest_value(const struct tree_digest *sum);
