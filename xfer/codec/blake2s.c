#include "xfer/codec/blake2s.h"

#include <stdbool.h>
#include <string.h>

#include "xfer/base/err.h"

enum { BLOCK = 64, ROUNDS = 10 };

/* The first 32 bits of the fractional parts of the square roots of the first eight primes. */
static const uint32_t initial[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
				     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

/* Which words of the block go into a round, in which order. */
static const uint8_t order[ROUNDS][16] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
	{ 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
	{ 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
	{ 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
	{ 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
	{ 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
	{ 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
	{ 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
	{ 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

static uint32_t rotated(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static void mix(uint32_t v[static 16], const uint8_t at[static 4], uint32_t x, uint32_t y)
{
	uint32_t *a = &v[at[0]], *b = &v[at[1]], *c = &v[at[2]], *d = &v[at[3]];
	*a += *b + x;
	*d = rotated(*d ^ *a, 16);
	*c += *d;
	*b = rotated(*b ^ *c, 12);
	*a += *b + y;
	*d = rotated(*d ^ *a, 8);
	*c += *d;
	*b = rotated(*b ^ *c, 7);
}

/* One block; upto: bytes so far, with it. */
static void compress(uint32_t h[static 8], const uint8_t block[static BLOCK], uint64_t upto, bool last)
{
	static const uint8_t lanes[8][4] = { { 0, 4, 8, 12 },  { 1, 5, 9, 13 },	 { 2, 6, 10, 14 },
					     { 3, 7, 11, 15 }, { 0, 5, 10, 15 }, { 1, 6, 11, 12 },
					     { 2, 7, 8, 13 },  { 3, 4, 9, 14 } };
	uint32_t v[16], m[16];
	for (int i = 0; i < 16; i++)
		m[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
		       (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
	memcpy(v, h, 8 * sizeof *v);
	memcpy(v + 8, initial, sizeof initial);
	v[12] ^= (uint32_t)upto;
	v[13] ^= (uint32_t)(upto >> 32);
	if (last)
		v[14] = ~v[14];
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < 8; i++)
			mix(v, lanes[i], m[order[round][2 * i]], m[order[round][2 * i + 1]]);
	for (int i = 0; i < 8; i++)
		h[i] ^= v[i] ^ v[i + 8];
}

void blake2s(uint8_t *out, size_t size, const void *data, size_t len)
{
	CHECK(size && size <= BLAKE2S_MOST);
	uint32_t h[8];
	uint8_t block[BLOCK] = { 0 };
	size_t at = 0;
	memcpy(h, initial, sizeof h);
	h[0] ^= 0x01010000 ^ (uint32_t)size;
	/* the last block is the last one even when it is full */
	for (; len - at > BLOCK; at += BLOCK)
		compress(h, (const uint8_t *)data + at, at + BLOCK, false);
	if (len > at)
		memcpy(block, (const uint8_t *)data + at, len - at);
	compress(h, block, len, true);
	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)(h[i / 4] >> (8 * (i % 4)));
}
