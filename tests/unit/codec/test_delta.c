#include "xfer/codec/delta.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { MOST = 6 << 20, SEED = 77 };

/* A new content is made from the old one by what the scan says, and must be the new content. */
struct desk {
	uint8_t *base, *made, *content;
	size_t base_size, content_size, made_size;
	size_t fresh, copies;
	int fail_after; /* calls; -1 never */
};

static int fails(struct desk *k)
{
	return k->fail_after >= 0 && k->fail_after-- == 0 ? -EIO : 0;
}

static int copy(void *ctx, uint64_t from, uint64_t len)
{
	struct desk *k = ctx;
	assert_true(len && from <= k->base_size && len <= k->base_size - from);
	assert_true(k->made_size + len <= MOST);
	memcpy(k->made + k->made_size, k->base + from, len);
	k->made_size += len;
	k->copies++;
	return fails(k);
}

static int fresh(void *ctx, const void *data, size_t len)
{
	struct desk *k = ctx;
	assert_true(len && len <= 1 << 20 && k->made_size + len <= MOST);
	memcpy(k->made + k->made_size, data, len);
	k->made_size += len;
	k->fresh += len;
	return fails(k);
}

static uint64_t state = 1;
static uint32_t chance(uint32_t below)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(state >> 33) % below;
}

static void fill(uint8_t *p, size_t n, uint32_t values)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)chance(values);
}

static void setup(struct desk *k)
{
	*k = (struct desk){
		.base = malloc(MOST), .made = malloc(MOST), .content = malloc(MOST), .fail_after = -1
	};
	assert_true(k->base && k->made && k->content);
}

static void teardown(struct desk *k)
{
	free(k->base);
	free(k->made);
	free(k->content);
}

static struct delta_block *blocks_of(const struct desk *k, uint32_t block)
{
	size_t count = k->base_size / block + 1;
	struct delta_block *b = calloc(count, sizeof *b);
	assert_non_null(b);
	for (size_t at = 0, i = 0; at < k->base_size; at += block, i++)
		b[i] = delta_block_of(SEED, k->base + at,
				      k->base_size - at < block ? k->base_size - at : block);
	return b;
}

static int run(struct desk *k, uint32_t block)
{
	struct delta_block *blocks = blocks_of(k, block);
	struct delta_base base = { .seed = SEED, .size = k->base_size, .block = block, .blocks = blocks };
	struct delta_target target = { copy, fresh, k };
	struct delta *d;
	k->made_size = k->fresh = k->copies = 0;
	assert_int_equal(delta_new(&d, &base, &target), 0);
	int r = 0;
	for (size_t at = 0; r == 0 && at < k->content_size;) {
		size_t n = 1 + chance(700000);
		n = n < k->content_size - at ? n : k->content_size - at;
		r = delta_feed(d, k->content + at, n);
		at += n;
	}
	if (r == 0)
		r = delta_end(d);
	delta_free(d);
	free(blocks);
	return r;
}

static void make(struct desk *k, uint32_t block)
{
	assert_int_equal(run(k, block), 0);
	assert_int_equal(k->made_size, k->content_size);
	assert_memory_equal(k->made, k->content, k->content_size);
}

static void an_unchanged_content_is_one_copy(void **s)
{
	(void)s;
	struct desk k;
	setup(&k);
	k.base_size = k.content_size = (5 << 20) + 12345;
	fill(k.base, k.base_size, 256);
	memcpy(k.content, k.base, k.content_size);
	make(&k, 16384);
	assert_int_equal(k.copies, 1);
	assert_int_equal(k.fresh, 0);
	teardown(&k);
}

static void a_changed_byte_costs_one_block(void **s)
{
	(void)s;
	struct desk k;
	setup(&k);
	k.base_size = k.content_size = 5 << 20;
	fill(k.base, k.base_size, 256);
	memcpy(k.content, k.base, k.content_size);
	for (size_t i = 0; i < 10; i++)
		k.content[(2 * i + 3) * 16384 + chance(16384)] ^= 1;
	make(&k, 16384);
	assert_int_equal(k.fresh, 10 * 16384);
	teardown(&k);
}

static void blocks_changed_side_by_side_cost_themselves(void **s)
{
	(void)s;
	struct desk k;
	setup(&k);
	k.base_size = k.content_size = 4 << 20;
	fill(k.base, k.base_size, 256);
	memcpy(k.content, k.base, k.content_size);
	for (size_t i = 20; i < 25; i++)
		k.content[i * 16384] ^= 1;
	make(&k, 16384);
	assert_int_equal(k.fresh, 5 * 16384);
	teardown(&k);
}

static void an_inserted_byte_costs_itself(void **s)
{
	(void)s;
	struct desk k;
	setup(&k);
	k.base_size = 4 << 20;
	k.content_size = k.base_size + 1;
	fill(k.base, k.base_size, 256);
	k.content[0] = 9;
	memcpy(k.content + 1, k.base, k.base_size);
	make(&k, 16384);
	assert_int_equal(k.fresh, 1);
	teardown(&k);
}

static void halves_that_changed_places_are_found(void **s)
{
	(void)s;
	struct desk k;
	setup(&k);
	k.base_size = k.content_size = 4 << 20;
	fill(k.base, k.base_size, 256);
	memcpy(k.content, k.base + k.base_size / 2, k.base_size / 2);
	memcpy(k.content + k.base_size / 2, k.base, k.base_size / 2);
	make(&k, 16384);
	assert_int_equal(k.fresh, 0);
	assert_int_equal(k.copies, 2);
	teardown(&k);
}

static void what_is_appended_is_new_and_what_was_there_is_not(void **s)
{
	(void)s;
	struct desk k;
	setup(&k);
	k.base_size = (2 << 20) + 777;
	k.content_size = k.base_size + 5000;
	fill(k.content, k.content_size, 256);
	memcpy(k.base, k.content, k.base_size);
	make(&k, 16384);
	assert_int_equal(k.fresh, 777 + 5000); /* the short block at the end is found only at the end */
	teardown(&k);
}

static void nothing_in_common_is_all_new(void **s)
{
	(void)s;
	struct desk k;
	setup(&k);
	k.base_size = 3 << 20;
	k.content_size = 2 << 20;
	fill(k.base, k.base_size, 256);
	fill(k.content, k.content_size, 256);
	make(&k, 16384);
	assert_int_equal(k.fresh, k.content_size);
	teardown(&k);
}

static void equal_blocks_are_one_candidate(void **s)
{
	(void)s;
	struct desk k;
	setup(&k);
	k.base_size = (4 << 20) - 5;
	k.content_size = 5 << 20;
	memset(k.base, 0, k.base_size);
	memset(k.content, 0, k.content_size);
	k.content[123456] = 1;
	make(&k, 16384);
	assert_true(k.fresh <= 2 * 16384);
	teardown(&k);
}

static void small_and_empty_contents_come_out_right(void **s)
{
	(void)s;
	struct desk k;
	static const size_t sizes[] = { 0, 1, 999, 1000, 1001, 2000, 2500 };
	setup(&k);
	fill(k.base, 4000, 256);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
			k.base_size = sizes[i];
			k.content_size = sizes[j];
			memcpy(k.content, k.base, k.content_size);
			make(&k, 1000);
			if (i == j)
				assert_int_equal(k.fresh, 0);
		}
	teardown(&k);
}

static void anything_made_of_pieces_comes_out_right(void **s)
{
	(void)s;
	struct desk k;
	setup(&k);
	for (int round = 0; round < 200; round++) {
		k.base_size = chance(200000);
		k.content_size = 0;
		fill(k.base, k.base_size, 2 + chance(3));
		while (k.base_size && k.content_size < 150000 && chance(50)) {
			size_t from = chance((uint32_t)k.base_size), n = chance(40000);
			n = n < k.base_size - from ? n : k.base_size - from;
			memcpy(k.content + k.content_size, k.base + from, n);
			k.content_size += n;
			if (chance(2))
				k.content[k.content_size++] = 9;
		}
		make(&k, 1024);
	}
	teardown(&k);
}

/* All weak sums alike and all hashes different: as somebody would send who wants to keep us busy. */
static void a_crowd_of_equal_weak_sums_is_cut_short(void **s)
{
	(void)s;
	enum { BLOCK = 16384, COUNT = 1 << 15 };
	struct desk k;
	setup(&k);
	k.content_size = 4 << 20;
	memset(k.content, 7, k.content_size);
	uint32_t weak = delta_block_of(SEED, k.content, BLOCK).weak;
	struct delta_block *blocks = calloc(COUNT, sizeof *blocks);
	assert_non_null(blocks);
	for (size_t i = 0; i < COUNT; i++)
		blocks[i] = (struct delta_block){ .weak = weak, .strong = i };
	struct delta_base base = {
		.seed = SEED, .size = (uint64_t)BLOCK * COUNT, .block = BLOCK, .blocks = blocks
	};
	struct delta_target target = { copy, fresh, &k };
	struct delta *d;
	assert_int_equal(delta_new(&d, &base, &target), 0);
	/* without the limits this is 4 Mi positions by 32 Ki candidates of 16 KiB: a day */
	assert_int_equal(delta_feed(d, k.content, k.content_size), 0);
	assert_int_equal(delta_end(d), 0);
	assert_int_equal(k.made_size, k.content_size);
	assert_memory_equal(k.made, k.content, k.content_size);
	delta_free(d);
	free(blocks);
	teardown(&k);
}

static void a_scan_goes_on_elsewhere(void **s)
{
	(void)s;
	struct desk k;
	setup(&k);
	k.base_size = 4 << 20;
	fill(k.base, k.base_size, 256);
	struct delta_block *blocks = blocks_of(&k, 16384);
	struct delta_base base = { .seed = SEED, .size = k.base_size, .block = 16384, .blocks = blocks };
	struct delta_target target = { copy, fresh, &k };
	struct delta *d;
	assert_int_equal(delta_new(&d, &base, &target), 0);
	assert_int_equal(delta_feed(d, k.base, 1 << 20), 0);
	assert_int_equal(delta_end(d), 0);
	delta_seek(d, 3 << 20);
	assert_int_equal(delta_feed(d, k.base + (3 << 20), 1 << 20), 0);
	assert_int_equal(delta_end(d), 0);
	assert_int_equal(k.made_size, 2 << 20);
	assert_int_equal(k.fresh, 0);
	assert_int_equal(k.copies, 2);
	assert_memory_equal(k.made + (1 << 20), k.base + (3 << 20), 1 << 20);
	delta_free(d);
	free(blocks);
	teardown(&k);
}

static void an_error_of_the_target_ends_the_scan(void **s)
{
	(void)s;
	struct desk k;
	setup(&k);
	k.base_size = k.content_size = 4 << 20;
	fill(k.base, k.base_size, 256);
	memcpy(k.content, k.base, k.content_size);
	for (size_t i = 3; i < 200; i += 5)
		k.content[i * 16384] ^= 1;
	for (k.fail_after = 0; k.fail_after < 20;) {
		int n = k.fail_after;
		assert_int_equal(run(&k, 16384), -EIO);
		k.fail_after = n + 3;
	}
	teardown(&k);
}

static void another_seed_is_another_hash(void **s)
{
	(void)s;
	assert_true(delta_block_of(1, "abc", 3).strong != delta_block_of(2, "abc", 3).strong);
}

static int count_copied(void *ctx, uint64_t from, uint64_t len)
{
	uint64_t *copied = ctx;
	assert_int_equal(from, *copied);
	*copied += len;
	return 0;
}

static int no_fresh(void *ctx, const void *data, size_t len)
{
	(void)ctx;
	(void)data;
	assert_int_equal(len, 0);
	return 0;
}

/* The other side is to work while the scan goes on. */
static void a_long_copy_is_said_in_pieces(void **s)
{
	(void)s;
	enum { SIZE = 40 << 20, BLOCK = 64 << 10 };
	uint8_t *zeros = calloc(1, SIZE);
	struct desk k = { .base = zeros, .base_size = SIZE };
	struct delta_block *blocks = blocks_of(&k, BLOCK);
	const struct delta_base base = { .seed = SEED, .size = SIZE, .block = BLOCK, .blocks = blocks };
	uint64_t copied = 0;
	const struct delta_target target = { count_copied, no_fresh, &copied };
	struct delta *d;
	assert_int_equal(delta_new(&d, &base, &target), 0);
	assert_int_equal(delta_feed(d, zeros, SIZE), 0);
	assert_true(copied >= SIZE / 2);
	assert_int_equal(delta_end(d), 0);
	assert_int_equal(copied, SIZE);
	delta_free(d);
	free(blocks);
	free(zeros);
}

/* The scan rolls up to the window's last byte, and not beyond it. */
static void new_content_may_end_where_the_window_does(void **s)
{
	(void)s;
	struct desk k;
	setup(&k);
	k.base_size = 64 * 1024;
	k.content_size = 4 << 20;
	fill(k.base, k.base_size, 256);
	fill(k.content, k.content_size, 256);
	make(&k, 1024);
	assert_int_equal(k.fresh, k.content_size);
	teardown(&k);
}

static void the_block_size_is_about_the_root_and_has_bounds(void **s)
{
	(void)s;
	assert_int_equal(delta_block_size(0), DELTA_BLOCK_LEAST);
	assert_int_equal(delta_block_size(UINT64_C(4) << 30), 64 * 1024);
	assert_int_equal(delta_block_size(UINT64_C(1) << 40), DELTA_BLOCK_MOST);
	assert_int_equal(delta_block_size(UINT64_C(1) << 50), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unchanged_content_is_one_copy),
		cmocka_unit_test(a_changed_byte_costs_one_block),
		cmocka_unit_test(blocks_changed_side_by_side_cost_themselves),
		cmocka_unit_test(an_inserted_byte_costs_itself),
		cmocka_unit_test(halves_that_changed_places_are_found),
		cmocka_unit_test(what_is_appended_is_new_and_what_was_there_is_not),
		cmocka_unit_test(nothing_in_common_is_all_new),
		cmocka_unit_test(equal_blocks_are_one_candidate),
		cmocka_unit_test(small_and_empty_contents_come_out_right),
		cmocka_unit_test(anything_made_of_pieces_comes_out_right),
		cmocka_unit_test(a_crowd_of_equal_weak_sums_is_cut_short),
		cmocka_unit_test(a_scan_goes_on_elsewhere),
		cmocka_unit_test(an_error_of_the_target_ends_the_scan),
		cmocka_unit_test(another_seed_is_another_hash),
		cmocka_unit_test(a_long_copy_is_said_in_pieces),
		cmocka_unit_test(new_content_may_end_where_the_window_does),
		cmocka_unit_test(the_block_size_is_about_the_root_and_has_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
