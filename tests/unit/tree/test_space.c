#include "xfer/tree/space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <linux/magic.h>

/* A directory on a file system that is counted, or the test is skipped. */
static int counted(void)
{
	static const char *const places[] = { "/tmp", "/dev/shm", "/run" };
	for (size_t i = 0; i < 3; i++) {
		struct statfs fs;
		int fd = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && fstatfs(fd, &fs) == 0 &&
		    (fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == TMPFS_MAGIC))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	skip();
	return -1;
}

static uint64_t free_bytes(int fd)
{
	struct statfs fs;
	assert_int_equal(fstatfs(fd, &fs), 0);
	return (uint64_t)fs.f_bfree * (uint64_t)fs.f_bsize;
}

static void a_little_fits(void **state)
{
	(void)state;
	struct space s;
	struct err err = { 0 };
	int fd = counted();
	space_init(&s, fd, true);
	assert_true(s.on && s.block >= 512);
	assert_int_equal(space_check(&s, true, &err), 0);
	space_expect(&s, 1, 0, false);
	assert_int_equal(s.need_bytes, s.block);
	space_expect(&s, s.block, 0, false);
	assert_int_equal(s.need_bytes, 2 * s.block);
	space_expect(&s, s.block + 1, 0, false);
	assert_int_equal(s.need_bytes, 4 * s.block);
	space_expect(&s, 0, 0, false);
	assert_int_equal(s.need_bytes, 4 * s.block);
	assert_int_equal(s.need_inodes, 4);
	assert_int_equal(space_check(&s, true, &err), 0);
	close(fd);
}

static void too_much_is_certain_to_fail(void **state)
{
	(void)state;
	struct space s;
	struct err err = { 0 };
	int fd = counted();
	space_init(&s, fd, true);
	space_expect(&s, UINT64_C(1) << 60, 0, false);
	assert_int_equal(space_check(&s, true, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "1152921504606846976 bytes more"));
	assert_non_null(strstr(err.text, "bytes are missing"));
	/* what has arrived is not needed any more */
	space_expect(&s, 1, 0, false);
	space_arrived(&s, 1, 0, false);
	space_arrived(&s, UINT64_C(1) << 60, 0, false);
	assert_int_equal(space_check(&s, true, &err), 0);
	assert_int_equal(s.need_bytes, 0);
	assert_int_equal(s.need_inodes, 0);
	close(fd);
}

static void what_is_replaced_is_given_back(void **state)
{
	(void)state;
	struct space s;
	struct err err = { 0 };
	int fd = counted();
	uint64_t much = 2 * free_bytes(fd) + (UINT64_C(1) << 40);
	space_init(&s, fd, true);
	space_expect(&s, much, much, true);
	assert_int_equal(space_check(&s, true, &err), 0);
	assert_int_equal(s.gain_inodes, 1);
	space_expect(&s, much, much / 4, true);
	assert_int_equal(space_check(&s, true, &err), -ENOSPC);
	space_arrived(&s, much, much / 4, true);
	assert_int_equal(space_check(&s, true, &err), 0);
	space_arrived(&s, much, much, true);
	assert_int_equal(s.gain_bytes, 0);
	assert_int_equal(s.gain_inodes, 0);
	close(fd);
}

static void what_waits_for_its_name_needs_no_room_and_gives_none_back_yet(void **state)
{
	(void)state;
	struct space s;
	struct err err = { 0 };
	int fd = counted();
	uint64_t old = UINT64_C(1) << 20;
	space_init(&s, fd, true);
	space_expect(&s, UINT64_C(1) << 60, old, true);
	space_arrived(&s, UINT64_C(1) << 60, 0, false);
	assert_int_equal(space_check(&s, true, &err), 0);
	assert_int_equal(s.need_inodes, 0);
	assert_int_equal(s.gain_bytes, old);
	assert_int_equal(s.gain_inodes, 1);
	space_freed(&s, old, true);
	assert_int_equal(s.gain_bytes, 0);
	assert_int_equal(s.gain_inodes, 0);
	close(fd);
}

static void too_many_inodes_are_certain_to_fail(void **state)
{
	(void)state;
	struct space s;
	struct statfs fs;
	struct err err = { 0 };
	int fd = counted();
	assert_int_equal(fstatfs(fd, &fs), 0);
	if (!fs.f_files)
		skip();
	space_init(&s, fd, true);
	s.need_inodes = (uint64_t)fs.f_files + 1000;
	assert_int_equal(space_check(&s, true, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "inodes"));
	s.gain_inodes = s.need_inodes;
	assert_int_equal(space_check(&s, true, &err), 0);
	close(fd);
}

static void the_file_system_is_asked_now_and_then(void **state)
{
	(void)state;
	struct space s;
	struct err err = { 0 };
	int fd = counted(), calls = 0;
	space_init(&s, fd, true);
	assert_int_equal(space_check(&s, false, &err), 0);
	space_expect(&s, UINT64_C(1) << 60, 0, false);
	while (space_check(&s, false, &err) == 0 && calls < 100000)
		calls++;
	assert_in_range(calls, 100, 2000);
	close(fd);
}

static void nothing_is_certain_before_deletions_or_when_off(void **state)
{
	(void)state;
	struct space s;
	struct err err = { 0 };
	int fd = counted();
	space_init(&s, fd, true);
	space_expect(&s, UINT64_C(1) << 60, 0, false);
	s.may_gain_more = true;
	assert_int_equal(space_check(&s, true, &err), 0);
	space_init(&s, fd, false);
	space_expect(&s, UINT64_C(1) << 60, 0, false);
	assert_int_equal(s.need_bytes, 0);
	space_arrived(&s, UINT64_C(1) << 60, 0, false);
	assert_int_equal(s.need_bytes, 0);
	assert_int_equal(space_check(&s, true, &err), 0);
	close(fd);
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	space_init(&s, proc, true);
	assert_false(s.on);
	close(proc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_little_fits),
		cmocka_unit_test(too_much_is_certain_to_fail),
		cmocka_unit_test(what_is_replaced_is_given_back),
		cmocka_unit_test(what_waits_for_its_name_needs_no_room_and_gives_none_back_yet),
		cmocka_unit_test(too_many_inodes_are_certain_to_fail),
		cmocka_unit_test(the_file_system_is_asked_now_and_then),
		cmocka_unit_test(nothing_is_certain_before_deletions_or_when_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
