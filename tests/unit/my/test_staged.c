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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_pass_writes_what_has_changed),
		cmocka_unit_test(zeros_are_holes_until_something_stood_there),
		cmocka_unit_test(a_file_that_shrank_and_grew_has_nothing_of_before),
		cmocka_unit_test(it_ends_when_it_is_told_to),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
