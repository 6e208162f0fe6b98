#include "xfer/tree/receiver_parts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = HASH_CHUNK, MOST = 6 * CHUNK };

/* A file put together, beside what it must become. */
struct desk {
	int fd, old;
	struct file_hash *hash;
	struct parts *parts;
	struct pool *pool;
	uint8_t *want, *old_data;
	uint64_t end;
};

static unsigned threads; /* of the pool, in the tests of a run */

static int unnamed(void)
{
	char path[] = "/tmp/partsXXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static void fill(uint8_t *p, size_t n, uint32_t x)
{
	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (uint8_t)(x >> 24);
	}
}

/* left: bytes of the old data that an interrupted run left in the new file. */
static void open_desk(struct desk *k, size_t left, bool sparse)
{
	*k = (struct desk){ .fd = unnamed(), .old = unnamed(), .hash = file_hash_new() };
	k->want = calloc(1, MOST);
	k->old_data = malloc(MOST);
	assert_true(k->hash && k->want && k->old_data);
	fill(k->old_data, MOST, 7);
	assert_int_equal(pwrite(k->old, k->old_data, MOST, 0), MOST);
	assert_int_equal(pwrite(k->fd, k->old_data, left, 0), left);
	file_hash_begin(k->hash);
	assert_int_equal(pool_new(&k->pool, threads, NULL), 0);
	struct parts_job job = { k->fd, dup(k->old), left > 0, sparse, k->hash, k->pool };
	k->parts = parts_new(&job);
	assert_non_null(k->parts);
}

static void fresh(struct desk *k, uint64_t at, size_t len, uint32_t seed)
{
	fill(k->want + at, len, seed);
	assert_int_equal(parts_fresh(k->parts, at, k->want + at, len), len);
	k->end = at + len;
}

static void old(struct desk *k, uint64_t at, uint64_t from, size_t len, size_t written)
{
	memcpy(k->want + at, k->old_data + from, len);
	assert_int_equal(parts_old(k->parts, at, from, len), written);
	k->end = at + len;
}

static void kept(struct desk *k, uint64_t at, size_t len)
{
	memcpy(k->want + at, k->old_data + at, len);
	assert_int_equal(parts_kept(k->parts, at, len), 0);
	k->end = at + len;
}

static void drop_desk(struct desk *k)
{
	file_hash_free(k->hash);
	parts_free(k->parts);
	pool_free(k->pool);
	close(k->fd);
	close(k->old);
	free(k->want);
	free(k->old_data);
}

/* What is in the file, and what was hashed, is what was wanted. */
static void close_desk(struct desk *k, uint64_t size)
{
	uint8_t *got = malloc(MOST);
	struct file_hash *h = file_hash_new();
	assert_true(got && h);
	assert_int_equal(parts_end(k->parts, size), 0);
	assert_int_equal(ftruncate(k->fd, (off_t)size), 0);
	assert_int_equal(pread(k->fd, got, MOST, 0), size);
	assert_memory_equal(got, k->want, size);
	file_hash_begin(h);
	for (uint64_t at = 0; at < size; at += CHUNK)
		file_hash_chunk(h, at, k->want + at, size - at < CHUNK ? size - at : CHUNK);
	struct digest a = file_hash_end(h, size), b = file_hash_end(k->hash, size);
	assert_true(digest_equal(&a, &b));
	file_hash_free(h);
	free(got);
	drop_desk(k);
}

static void pieces_across_chunks_make_the_file(void **state)
{
	(void)state;
	struct desk k;
	open_desk(&k, 0, false);
	fresh(&k, 0, 1000, 1);
	old(&k, 1000, 77, CHUNK, CHUNK);
	old(&k, k.end, 3 * CHUNK + 5, 333, 333);
	fresh(&k, k.end, CHUNK, 2);
	fresh(&k, k.end, 1, 3);
	close_desk(&k, k.end);
}

static void what_was_left_stays_where_it_is_kept(void **state)
{
	(void)state;
	struct desk k;
	open_desk(&k, 3 * CHUNK, false);
	kept(&k, 0, CHUNK);
	fresh(&k, k.end, CHUNK, 4);
	kept(&k, k.end, CHUNK);
	fresh(&k, k.end, 12345, 5);
	close_desk(&k, k.end);
}

static void holes_are_zeros_over_what_was_left(void **state)
{
	(void)state;
	struct desk k;
	open_desk(&k, 5 * CHUNK, false);
	kept(&k, CHUNK, CHUNK); /* a hole before it */
	fresh(&k, 3 * CHUNK, 100, 6);
	close_desk(&k, 4 * CHUNK + 50); /* and behind */
}

static void old_pieces_go_where_they_were_and_elsewhere(void **state)
{
	(void)state;
	struct desk k;
	open_desk(&k, 0, false);
	old(&k, 0, 0, CHUNK, CHUNK);
	fresh(&k, k.end, 4096, 7);
	old(&k, k.end, k.end, 8192, 8192);
	old(&k, k.end, 0, 8192, 8192);
	fresh(&k, 3 * CHUNK, 10, 8);
	close_desk(&k, 3 * CHUNK + 20);
}

static void an_old_version_that_was_written_to_meanwhile_is_an_error(void **state)
{
	(void)state;
	struct desk k;
	const struct timespec later[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1 } };
	open_desk(&k, 0, false);
	old(&k, 0, 0, CHUNK, CHUNK);
	assert_int_equal(futimens(k.old, later), 0);
	assert_int_equal(parts_end(k.parts, CHUNK), -ESTALE);
	drop_desk(&k);
}

static void sparse_zeros_replace_what_was_there(void **state)
{
	(void)state;
	struct desk k;
	struct stat st;
	open_desk(&k, 4 * CHUNK, true);
	memset(k.want, 0, 2 * CHUNK);
	k.want[70000] = 1;
	assert_int_equal(parts_fresh(k.parts, 0, k.want, CHUNK), CHUNK);
	assert_int_equal(parts_fresh(k.parts, CHUNK, k.want + CHUNK, CHUNK), CHUNK);
	close_desk(&k, 2 * CHUNK);
	open_desk(&k, 4 * CHUNK, true);
	assert_int_equal(parts_fresh(k.parts, 0, k.want, CHUNK), CHUNK);
	assert_int_equal(parts_end(k.parts, CHUNK), 0);
	assert_int_equal(fstat(k.fd, &st), 0);
	assert_true(st.st_blocks * 512 <= 3 * CHUNK);
	close_desk(&k, CHUNK);
}

/* A killed run is taken up again from what is there, as far as the file goes. */
static void nothing_is_written_before_what_lies_before_it(void **state)
{
	(void)state;
	struct desk k;
	struct stat st;
	open_desk(&k, 0, false);
	old(&k, 0, 5, CHUNK, CHUNK);
	old(&k, CHUNK, 9, 100, 100);
	fresh(&k, CHUNK + 100, 1000, 1);
	assert_int_equal(fstat(k.fd, &st), 0);
	assert_true(st.st_size <= CHUNK);
	close_desk(&k, CHUNK + 1100);
}

static void an_empty_file_and_one_of_a_hole_come_out(void **state)
{
	(void)state;
	struct desk k;
	open_desk(&k, CHUNK, false);
	close_desk(&k, 0);
	open_desk(&k, 0, false);
	close_desk(&k, 2 * CHUNK + 3);
}

/* Without a sign of it but the missing bytes. */
static void shorten(int fd, off_t size)
{
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	const struct timespec times[2] = { st.st_atim, st.st_mtim };
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(futimens(fd, times), 0);
}

/* At once, or when the chunk is read. */
static int end_of(struct desk *k, int64_t code, uint64_t size)
{
	return code < 0 ? (int)code : parts_end(k->parts, size);
}

static void an_old_version_that_became_shorter_is_an_error(void **state)
{
	(void)state;
	struct desk k;
	open_desk(&k, 0, false);
	shorten(k.old, 100);
	assert_int_equal(end_of(&k, parts_old(k.parts, 0, 50, 51), 51), -ESTALE);
	drop_desk(&k);
	open_desk(&k, CHUNK, false);
	assert_int_equal(ftruncate(k.fd, 0), 0);
	assert_int_equal(end_of(&k, parts_kept(k.parts, 0, CHUNK), CHUNK), -ESTALE);
	drop_desk(&k);
}

static void an_error_of_one_chunk_is_not_forgotten_by_the_next_ones(void **state)
{
	(void)state;
	struct desk k;
	open_desk(&k, 0, false);
	shorten(k.old, 4 * CHUNK);
	int64_t code = parts_old(k.parts, 0, 4 * CHUNK, CHUNK);
	for (uint64_t at = CHUNK; code >= 0 && at < MOST; at += CHUNK)
		code = parts_old(k.parts, at, 0, CHUNK);
	assert_int_equal(end_of(&k, code, MOST), -ESTALE);
	drop_desk(&k);
}

/* More pieces than are remembered, of all kinds. */
static void hundreds_of_pieces_in_a_chunk_make_the_file(void **state)
{
	(void)state;
	struct desk k;
	open_desk(&k, 3 * CHUNK, false);
	for (uint32_t i = 0; k.end + 9000 < 3 * CHUNK; i++) {
		uint64_t at = k.end + (i % 97 == 4 ? 700 : 0); /* a hole */
		if (i % 3 == 0)
			kept(&k, at, 1 + i);
		else if (i % 3 == 1 || i % 7 == 0)
			old(&k, at, 5 * CHUNK - i, 3000 + i, 3000 + i);
		else
			fresh(&k, at, 10 + i, i);
	}
	old(&k, k.end, 1, CHUNK, CHUNK);
	close_desk(&k, k.end);
}

static void what_was_given_of_a_file_that_is_given_up_is_in_it(void **state)
{
	(void)state;
	struct desk k;
	open_desk(&k, 0, false);
	for (uint64_t at = 0; at < 4 * CHUNK; at += CHUNK)
		old(&k, at, at + 10, CHUNK, CHUNK);
	old(&k, k.end, 99, 12345, 12345);
	parts_free(k.parts);
	k.parts = NULL;
	uint8_t *got = malloc(MOST);
	assert_non_null(got);
	assert_int_equal(pread(k.fd, got, MOST, 0), k.end);
	assert_memory_equal(got, k.want, k.end);
	free(got);
	drop_desk(&k);
}

int main(void)
{
	int failed = 0;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_across_chunks_make_the_file),
		cmocka_unit_test(what_was_left_stays_where_it_is_kept),
		cmocka_unit_test(holes_are_zeros_over_what_was_left),
		cmocka_unit_test(old_pieces_go_where_they_were_and_elsewhere),
		cmocka_unit_test(sparse_zeros_replace_what_was_there),
		cmocka_unit_test(nothing_is_written_before_what_lies_before_it),
		cmocka_unit_test(an_empty_file_and_one_of_a_hole_come_out),
		cmocka_unit_test(an_old_version_that_became_shorter_is_an_error),
		cmocka_unit_test(an_old_version_that_was_written_to_meanwhile_is_an_error),
		cmocka_unit_test(an_error_of_one_chunk_is_not_forgotten_by_the_next_ones),
		cmocka_unit_test(hundreds_of_pieces_in_a_chunk_make_the_file),
		cmocka_unit_test(what_was_given_of_a_file_that_is_given_up_is_in_it),
	};
	for (threads = 1; threads <= 3; threads += 2)
		failed += cmocka_run_group_tests(tests, NULL, NULL);
	return failed;
}
