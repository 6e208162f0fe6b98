/* blake2s.h - BLAKE2s (RFC 7693), without a key: for what nobody may find two inputs of one hash for. Slower than
 * hash.h, and meant for short texts. Pure. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { BLAKE2S_MOST = 32 };

/* Writes a hash of size bytes, 1 to BLAKE2S_MOST. Hashes of different sizes have nothing in common. */
void blake2s(uint8_t *out, size_t size, const void *data, size_t len);
