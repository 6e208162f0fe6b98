#include "xfer/tree/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 17 };

/* Every field another value, so that two that are swapped are seen. */
static struct account sample(void)
{
	return (struct account){
		.items = { 1, 2, 3, 4, 5, 6, 7, 8, UINT64_MAX },
		.bytes = { .total = 1 << 30, .read = 11, .written = 12 },
		.proven = { 13, 14, 15 },
		.digest = hash_of("x", 1),
		.differences = 16,
		.peak_memory = 17,
		.io = 2,
		.deletions_stopped = true,
	};
}

static void an_account_comes_back_as_it_was(void **state)
{
	(void)state;
	struct account a = sample(), b;
	struct buf buf;
	buf_init(&buf, 1000);
	account_put(&buf, &a);
	struct reader r = reader_of(buf.data, buf.len);
	memset(&b, 0x55, sizeof b);
	assert_int_equal(account_get(&r, &b), 0);
	assert_true(reader_done(&r));
	assert_memory_equal(&a.items, &b.items, sizeof a.items);
	assert_memory_equal(&a.proven, &b.proven, sizeof a.proven);
	assert_memory_equal(&a.digest, &b.digest, sizeof a.digest);
	assert_true(b.bytes.total == 1 << 30 && b.bytes.read == 11 && b.bytes.written == 12);
	assert_true(b.differences == 16 && b.peak_memory == 17);
	assert_int_equal(b.io, 2);
	assert_true(b.deletions_stopped);
	buf_fini(&buf);
}

static void io_and_flags_are_kept_apart(void **state)
{
	(void)state;
	for (uint8_t io = 0; io < 3; io++) {
		struct account a = { .io = io }, b = sample();
		struct buf buf;
		buf_init(&buf, 1000);
		account_put(&buf, &a);
		struct reader r = reader_of(buf.data, buf.len);
		assert_int_equal(account_get(&r, &b), 0);
		assert_int_equal(b.io, io);
		assert_false(b.deletions_stopped);
		buf_fini(&buf);
	}
}

static void a_writer_with_fewer_numbers_leaves_zeros(void **state)
{
	(void)state;
	for (int n = 0; n <= NUMBERS; n++) {
		struct account got = sample();
		struct buf buf;
		buf_init(&buf, 1000);
		uint8_t digest[DIGEST_SIZE] = { 9 };
		buf_bytes(&buf, digest, sizeof digest);
		buf_u8(&buf, 4);
		for (int i = 0; i < n; i++)
			buf_varint(&buf, 100);
		struct reader r = reader_of(buf.data, buf.len);
		assert_int_equal(account_get(&r, &got), 0);
		assert_int_equal(got.items.total, n > 0 ? 100 : 0);
		assert_int_equal(got.items.skipped, n > 8 ? 100 : 0);
		assert_int_equal(got.peak_memory, n == NUMBERS ? 100 : 0);
		buf_fini(&buf);
	}
}

static void a_writer_with_more_numbers_is_understood(void **state)
{
	(void)state;
	struct account a = sample(), b;
	struct buf buf;
	buf_init(&buf, 1000);
	account_put(&buf, &a);
	buf_varint(&buf, 4711);
	struct reader r = reader_of(buf.data, buf.len);
	assert_int_equal(account_get(&r, &b), 0);
	assert_int_equal(b.peak_memory, 17);
	buf_fini(&buf);
}

static void a_cut_head_or_number_is_refused(void **state)
{
	(void)state;
	struct account a = sample(), b;
	struct buf buf;
	buf_init(&buf, 1000);
	account_put(&buf, &a);
	for (size_t cut = 0; cut <= DIGEST_SIZE; cut++) {
		struct reader r = reader_of(buf.data, cut);
		assert_int_equal(account_get(&r, &b), -EPROTO);
	}
	buf_clear(&buf);
	buf_bytes(&buf, "0123456789abcdef\0\x80", 18);
	struct reader r = reader_of(buf.data, buf.len);
	assert_int_equal(account_get(&r, &b), -EPROTO);
	buf_fini(&buf);
}

static void a_process_takes_some_memory(void **state)
{
	(void)state;
	struct account a = { .peak_memory = 0 };
	account_take_memory(&a);
	assert_true(a.peak_memory > 1 << 20 && a.peak_memory < UINT64_C(1) << 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_comes_back_as_it_was),
		cmocka_unit_test(io_and_flags_are_kept_apart),
		cmocka_unit_test(a_writer_with_fewer_numbers_leaves_zeros),
		cmocka_unit_test(a_writer_with_more_numbers_is_understood),
		cmocka_unit_test(a_cut_head_or_number_is_refused),
		cmocka_unit_test(a_process_takes_some_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
