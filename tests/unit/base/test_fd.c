#include "xfer/base/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { BIG = 5 * 1024 * 1024 + 12345 };

static int open_memory(void)
{
	int fd = memfd_create("test_fd", MFD_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void a_big_write_is_read_back_whole(void **state)
{
	(void)state;
	uint8_t *data = malloc(BIG), *back = malloc(BIG);
	int fd = open_memory();
	for (size_t i = 0; i < BIG; i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	assert_int_equal(fd_write_at(fd, data, BIG, 77), 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), BIG + 77);
	assert_int_equal(fd_read_at(fd, back, BIG, 77), BIG);
	assert_memory_equal(back, data, BIG);
	free(data), free(back);
	close(fd);
}

static void a_read_is_short_only_at_the_end(void **state)
{
	(void)state;
	char buf[16];
	int fd = open_memory();
	assert_int_equal(fd_write_at(fd, "0123456789", 10, 0), 0);
	assert_int_equal(fd_read_at(fd, buf, sizeof buf, 3), 7);
	assert_memory_equal(buf, "3456789", 7);
	assert_int_equal(fd_read_at(fd, buf, 4, 2), 4);
	assert_memory_equal(buf, "2345", 4);
	assert_int_equal(fd_read_at(fd, buf, sizeof buf, 10), 0);
	assert_int_equal(fd_read_at(fd, buf, sizeof buf, UINT64_C(1) << 40), 0);
	assert_int_equal(fd_read_at(fd, buf, 0, 0), 0);
	close(fd);
}

static void a_write_of_nothing_changes_nothing(void **state)
{
	(void)state;
	int fd = open_memory();
	assert_int_equal(fd_write_at(fd, "", 0, 1000), 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	close(fd);
}

static void errors_are_negative_numbers(void **state)
{
	(void)state;
	char buf[4] = "";
	int fds[2];
	assert_int_equal(fd_read_at(-1, buf, sizeof buf, 0), -EBADF);
	assert_int_equal(fd_write_at(-1, buf, sizeof buf, 0), -EBADF);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fd_read_at(fds[0], buf, sizeof buf, 0), -ESPIPE);
	assert_int_equal(fd_write_at(fds[1], buf, sizeof buf, 0), -ESPIPE);
	close(fds[0]);
	close(fds[1]);
}

/* The kernel writes up to the limit, and only the next call fails: half a write must not pass for a whole one. */
static void a_write_cut_by_a_limit_is_an_error(void **state)
{
	(void)state;
	char path[] = "/tmp/test_fd.XXXXXX";
	static uint8_t data[3 * 16384 + 1000]; /* its last piece is the one that is cut */
	int fd = mkstemp(path);
	struct rlimit old, low;
	assert_true(fd >= 0);
	unlink(path);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	low = (struct rlimit){ 50000, old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &low);
	int r = fd_write_at(fd, data, sizeof data, 0);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(r, -EFBIG);
	assert_int_equal(lseek(fd, 0, SEEK_END), 50000);
	close(fd);
}

static void closing_by_attribute_closes_once(void **state)
{
	(void)state;
	int fd = open_memory(), copy = fd, none = -1;
	fd_closep(&fd);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(copy, F_GETFD), -1);
	fd_closep(&fd);
	fd_closep(&none);
	void *p = malloc(10);
	fd_free_buffer(&p); /* the leak checker sees it if not */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_big_write_is_read_back_whole),
		cmocka_unit_test(a_read_is_short_only_at_the_end),
		cmocka_unit_test(a_write_of_nothing_changes_nothing),
		cmocka_unit_test(errors_are_negative_numbers),
		cmocka_unit_test(a_write_cut_by_a_limit_is_an_error),
		cmocka_unit_test(closing_by_attribute_closes_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
