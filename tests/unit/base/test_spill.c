#include "xfer/base/spill.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SMALL = 4 * 4096, LARGE = 1 << 20, RECORD = 24 };

static char place[] = "/tmp/xfer-spill-test-XXXXXX";

static int make_place(void **state)
{
	(void)state;
	return mkdtemp(place) ? 0 : -1;
}

static int remove_place(void **state)
{
	(void)state;
	return rmdir(place); /* fails when a spill left something */
}

static void put(struct spill *s, uint64_t at, uint64_t value)
{
	uint8_t record[RECORD];
	struct err err = { 0 };
	memset(record, (int)(value % 251), sizeof record);
	memcpy(record, &value, sizeof value);
	if (spill_write(s, at, record, sizeof record, &err) < 0)
		fail_msg("%s", err.text);
}

static void expect(struct spill *s, uint64_t at, uint64_t value)
{
	uint8_t record[RECORD], want[RECORD];
	struct err err = { 0 };
	memset(want, (int)(value % 251), sizeof want);
	memcpy(want, &value, sizeof value);
	if (spill_read(s, at, record, sizeof record, &err) < 0)
		fail_msg("%s", err.text);
	assert_memory_equal(record, want, sizeof want);
}

/* A step that visits all of 2^k places once, in no order. */
static uint64_t scattered(uint64_t i, uint64_t count)
{
	return i * 7919 % count;
}

static void what_was_written_is_read_back_in_order_and_at_random(void **state)
{
	(void)state;
	const uint64_t count = 1 << 14; /* 24 times as much as stays in memory; records cross pages */
	struct spill *s = spill_new(place, SMALL);
	for (uint64_t i = 0; i < count; i++)
		put(s, scattered(i, count) * RECORD, scattered(i, count));
	assert_int_equal(spill_end(s), count * RECORD);
	for (uint64_t i = 0; i < count; i++)
		expect(s, i * RECORD, i);
	for (uint64_t i = 0; i < count; i++)
		put(s, scattered(i, count) * RECORD, scattered(i, count) + 1);
	for (uint64_t i = 0; i < count; i++)
		expect(s, scattered(i, count) * RECORD, scattered(i, count) + 1);
	spill_free(s);
	spill_free(NULL);
}

static void what_was_not_written_is_zeros(void **state)
{
	(void)state;
	struct spill *s = spill_new(place, SMALL);
	put(s, LARGE, 5);
	put(s, LARGE / 2 + 100, 5);
	for (uint64_t at = 0; at < LARGE; at += 1000)
		if (at + RECORD < LARGE / 2 || at > LARGE / 2 + 200)
			expect(s, at, 0);
	expect(s, LARGE, 5);
	expect(s, LARGE / 2 + 100, 5);
	expect(s, 4 * (uint64_t)LARGE, 0);
	spill_free(s);
}

static void what_was_cut_off_is_zeros_again(void **state)
{
	(void)state;
	const uint64_t count = 1 << 13;
	static const uint64_t cuts[] = { 8000, 5000, 4999, 170, 1, 0 };
	for (size_t memory = SMALL; memory <= LARGE; memory *= 64) {
		struct spill *s = spill_new(place, memory);
		for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
			for (uint64_t i = 0; i < count; i++)
				put(s, i * RECORD, i + 1);
			spill_cut(s, cuts[k] * RECORD);
			assert_int_equal(spill_end(s), cuts[k] * RECORD);
			put(s, 2 * count * RECORD, 7); /* so that the file is long again */
			for (uint64_t i = 0; i < count; i++)
				expect(s, i * RECORD, i < cuts[k] ? i + 1 : 0);
		}
		spill_free(s);
	}
}

/* As the walk of a tree does: up and down. */
static void a_stack_goes_up_and_down(void **state)
{
	(void)state;
	struct spill *s = spill_new(place, SMALL);
	uint64_t height = 0, turn = 12345;
	for (int i = 0; i < 2000; i++) {
		turn = turn * 6364136223846793005u + 1442695040888963407u;
		uint64_t to = turn >> 50;
		for (; height < to; height++)
			put(s, height * RECORD, height + 1);
		if (to < height)
			spill_cut(s, to * RECORD);
		height = to;
		if (height) {
			expect(s, (height - 1) * RECORD, height);
			expect(s, height / 2 * RECORD, height / 2 + 1);
			expect(s, 0, 1);
		}
	}
	spill_free(s);
}

static void little_needs_no_file(void **state)
{
	(void)state;
	struct spill *s = spill_new("/nonexistent", SMALL);
	for (uint64_t i = 0; i < SMALL / RECORD; i++)
		put(s, i * RECORD, i);
	for (uint64_t i = 0; i < SMALL / RECORD; i++)
		expect(s, i * RECORD, i);
	spill_free(s);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
	(void)state;
	struct spill *s = spill_new("/nonexistent", SMALL);
	struct err err = { 0 };
	put(s, 0, 1);
	assert_int_equal(spill_write(s, SMALL, "x", 1, &err), -EIO);
	assert_non_null(strstr(err.text, ": No such file or directory"));
	assert_non_null(strstr(err.text, "/nonexistent: "));
	expect(s, 0, 1);
	spill_free(s);
}

static void the_file_has_no_name(void **state)
{
	(void)state;
	struct spill *s = spill_new(place, SMALL);
	for (uint64_t i = 0; i < 10000; i++)
		put(s, i * RECORD, i);
	DIR *d = opendir(place);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		assert_true(e->d_name[0] == '.');
	closedir(d);
	spill_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read_back_in_order_and_at_random),
		cmocka_unit_test(what_was_not_written_is_zeros),
		cmocka_unit_test(what_was_cut_off_is_zeros_again),
		cmocka_unit_test(a_stack_goes_up_and_down),
		cmocka_unit_test(little_needs_no_file),
		cmocka_unit_test(a_folder_that_is_not_there_is_named),
		cmocka_unit_test(the_file_has_no_name),
	};
	return cmocka_run_group_tests(tests, make_place, remove_place);
}
