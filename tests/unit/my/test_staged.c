#include "dbdump/my/staged.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { MIB = 1 << 20 };

static int fresh(void)
{
	int fd = memfd_create("test", 0);
	assert_true(fd >= 0);
	return fd;
}

static void put(int fd, uint64_t at, uint8_t byte, size_t len)
{
	uint8_t *data = malloc(len);
	assert_non_null(data);
	memset(data, byte, len);
	assert_int_equal(pwrite(fd, data, len, (off_t)at), (ssize_t)len);
	free(data);
}

static uint64_t copy(struct staged *s, int from)
{
	const struct staged_pass pass = { .from = from };
	uint64_t written = 0;
	assert_int_equal(staged_copy(s, &pass, &written), 0);
	return written;
}

static void assert_same(int a, int b)
{
	struct stat x, y;
	assert_int_equal(fstat(a, &x), 0);
	assert_int_equal(fstat(b, &y), 0);
	assert_int_equal(x.st_size, y.st_size);
	uint8_t *one = malloc((size_t)x.st_size + 1), *two = malloc((size_t)x.st_size + 1);
	assert_non_null(one);
	assert_non_null(two);
	assert_int_equal(pread(a, one, (size_t)x.st_size, 0), x.st_size);
	assert_int_equal(pread(b, two, (size_t)x.st_size, 0), x.st_size);
	assert_memory_equal(one, two, (size_t)x.st_size);
	free(one);
	free(two);
}

static void the_next_pass_writes_what_has_changed(void **state)
{
	(void)state;
	struct staged s;
	int from = fresh();
	staged_init(&s, fresh());
	put(from, 0, 'a', 5 * MIB + 100);
	assert_int_equal(copy(&s, from), 5 * MIB + 100);
	assert_same(from, s.fd);
	assert_int_equal(copy(&s, from), 0);
	put(from, 3 * MIB + 77, 'b', 1);
	assert_int_equal(copy(&s, from), MIB);
	assert_same(from, s.fd);
	put(from, 5 * MIB + 100, 'c', 2 * MIB);
	copy(&s, from);
	assert_same(from, s.fd);
	staged_fini(&s);
	close(from);
}

static void zeros_are_holes_until_something_stood_there(void **state)
{
	(void)state;
	struct staged s;
	struct stat st;
	int from = fresh();
	staged_init(&s, fresh());
	assert_int_equal(ftruncate(from, 64 * MIB), 0);
	put(from, 8 * MIB, 0, 4 * MIB);
	put(from, 20 * MIB, 'a', MIB);
	assert_int_equal(copy(&s, from), MIB);
	assert_same(from, s.fd);
	assert_int_equal(fstat(s.fd, &st), 0);
	assert_true(st.st_blocks * 512 <= 2 * MIB);
	put(from, 20 * MIB, 0, MIB);
	assert_int_equal(copy(&s, from), MIB);
	assert_same(from, s.fd);
	staged_fini(&s);
	close(from);
}

static void a_file_that_shrank_and_grew_has_nothing_of_before(void **state)
{
	(void)state;
	struct staged s;
	int from = fresh();
	staged_init(&s, fresh());
	put(from, 0, 'a', 6 * MIB);
	copy(&s, from);
	assert_int_equal(ftruncate(from, 2 * MIB), 0);
	copy(&s, from);
	assert_same(from, s.fd);
	assert_int_equal(ftruncate(from, 6 * MIB), 0);
	put(from, 5 * MIB, 'a', MIB);
	copy(&s, from);
	assert_same(from, s.fd);
	staged_fini(&s);
	close(from);
}

static int refuse(void *ctx, size_t bytes)
{
	*(size_t *)ctx += bytes;
	return -EINTR;
}

static void it_ends_when_it_is_told_to(void **state)
{
	(void)state;
	struct staged s;
	size_t seen = 0;
	uint64_t written = 0;
	int from = fresh();
	const struct staged_pass pass = { .from = from, .go = refuse, .ctx = &seen };
	staged_init(&s, fresh());
	put(from, 0, 'a', 3 * MIB);
	assert_int_equal(staged_copy(&s, &pass, &written), -EINTR);
	assert_int_equal(seen, MIB);
	staged_fini(&s);
	close(from);
}

struct far {
	struct staged copy;
	size_t chunks;
};

static int carry(void *ctx, size_t number, const uint8_t *data, size_t len)
{
	struct far *far = ctx;
	far->chunks++;
	return staged_take(&far->copy, number, data, len);
}

static void assert_far_same(const struct staged *s, struct far *far, int from)
{
	struct digest one, two;
	assert_int_equal(staged_end(&far->copy, s->size), 0);
	assert_int_equal(staged_hash(&one, s), 0);
	assert_int_equal(staged_hash(&two, &far->copy), 0);
	assert_true(digest_equal(&one, &two));
	assert_same(from, far->copy.fd);
}

static void a_copy_elsewhere_gets_what_has_changed(void **state)
{
	(void)state;
	struct staged s;
	struct far far = { 0 };
	uint64_t written = 0;
	int from = fresh();
	const struct staged_pass pass = { .from = from, .put = carry, .ctx = &far };
	staged_init(&s, -1);
	staged_init(&far.copy, fresh());
	put(from, 0, 'a', 2 * MIB);
	put(from, 4 * MIB, 'b', MIB + 100);
	assert_int_equal(staged_copy(&s, &pass, &written), 0);
	assert_int_equal(far.chunks, 4); /* two are a hole */
	assert_far_same(&s, &far, from);
	put(from, MIB, 0, MIB);
	put(from, 5 * MIB + 100, 'c', MIB);
	far.chunks = 0;
	assert_int_equal(staged_copy(&s, &pass, &written), 0);
	assert_int_equal(far.chunks, 3);
	assert_far_same(&s, &far, from);
	assert_int_equal(ftruncate(from, 10 * MIB), 0);
	far.chunks = 0;
	assert_int_equal(staged_copy(&s, &pass, &written), 0);
	assert_int_equal(far.chunks, 1); /* what was the last one is longer */
	assert_far_same(&s, &far, from);
	assert_int_equal(staged_take(&far.copy, STAGED_CHUNKS, (const uint8_t *)"", 1), -EFBIG);
	assert_int_equal(staged_end(&far.copy, (uint64_t)STAGED_CHUNKS * MIB), -EFBIG);
	staged_fini(&s);
	staged_fini(&far.copy);
	close(from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_pass_writes_what_has_changed),
		cmocka_unit_test(zeros_are_holes_until_something_stood_there),
		cmocka_unit_test(a_file_that_shrank_and_grew_has_nothing_of_before),
		cmocka_unit_test(it_ends_when_it_is_told_to),
		cmocka_unit_test(a_copy_elsewhere_gets_what_has_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
