#include "xfer/codec/hash.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "xfer/base/err.h"

struct file_hash {
	XXH3_state_t state; /* wants 64-byte alignment */
};

static void store64(uint8_t to[static 8], uint64_t v)
{
	for (int i = 0; i < 8; i++)
		to[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t load64(const uint8_t from[static 8])
{
	uint64_t v = 0;
	for (int i = 0; i < 8; i++)
		v |= (uint64_t)from[i] << (8 * i);
	return v;
}

static struct digest canonical(XXH128_hash_t h)
{
	XXH128_canonical_t c;
	struct digest d;
	XXH128_canonicalFromHash(&c, h);
	_Static_assert(sizeof c.digest == sizeof d.byte, "XXH128 is 16 bytes");
	memcpy(d.byte, c.digest, sizeof d.byte);
	return d;
}

struct digest hash_of(const void *data, size_t len)
{
	return canonical(XXH3_128bits(data, len));
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->byte, b->byte, DIGEST_SIZE) == 0;
}

bool hash_is_zeros(const void *data, size_t len)
{
	const uint8_t *p = data;
	/* the first bytes decide nearly always; then the buffer is compared with itself, shifted by one */
	for (size_t i = 0; i < len && i < 16; i++)
		if (p[i])
			return false;
	return len <= 16 || memcmp(p, p + 16, len - 16) == 0;
}

struct file_hash *file_hash_new(void)
{
	return aligned_alloc(64, (sizeof(struct file_hash) + 63) / 64 * 64);
}

void file_hash_free(struct file_hash *h)
{
	free(h);
}

void file_hash_freep(struct file_hash **h)
{
	file_hash_free(*h);
}

void file_hash_begin(struct file_hash *h)
{
	XXH3_128bits_reset(&h->state);
}

bool chunk_hash(struct digest *out, const void *data, size_t len)
{
	CHECK(len <= HASH_CHUNK);
	if (hash_is_zeros(data, len))
		return false;
	*out = hash_of(data, len);
	return true;
}

void file_hash_put(struct file_hash *h, uint64_t offset, const struct digest *chunk)
{
	CHECK(offset % HASH_CHUNK == 0);
	uint8_t pair[8 + DIGEST_SIZE];
	store64(pair, offset);
	memcpy(pair + 8, chunk->byte, DIGEST_SIZE);
	XXH3_128bits_update(&h->state, pair, sizeof pair);
}

void file_hash_chunk(struct file_hash *h, uint64_t offset, const void *data, size_t len)
{
	struct digest d;
	if (chunk_hash(&d, data, len))
		file_hash_put(h, offset, &d);
}

struct digest file_hash_end(struct file_hash *h, uint64_t size)
{
	uint8_t le[8];
	store64(le, size);
	XXH3_128bits_update(&h->state, le, sizeof le);
	return canonical(XXH3_128bits_digest(&h->state));
}

struct digest file_hash_small(const void *data, size_t len)
{
	/* the same bytes as the streaming form hashes, laid out for one call */
	uint8_t all[8 + DIGEST_SIZE + 8];
	size_t n = 0;
	CHECK(len <= HASH_CHUNK);
	if (!hash_is_zeros(data, len)) {
		struct digest d = hash_of(data, len);
		store64(all, 0);
		memcpy(all + 8, d.byte, DIGEST_SIZE);
		n = 8 + DIGEST_SIZE;
	}
	store64(all + n, len);
	return hash_of(all, n + 8);
}

void tree_digest_add(struct tree_digest *sum, const struct digest *item)
{
	uint64_t low = load64(item->byte);
	sum->low += low;
	sum->high += load64(item->byte + 8) + (sum->low < low);
}

struct digest tree_digest_value(const struct tree_digest *sum)
{
	struct digest d = { { 0 } };
	store64(d.byte, sum->low);
	store64(d.byte + 8, sum->high);
	return d;
}
