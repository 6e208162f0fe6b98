#include "xfer/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* malloc shall fail as it does without a sanitizer, instead of ending the test. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void integers_come_back_as_they_went(void **state)
{
	(void)state;
	static const uint64_t values[] = { 0,	       1,	   0x7f,
					   0x80,       0x3fff,	   0x4000,
					   UINT32_MAX, 1ULL << 35, (1ULL << 63) - 1,
					   1ULL << 63, UINT64_MAX };
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		buf_varint(&b, values[i]);
		buf_signed(&b, (int64_t)values[i]);
		buf_signed(&b, -(int64_t)(values[i] / 2));
		buf_u64(&b, values[i]);
		buf_u32(&b, (uint32_t)values[i]);
		buf_u8(&b, (uint8_t)values[i]);
	}
	assert_false(b.failed);
	struct reader r = reader_of(b.data, b.len);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		assert_true(reader_varint(&r) == values[i]);
		assert_true(reader_signed(&r) == (int64_t)values[i]);
		assert_true(reader_signed(&r) == -(int64_t)(values[i] / 2));
		assert_true(reader_u64(&r) == values[i]);
		assert_true(reader_u32(&r) == (uint32_t)values[i]);
		assert_true(reader_u8(&r) == (uint8_t)values[i]);
	}
	assert_true(reader_done(&r));
}

static void a_varint_of_every_width_comes_back(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		AUTO(buf_fini) struct buf b;
		buf_init(&b, 64);
		buf_varint(&b, 1ULL << bit);
		assert_int_equal(b.len, bit / 7 + 1);
		struct reader r = reader_of(b.data, b.len);
		assert_true(reader_varint(&r) == 1ULL << bit);
		assert_true(reader_done(&r));
	}
}

static void integers_are_little_endian(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 64);
	buf_u32(&b, 0x04030201);
	buf_u64(&b, 0x0c0b0a0908070605);
	assert_memory_equal(b.data, "\1\2\3\4\5\6\7\10\11\12\13\14", 12);
}

static void strings_come_back_with_every_byte(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 1024);
	buf_string(&b, "a\0b", 3);
	buf_string(&b, "", 0);
	buf_string(&b, NULL, 0);
	struct reader r = reader_of(b.data, b.len);
	size_t len;
	assert_memory_equal(reader_string(&r, &len, 3), "a\0b", 3);
	assert_int_equal(len, 3);
	assert_non_null(reader_string(&r, &len, 0));
	assert_int_equal(len, 0);
	reader_string(&r, &len, 0);
	assert_true(reader_done(&r));
}

static void the_limit_holds_to_the_byte(void **state)
{
	(void)state;
	static const size_t limits[] = { 0, 1, 255, 256, 257, 300, 511, 512, 513, 1000 };
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		AUTO(buf_fini) struct buf b;
		buf_init(&b, limits[i]);
		for (size_t n = 0; n < limits[i]; n++)
			buf_u8(&b, (uint8_t)n);
		assert_false(b.failed);
		assert_int_equal(b.len, limits[i]);
		assert_in_range(b.cap, 0, limits[i]);
		buf_u8(&b, 0);
		assert_true(b.failed);
		assert_int_equal(b.len, limits[i]);
	}
}

static void a_failure_sticks_until_cleared(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 4);
	buf_u64(&b, UINT64_MAX);
	assert_true(b.failed);
	buf_u8(&b, 1);
	assert_true(b.failed);
	buf_clear(&b);
	assert_false(b.failed);
	buf_u32(&b, 7);
	assert_false(b.failed);
	assert_int_equal(b.len, 4);
}

static void room_for_nothing_is_room(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 0);
	assert_non_null(buf_reserve(&b, 0));
	buf_bytes(&b, NULL, 0);
	buf_bytes(&b, "", 0);
	assert_false(b.failed);
	assert_null(buf_reserve(&b, 1));
	assert_true(b.failed);
}

static void an_absurd_size_fails_at_once(void **state)
{
	(void)state;
	/* doubling the capacity must neither wrap round nor go on for ever */
	AUTO(buf_fini) struct buf b;
	buf_init(&b, SIZE_MAX);
	buf_u8(&b, 1);
	assert_null(buf_reserve(&b, SIZE_MAX / 2 + 2));
	assert_true(b.failed);
	buf_clear(&b);
	buf_u8(&b, 1);
	assert_null(buf_reserve(&b, SIZE_MAX));
	assert_true(b.failed);
}

static void a_record_cut_anywhere_fails_and_never_reads_on(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 1024);
	buf_u8(&b, 1);
	buf_u32(&b, 2);
	buf_u64(&b, UINT64_MAX);
	buf_varint(&b, UINT64_MAX);
	buf_signed(&b, INT64_MIN);
	buf_string(&b, "name", 4);
	for (size_t cut = 0; cut <= b.len; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1); /* so that a sanitizer sees the end */
		assert_non_null(exact);
		memcpy(exact, b.data, cut);
		struct reader r = reader_of(exact, cut);
		size_t len;
		reader_u8(&r);
		reader_u32(&r);
		uint64_t whole = reader_u64(&r);
		assert_true(r.failed ? whole == 0 : whole == UINT64_MAX);
		reader_varint(&r);
		reader_signed(&r);
		const char *s = reader_string(&r, &len, 100);
		assert_int_equal(reader_done(&r), cut == b.len);
		assert_int_equal(s != NULL, cut == b.len);
		assert_int_equal(len, cut == b.len ? 4 : 0);
		free(exact);
	}
}

static uint64_t varint_of(const char *bytes, size_t n, bool *failed)
{
	struct reader r = reader_of(bytes, n);
	uint64_t v = reader_varint(&r);
	*failed = r.failed;
	return v;
}

static void a_varint_beyond_64_bits_is_refused(void **state)
{
	(void)state;
	bool failed;
	assert_true(varint_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, &failed) == UINT64_MAX);
	assert_false(failed);
	assert_true(varint_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, &failed) == 0);
	assert_true(failed);
	assert_true(varint_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10, &failed) == 0);
	assert_true(failed);
	/* eleven bytes, whatever they say */
	assert_true(varint_of("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11, &failed) == 0);
	assert_true(failed);
	assert_true(varint_of("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x81\x00", 11, &failed) == 0);
	assert_true(failed);
}

static void a_padded_varint_of_ten_bytes_is_taken(void **state)
{
	(void)state;
	bool failed;
	assert_true(varint_of("\x85\x00", 2, &failed) == 5);
	assert_false(failed);
	assert_true(varint_of("\x85\x80\x80\x80\x80\x80\x80\x80\x80\x00", 10, &failed) == 5);
	assert_false(failed);
}

static void a_string_longer_than_allowed_or_than_there_is_fails(void **state)
{
	(void)state;
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 1024);
	buf_string(&b, "12345", 5);
	size_t len = 9;
	struct reader r = reader_of(b.data, b.len);
	assert_null(reader_string(&r, &len, 4));
	assert_int_equal(len, 0);
	assert_true(r.failed);

	buf_clear(&b);
	buf_varint(&b, UINT64_MAX); /* at + n would wrap */
	buf_bytes(&b, "abc", 3);
	r = reader_of(b.data, b.len);
	assert_null(reader_string(&r, &len, SIZE_MAX));
	assert_true(r.failed);
	/* it sticks, even for what would be there */
	assert_null(reader_bytes(&r, 0));
	assert_int_equal(reader_u8(&r), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_come_back_as_they_went),
		cmocka_unit_test(a_varint_of_every_width_comes_back),
		cmocka_unit_test(integers_are_little_endian),
		cmocka_unit_test(strings_come_back_with_every_byte),
		cmocka_unit_test(the_limit_holds_to_the_byte),
		cmocka_unit_test(a_failure_sticks_until_cleared),
		cmocka_unit_test(room_for_nothing_is_room),
		cmocka_unit_test(an_absurd_size_fails_at_once),
		cmocka_unit_test(a_record_cut_anywhere_fails_and_never_reads_on),
		cmocka_unit_test(a_varint_beyond_64_bits_is_refused),
		cmocka_unit_test(a_padded_varint_of_ten_bytes_is_taken),
		cmocka_unit_test(a_string_longer_than_allowed_or_than_there_is_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
