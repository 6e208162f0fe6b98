#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "xfer/io/syncer.h"

static dev_t device_of(int fd)
{
	struct stat st;
	assert_int_equal(fstat(fd, &st), 0);
	return st.st_dev;
}

static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void what_was_never_started_has_ended(void **state)
{
	(void)state;
	struct syncer *s = syncer_new();
	assert_non_null(s);
	assert_int_equal(syncer_wait(s, 0), 0);
	assert_int_equal(syncer_wait(s, -1), 0);
	syncer_free(s);
	syncer_free(NULL);
}

static void a_sync_ends_and_the_next_can_begin(void **state)
{
	(void)state;
	struct syncer *s = syncer_new();
	int fd = open_dir("/proc/self");
	assert_int_equal(syncer_cover(s, device_of(fd), fd), 0);
	for (int i = 0; i < 20; i++) {
		int code;
		syncer_start(s);
		while ((code = syncer_wait(s, i % 2 ? 1500 : -1)) == -EAGAIN)
			;
		assert_int_equal(code, 0);
	}
	syncer_start(s);
	syncer_free(s); /* waits for it */
	close(fd);
}

/* A pipe's end cannot be opened as a directory, and what is closed cannot be opened at all. */
static void what_cannot_be_opened_is_told(void **state)
{
	(void)state;
	struct syncer *s = syncer_new();
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(syncer_cover(s, device_of(ends[0]), ends[0]), -ENOTDIR);
	assert_int_equal(syncer_cover(s, 1, -1), -EBADF);
	close(ends[0]);
	close(ends[1]);
	syncer_free(s);
}

static void a_file_system_is_covered_once(void **state)
{
	(void)state;
	struct syncer *s = syncer_new();
	int fd = open_dir("/proc/self"), next = dup(fd);
	assert_int_equal(close(next), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(syncer_cover(s, 7, fd), 0);
	int after = dup(fd);
	assert_int_equal(after, next + 1); /* one descriptor was opened */
	close(after);
	syncer_free(s);
	assert_int_equal(dup(fd), next); /* and closed */
	close(next);
	close(fd);
}

/* Also while those before are being synced. */
static void there_may_be_many_file_systems(void **state)
{
	(void)state;
	struct syncer *s = syncer_new();
	int fd = open_dir("/proc/self"), next = dup(fd);
	assert_int_equal(close(next), 0);
	for (dev_t dev = 0; dev < 300; dev++) {
		if (dev % 50 == 0)
			syncer_start(s);
		assert_int_equal(syncer_cover(s, dev, fd), 0);
		if (dev % 50 == 40)
			assert_int_equal(syncer_wait(s, -1), 0);
	}
	int after = dup(fd);
	assert_true(after >= next + 300); /* whoever started us may have left some open */
	close(after);
	assert_int_equal(syncer_cover(s, 299, fd), 0);
	syncer_start(s);
	assert_int_equal(syncer_wait(s, -1), 0);
	syncer_free(s);
	assert_int_equal(dup(fd), next);
	close(next);
	close(fd);
}

#define ON(test) cmocka_unit_test(test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(what_was_never_started_has_ended), ON(a_sync_ends_and_the_next_can_begin),
		ON(what_cannot_be_opened_is_told),    ON(a_file_system_is_covered_once),
		ON(there_may_be_many_file_systems),
	};
	return cmocka_run_group_tests_name("syncer", tests, NULL, NULL);
}
