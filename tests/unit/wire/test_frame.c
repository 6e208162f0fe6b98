#include "xfer/wire/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static size_t pack(uint8_t *to, uint16_t type, uint64_t offset, const void *data, uint32_t len)
{
	struct frame f = { .type = type, .chan = 0x1234, .offset = offset, .data = data, .len = len };
	frame_pack(to, &f);
	if (len)
		memcpy(to + FRAME_HEAD, data, len);
	return FRAME_HEAD + len;
}

static void a_frame_lies_on_the_wire_as_the_header_says(void **state)
{
	(void)state;
	static const uint8_t head[16] = { 5,	0,    0,    0,	  FRAME_DATA, 0,    0x34, 0x12,
					  0x08, 0x07, 0x06, 0x05, 0x04,	      0x03, 0x02, 0x01 };
	uint8_t buf[64];
	assert_int_equal(pack(buf, FRAME_DATA, 0x0102030405060708, "hello", 5), 29);
	assert_memory_equal(buf, head, sizeof head);
	uint32_t h = (uint32_t)XXH3_64bits(head, 16), payload = (uint32_t)XXH3_64bits_withSeed("hello", 5, h);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(buf[16 + i], (uint8_t)(h >> (8 * i)));
		assert_int_equal(buf[20 + i], (uint8_t)(payload >> (8 * i)));
	}
}

static void a_frame_survives_any_split(void **state)
{
	(void)state;
	uint8_t buf[64];
	struct frame f;
	size_t n = pack(buf, FRAME_LIST | FRAME_PACKED, UINT64_MAX, "hello", 5);

	for (size_t cut = 0; cut < n; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1); /* reading on is seen by the sanitizer */
		memcpy(exact, buf, cut);
		assert_int_equal(frame_parse(&f, exact, cut), 0);
		free(exact);
	}
	memset(buf + n, 0xee, sizeof buf - n);
	for (size_t more = n; more <= sizeof buf; more++)
		assert_int_equal(frame_parse(&f, buf, more), n);
	assert_int_equal(f.type, FRAME_LIST | FRAME_PACKED);
	assert_int_equal(f.chan, 0x1234);
	assert_true(f.offset == UINT64_MAX);
	assert_int_equal(f.len, 5);
	assert_ptr_equal(f.data, buf + FRAME_HEAD);
}

static void every_single_flipped_bit_is_noticed(void **state)
{
	(void)state;
	uint8_t buf[FRAME_HEAD + 300];
	uint8_t data[300];
	struct frame f;
	static const uint32_t sizes[] = { 0, 1, 5, 16, 17, 128, 241, 300 };
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 37);
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		size_t n = pack(buf, FRAME_DATA, 1 << 20, data, sizes[s]);
		for (size_t bit = 0; bit < 8 * n; bit++) {
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
			/* at once, a damaged length too: it must not be waited for */
			assert_int_equal(frame_parse(&f, buf, n), -EBADMSG);
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_int_equal(frame_parse(&f, buf, n), n);
	}
}

static void a_length_or_type_out_of_range_is_not_waited_for(void **state)
{
	(void)state;
	struct frame f;
	uint8_t head[8] = { 0 };
	for (unsigned type = 0; type < 65536; type++) {
		unsigned plain = type & 0x7fff;
		head[4] = (uint8_t)type;
		head[5] = (uint8_t)(type >> 8);
		assert_int_equal(frame_parse(&f, head, 7), 0);
		assert_int_equal(frame_parse(&f, head, 8), plain >= 1 && plain < FRAME_TYPES ? 0 : -EBADMSG);
	}
	head[4] = FRAME_DATA;
	head[5] = 0;
	for (uint32_t len = FRAME_MAX - 2; len <= FRAME_MAX + 2; len++) {
		head[0] = (uint8_t)len, head[1] = (uint8_t)(len >> 8), head[2] = (uint8_t)(len >> 16);
		assert_int_equal(frame_parse(&f, head, 8), len <= FRAME_MAX ? 0 : -EBADMSG);
	}
	memset(head, 0xff, 4);
	assert_int_equal(frame_parse(&f, head, 8), -EBADMSG);
}

static void the_largest_and_the_empty_frame_pass(void **state)
{
	(void)state;
	uint8_t *data = malloc(FRAME_MAX), *buf = malloc(FRAME_HEAD + FRAME_MAX);
	struct frame f;
	for (size_t i = 0; i < FRAME_MAX; i++)
		data[i] = (uint8_t)(i * i);
	size_t n = pack(buf, FRAME_DATA, 0, data, FRAME_MAX);
	assert_int_equal(frame_parse(&f, buf, n - 1), 0);
	assert_int_equal(frame_parse(&f, buf, n), n);
	assert_memory_equal(f.data, data, FRAME_MAX);
	assert_int_equal(pack(buf, FRAME_PING, 0, NULL, 0), FRAME_HEAD);
	assert_int_equal(frame_parse(&f, buf, FRAME_HEAD), FRAME_HEAD);
	assert_int_equal(f.len, 0);
	free(data), free(buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_lies_on_the_wire_as_the_header_says),
		cmocka_unit_test(a_frame_survives_any_split),
		cmocka_unit_test(every_single_flipped_bit_is_noticed),
		cmocka_unit_test(a_length_or_type_out_of_range_is_not_waited_for),
		cmocka_unit_test(the_largest_and_the_empty_frame_pass),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
