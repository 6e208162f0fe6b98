/* The definition in hash.h, checked against one that calls xxhash directly. */
#include "xfer/codec/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { CHUNKS = 4 };

static const size_t sizes[] = { 0,	   1,	8,   15,  16,  17,  31,	  32,	 33,
				127,	   128, 129, 240, 241, 255, 4096, 65537, HASH_CHUNK - 1,
				HASH_CHUNK };

static void fill(uint8_t *data, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		data[i] = (uint8_t)(seed >> 24);
	}
}

static void le64(uint8_t *to, uint64_t v)
{
	for (int i = 0; i < 8; i++, v >>= 8)
		to[i] = (uint8_t)v;
}

static bool all_zero(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i])
			return false;
	return true;
}

/* As the header says it, on the whole content at once. */
static struct digest by_definition(const uint8_t *data, size_t len)
{
	struct digest d;
	XXH128_canonical_t c;
	uint8_t pairs[24 * CHUNKS + 8];
	size_t n = 0;
	for (size_t at = 0; at < len; at += HASH_CHUNK) {
		size_t take = len - at < HASH_CHUNK ? len - at : HASH_CHUNK;
		if (all_zero(data + at, take))
			continue;
		le64(pairs + n, at);
		XXH128_canonicalFromHash(&c, XXH3_128bits(data + at, take));
		memcpy(pairs + n + 8, c.digest, 16);
		n += 24;
	}
	le64(pairs + n, len);
	XXH128_canonicalFromHash(&c, XXH3_128bits(pairs, n + 8));
	memcpy(d.byte, c.digest, 16);
	return d;
}

/* skip_zeros: chunks of zeros are not handed over, as the reader of a sparse file does. */
static struct digest streamed(const uint8_t *data, size_t len, bool skip_zeros)
{
	struct file_hash *h = file_hash_new();
	assert_non_null(h);
	file_hash_begin(h);
	for (size_t at = 0; at < len; at += HASH_CHUNK) {
		size_t take = len - at < HASH_CHUNK ? len - at : HASH_CHUNK;
		if (!skip_zeros || !all_zero(data + at, take))
			file_hash_chunk(h, at, data + at, take);
	}
	struct digest d = file_hash_end(h, len);
	file_hash_free(h);
	return d;
}

static void assert_same(struct digest a, struct digest b)
{
	assert_memory_equal(a.byte, b.byte, DIGEST_SIZE);
}

static void a_hash_is_xxh3_in_canonical_form(void **state)
{
	(void)state;
	static const uint8_t empty[16] = { 0x99, 0xaa, 0x06, 0xd3, 0x01, 0x47, 0x98, 0xd8,
					   0x60, 0x01, 0xc3, 0x24, 0x46, 0x8d, 0x49, 0x7f };
	assert_memory_equal(hash_of("", 0).byte, empty, 16);
}

static void small_and_streamed_agree_with_the_definition(void **state)
{
	(void)state;
	uint8_t *data = malloc(HASH_CHUNK);
	fill(data, HASH_CHUNK, 7);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct digest want = by_definition(data, sizes[i]);
		assert_same(file_hash_small(data, sizes[i]), want);
		assert_same(streamed(data, sizes[i], false), want);
	}
	free(data);
}

static void several_chunks_agree_with_the_definition(void **state)
{
	(void)state;
	size_t max = CHUNKS * (size_t)HASH_CHUNK;
	uint8_t *data = malloc(max);
	fill(data, max, 9);
	assert_same(streamed(data, max, false), by_definition(data, max));
	assert_same(streamed(data, max - 1, false), by_definition(data, max - 1));
	assert_same(streamed(data, HASH_CHUNK + 1, false), by_definition(data, HASH_CHUNK + 1));
	free(data);
}

static void chunks_of_zeros_count_as_holes_wherever_they_stand(void **state)
{
	(void)state;
	size_t max = CHUNKS * (size_t)HASH_CHUNK - 100;
	uint8_t *data = calloc(1, max);
	for (unsigned set = 0; set < 1 << CHUNKS; set++) {
		memset(data, 0, max);
		for (size_t i = 0; i < CHUNKS; i++)
			data[i * HASH_CHUNK + 5000 * i] = set >> i & 1;
		struct digest want = by_definition(data, max);
		assert_same(streamed(data, max, false), want);
		assert_same(streamed(data, max, true), want);
	}
	free(data);
}

static void zeros_of_another_length_have_another_hash(void **state)
{
	(void)state;
	static const uint8_t zeros[64];
	struct digest one = file_hash_small(zeros, 1), two = file_hash_small(zeros, 2);
	assert_false(digest_equal(&one, &two));
	assert_same(one, by_definition(zeros, 1));
	assert_same(file_hash_small(zeros, 64), by_definition(zeros, 64));
}

static void the_same_chunk_at_another_offset_has_another_hash(void **state)
{
	(void)state;
	uint8_t *data = calloc(2, HASH_CHUNK);
	data[0] = 1;
	struct digest front = streamed(data, 2 * HASH_CHUNK, false);
	data[0] = 0;
	data[HASH_CHUNK] = 1;
	struct digest back = streamed(data, 2 * HASH_CHUNK, false);
	assert_false(digest_equal(&front, &back));
	free(data);
}

static void a_hash_can_be_begun_again(void **state)
{
	(void)state;
	struct file_hash *h = file_hash_new();
	file_hash_begin(h);
	file_hash_chunk(h, 0, "abc", 3);
	struct digest first = file_hash_end(h, 3);
	file_hash_begin(h);
	file_hash_chunk(h, 0, "abc", 3);
	assert_same(file_hash_end(h, 3), first);
	file_hash_freep(&h);
	file_hash_free(NULL);
}

static void one_byte_anywhere_is_not_zeros(void **state)
{
	(void)state;
	uint8_t data[100] = { 0 };
	for (size_t len = 0; len <= sizeof data; len++) {
		assert_true(hash_is_zeros(data, len));
		for (size_t i = 0; i < len; i++) {
			data[i] = 0x80;
			assert_false(hash_is_zeros(data, len));
			assert_true(hash_is_zeros(data, i));
			data[i] = 0;
		}
	}
}

static void digests_differ_by_any_byte(void **state)
{
	(void)state;
	struct digest a = hash_of("x", 1);
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		struct digest b = a;
		assert_true(digest_equal(&a, &b));
		b.byte[i] ^= 1;
		assert_false(digest_equal(&a, &b));
	}
}

static void the_tree_sum_does_not_depend_on_the_order(void **state)
{
	(void)state;
	struct tree_digest up = { 0 }, down = { 0 }, less = { 0 };
	for (int i = 0; i < 1000; i++) {
		int j = 999 - i;
		struct digest a = hash_of(&i, sizeof i), b = hash_of(&j, sizeof j);
		tree_digest_add(&up, &a);
		tree_digest_add(&down, &b);
		if (i)
			tree_digest_add(&less, &a);
	}
	assert_same(tree_digest_value(&up), tree_digest_value(&down));
	assert_memory_not_equal(tree_digest_value(&up).byte, tree_digest_value(&less).byte, DIGEST_SIZE);
}

/* The sum as schoolchildren do it, byte by byte. */
static void add_bytes(uint8_t *sum, const uint8_t *d)
{
	unsigned carry = 0;
	for (int i = 0; i < DIGEST_SIZE; i++) {
		carry += sum[i] + (unsigned)d[i];
		sum[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

static void the_tree_sum_carries_over_all_128_bits(void **state)
{
	(void)state;
	struct tree_digest sum = { 0 };
	struct digest ones, one = { { 1 } };
	uint8_t want[DIGEST_SIZE] = { 0 };
	memset(ones.byte, 0xff, 8);
	memset(ones.byte + 8, 0, 8);
	tree_digest_add(&sum, &ones);
	tree_digest_add(&sum, &one);
	assert_int_equal(sum.low, 0);
	assert_int_equal(sum.high, 1);

	sum = (struct tree_digest){ 0 };
	for (int i = 0; i < 500; i++) {
		struct digest d = hash_of(&i, sizeof i);
		tree_digest_add(&sum, &d);
		add_bytes(want, d.byte);
		assert_memory_equal(tree_digest_value(&sum).byte, want, DIGEST_SIZE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hash_is_xxh3_in_canonical_form),
		cmocka_unit_test(small_and_streamed_agree_with_the_definition),
		cmocka_unit_test(several_chunks_agree_with_the_definition),
		cmocka_unit_test(chunks_of_zeros_count_as_holes_wherever_they_stand),
		cmocka_unit_test(zeros_of_another_length_have_another_hash),
		cmocka_unit_test(the_same_chunk_at_another_offset_has_another_hash),
		cmocka_unit_test(a_hash_can_be_begun_again),
		cmocka_unit_test(one_byte_anywhere_is_not_zeros),
		cmocka_unit_test(digests_differ_by_any_byte),
		cmocka_unit_test(the_tree_sum_does_not_depend_on_the_order),
		cmocka_unit_test(the_tree_sum_carries_over_all_128_bits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
