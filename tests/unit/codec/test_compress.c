#include "xfer/codec/compress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { MAX = 1 << 20 };

static uint32_t seed;

static uint32_t number(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

static void fill_text(uint8_t *data, size_t len)
{
	static const char words[] = "the quick brown fox jumps over the lazy dog again ";
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)words[(i + (number() % 97 == 0)) % (sizeof words - 1)];
}

static void fill_noise(uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(number() >> 7);
}

static int set_up(void **state)
{
	seed = 42;
	*state = compressor_new(1);
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	compressor_free(*state);
	compressor_free(NULL);
	return 0;
}

static void what_is_packed_comes_back(void **state)
{
	struct compressor *c = *state;
	uint8_t *in = malloc(MAX), *out = malloc(MAX), *back = malloc(MAX);
	for (size_t len = 128; len <= MAX; len = len * 3 / 2 + 1) {
		fill_text(in, len);
		size_t n = compressor_pack(c, out, MAX, in, len);
		assert_true(n > 0 && n <= len - len / 8);
		memset(back, 0x55, len);
		assert_int_equal(compressor_unpack(c, back, MAX, out, n), len);
		assert_memory_equal(back, in, len);
		/* exactly as much room as is needed, and one byte less */
		assert_int_equal(compressor_unpack(c, back, len, out, n), len);
		assert_int_equal(compressor_unpack(c, back, len - 1, out, n), -EBADMSG);
	}
	free(in), free(out), free(back);
}

static void noise_does_not_pay(void **state)
{
	struct compressor *c = *state;
	uint8_t *in = malloc(MAX), *out = malloc(MAX);
	static const size_t sizes[] = { 0, 1, 128, 4096, 32767, 32768, MAX };
	fill_noise(in, MAX);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		assert_int_equal(compressor_pack(*state, out, MAX, in, sizes[i]), 0);
	/* a compressible end is enough for a try, but too little is saved */
	memset(in + MAX - 4096, 0, 4096);
	assert_int_equal(compressor_pack(c, out, MAX, in, MAX), 0);
	free(in), free(out);
}

static void a_taste_from_anywhere_is_enough(void **state)
{
	struct compressor *c = *state;
	uint8_t *in = malloc(MAX), *out = malloc(MAX), *back = malloc(MAX);
	for (int part = 0; part < 3; part++) {
		fill_noise(in, MAX);
		memset(in + part * (MAX / 3), 'x', MAX / 3 + 1);
		size_t n = compressor_pack(c, out, MAX, in, MAX);
		assert_true(n > 0);
		assert_int_equal(compressor_unpack(c, back, MAX, out, n), MAX);
		assert_memory_equal(back, in, MAX);
	}
	free(in), free(out), free(back);
}

static void what_does_not_fit_is_not_packed(void **state)
{
	uint8_t in[4096], out[4096];
	fill_text(in, sizeof in);
	size_t n = compressor_pack(*state, out, sizeof out, in, sizeof in);
	assert_true(n > 0);
	out[n - 1] = 0xaa;
	assert_int_equal(compressor_pack(*state, out, n - 1, in, sizeof in), 0);
	assert_int_equal(out[n - 1], 0xaa);
}

static size_t stream_frame(uint8_t *out, size_t cap, const uint8_t *in, size_t len, bool size_known)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, size_known);
	size_t n = ZSTD_compress2(z, out, cap, in, len);
	ZSTD_freeCCtx(z);
	assert_false(ZSTD_isError(n));
	return n;
}

static void a_frame_that_says_no_size_is_refused(void **state)
{
	uint8_t in[4096], out[8192], back[8192];
	fill_text(in, sizeof in);
	size_t n = stream_frame(out, sizeof out, in, sizeof in, true);
	assert_int_equal(compressor_unpack(*state, back, sizeof back, out, n), sizeof in);
	n = stream_frame(out, sizeof out, in, sizeof in, false);
	assert_int_equal(compressor_unpack(*state, back, sizeof back, out, n), -EBADMSG);
}

static void a_bomb_is_refused(void **state)
{
	size_t huge = 64 << 20;
	uint8_t *in = calloc(1, huge), *out = malloc(1 << 16), *back = malloc(1 << 16);
	size_t n = stream_frame(out, 1 << 16, in, huge, true);
	assert_int_equal(compressor_unpack(*state, back, 1 << 16, out, n), -EBADMSG);
	/* the head alone claims 2^60 bytes */
	static const uint8_t claim[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x10, 1, 0, 0 };
	assert_int_equal(compressor_unpack(*state, back, 1 << 16, claim, sizeof claim), -EBADMSG);
	free(in), free(out), free(back);
}

static void anything_behind_the_frame_is_refused(void **state)
{
	uint8_t in[512], out[2048], back[4096];
	fill_text(in, sizeof in);
	size_t n = compressor_pack(*state, out, sizeof out, in, sizeof in);
	assert_true(n > 0);
	out[n] = 0;
	assert_int_equal(compressor_unpack(*state, back, sizeof back, out, n + 1), -EBADMSG);
	memcpy(out + n, "\x50\x2a\x4d\x18\0\0\0", 8); /* a skippable frame */
	assert_int_equal(compressor_unpack(*state, back, sizeof back, out, n + 8), -EBADMSG);
	memcpy(out + n, out, n);
	assert_int_equal(compressor_unpack(*state, back, sizeof back, out, 2 * n), -EBADMSG);
}

static void a_skippable_frame_is_refused(void **state)
{
	static const uint8_t skip_me[] = { 0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 'a', 'b', 'c', 'd' };
	uint8_t back[64];
	assert_int_equal(compressor_unpack(*state, back, sizeof back, skip_me, sizeof skip_me), -EBADMSG);
}

static void every_truncation_is_refused(void **state)
{
	uint8_t in[3000], out[3000], back[3000];
	fill_text(in, sizeof in);
	size_t n = compressor_pack(*state, out, sizeof out, in, sizeof in);
	assert_true(n > 0);
	for (size_t cut = 0; cut < n; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1); /* reading on is seen by the sanitizer */
		memcpy(exact, out, cut);
		assert_int_equal(compressor_unpack(*state, back, sizeof back, exact, cut), -EBADMSG);
		free(exact);
	}
}

static void damage_never_writes_beyond_the_room(void **state)
{
	uint8_t in[3000], out[3000];
	fill_text(in, sizeof in);
	size_t n = compressor_pack(*state, out, sizeof out, in, sizeof in);
	for (int round = 0; round < 20000; round++) {
		size_t cap = round % 3 ? sizeof in : number() % sizeof in;
		uint8_t *bad = malloc(n), *back = malloc(cap + 1);
		memcpy(bad, out, n);
		for (uint32_t k = number() % 4; k < 4; k++)
			bad[number() % n] ^= (uint8_t)(1 << number() % 8);
		back[cap] = 0xaa;
		ptrdiff_t r = compressor_unpack(*state, back, cap, bad, n);
		assert_true(r == -EBADMSG || (r >= 0 && (size_t)r <= cap));
		assert_int_equal(back[cap], 0xaa);
		free(bad), free(back);
	}
	/* the compressor is as good as new */
	uint8_t back[3000];
	assert_int_equal(compressor_unpack(*state, back, sizeof back, out, n), sizeof in);
	assert_memory_equal(back, in, sizeof in);
}

static void what_is_packed_adaptively_comes_back(void **state)
{
	struct compressor *c = *state;
	uint8_t *in = malloc(MAX), *out = malloc(MAX), *back = malloc(MAX);
	size_t packed = 0;
	compressor_set_level(c, COMPRESS_ADAPT);
	fill_text(in, MAX);
	for (int i = 0; i < 200; i++) {
		compressor_waited(c, 500000000); /* as on a slow link: all levels are tried */
		size_t n = compressor_pack(c, out, MAX, in, MAX);
		if (!n)
			continue;
		packed++;
		assert_int_equal(compressor_unpack(c, back, MAX, out, n), MAX);
		assert_memory_equal(back, in, MAX);
	}
	assert_true(packed > 100);
	free(in), free(out), free(back);
}

static void noise_is_hardly_looked_at_adaptively(void **state)
{
	struct compressor *c = *state;
	uint8_t *in = malloc(MAX), *out = malloc(MAX);
	compressor_set_level(c, COMPRESS_ADAPT);
	fill_noise(in, MAX);
	for (int i = 0; i < 8; i++)
		assert_int_equal(compressor_pack(c, out, MAX, in, MAX), 0);
	fill_text(in, MAX);
	/* the frames right behind it are believed to be noise, but not many */
	size_t untried = 0;
	while (untried < 20 && !compressor_pack(c, out, MAX, in, MAX))
		untried++;
	assert_in_range(untried, 1, 8);
	free(in), free(out);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_packed_comes_back),
		TEST(noise_does_not_pay),
		TEST(a_taste_from_anywhere_is_enough),
		TEST(what_is_packed_adaptively_comes_back),
		TEST(noise_is_hardly_looked_at_adaptively),
		TEST(what_does_not_fit_is_not_packed),
		TEST(a_frame_that_says_no_size_is_refused),
		TEST(a_bomb_is_refused),
		TEST(anything_behind_the_frame_is_refused),
		TEST(a_skippable_frame_is_refused),
		TEST(every_truncation_is_refused),
		TEST(damage_never_writes_beyond_the_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
