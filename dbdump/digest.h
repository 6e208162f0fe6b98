/* digest.h - the digest of rows: their count, and the sum modulo 2^128 of the XXH3-128 of each row's line.
 *
 * The order of rows does not matter, so readers may share a table in any way; equal rows cannot cancel, as they would
 * with XOR. It finds accidents and is no defence against somebody who forges rows. A plain value, all zeros at first;
 * one owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xfer/codec/hash.h"

struct rows_digest {
	uint64_t rows;
	uint64_t bytes; /* of the lines, for figures; says nothing about equality */
	struct tree_digest sum;
};

/* Whole lines, each ended by '\n' (engine.h). */
void rows_digest_lines(struct rows_digest *d, const uint8_t *lines, size_t len);
void rows_digest_merge(struct rows_digest *d, const struct rows_digest *other);
bool rows_digest_equal(const struct rows_digest *a, const struct rows_digest *b);

/* The length of the first line with its '\n'; len when there is none. */
size_t line_length(const uint8_t *lines, size_t len);
