#include "xfer/tree/signature.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void put(struct buf *b, uint64_t kept, uint64_t old_size, uint32_t block)
{
	buf_clear(b);
	buf_u64(b, 99);
	buf_varint(b, kept);
	for (uint64_t i = 0; i < kept / HASH_CHUNK && i < 10; i++)
		buf_u64(b, 1000 + i);
	buf_varint(b, old_size);
	if (!old_size)
		return;
	buf_u32(b, block);
	for (uint64_t i = 0; block && i < (old_size + block - 1) / block && i < 10; i++) {
		buf_u32(b, (uint32_t)i);
		buf_u64(b, 2000 + i);
	}
}

static void what_was_put_comes_back(void **state)
{
	(void)state;
	struct buf b;
	struct signature s;
	buf_init(&b, 1 << 16);
	put(&b, 3 * HASH_CHUNK, 2 * DELTA_BLOCK_LEAST + 1, DELTA_BLOCK_LEAST);
	assert_int_equal(signature_get(&s, b.data, b.len), 0);
	assert_int_equal(s.old.seed, 99);
	assert_int_equal(s.kept, 3 * HASH_CHUNK);
	assert_int_equal(s.kept_hash[2], 1002);
	assert_int_equal(s.old.size, 2 * DELTA_BLOCK_LEAST + 1);
	assert_int_equal(s.old.block, DELTA_BLOCK_LEAST);
	assert_int_equal(s.old.blocks[2].weak, 2);
	assert_int_equal(s.old.blocks[2].strong, 2002);
	signature_fini(&s);
	buf_fini(&b);
}

static void nothing_offered_is_a_signature_too(void **state)
{
	(void)state;
	struct buf b;
	struct signature s;
	buf_init(&b, 1 << 16);
	put(&b, 0, 0, 0);
	assert_int_equal(signature_get(&s, b.data, b.len), 0);
	assert_int_equal(s.kept, 0);
	assert_int_equal(s.old.size, 0);
	signature_fini(&s);
	buf_fini(&b);
}

static void every_truncated_one_is_refused(void **state)
{
	(void)state;
	struct buf b;
	struct signature s;
	buf_init(&b, 1 << 16);
	put(&b, 2 * HASH_CHUNK, 5 * DELTA_BLOCK_LEAST, DELTA_BLOCK_LEAST);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(signature_get(&s, b.data, n), -EPROTO);
	buf_u8(&b, 0);
	assert_int_equal(signature_get(&s, b.data, b.len), -EPROTO);
	buf_fini(&b);
}

/* Room is made only for what is really there. */
static void sizes_that_lie_are_refused(void **state)
{
	(void)state;
	static const struct {
		uint64_t kept, old_size;
		uint32_t block;
	} lies[] = {
		{ HASH_CHUNK + 1, 0, 0 },
		{ UINT64_C(1) << 62, 0, 0 },
		{ UINT64_MAX - HASH_CHUNK + 1, 0, 0 },
		{ 0, UINT64_MAX, DELTA_BLOCK_MOST },
		{ 0, UINT64_C(1) << 40, DELTA_BLOCK_LEAST },
		{ 0, DELTA_BLOCK_LEAST, 0 },
		{ 0, DELTA_BLOCK_LEAST, 1 },
		{ 0, DELTA_BLOCK_LEAST, DELTA_BLOCK_MOST + 1 },
		{ 0, 100 * DELTA_BLOCK_LEAST, DELTA_BLOCK_LEAST },
	};
	struct buf b;
	struct signature s;
	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		put(&b, lies[i].kept, lies[i].old_size, lies[i].block);
		assert_int_equal(signature_get(&s, b.data, b.len), -EPROTO);
	}
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_comes_back),
		cmocka_unit_test(nothing_offered_is_a_signature_too),
		cmocka_unit_test(every_truncated_one_is_refused),
		cmocka_unit_test(sizes_that_lie_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
