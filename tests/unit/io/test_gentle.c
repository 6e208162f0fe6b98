#include "xfer/io/gentle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t second = UINT64_C(1000000000);
static const struct gentle_load calm = { 100, 0 }, between = { 3000, 700 }, busy = { 5000, 0 },
				short_of_memory = { 0, 1500 };

static void the_kernels_figures_are_read(void **state)
{
	(void)state;
	unsigned v = 7;
	assert_int_equal(gentle_parse_load(&v, "some avg10=3.43 avg60=4.57 avg300=4.23 total=309196251\n"
					       "full avg10=99.00 avg60=0.00 avg300=0.00 total=144131796\n"),
			 0);
	assert_int_equal(v, 343);
	assert_int_equal(gentle_parse_load(&v, "some avg10=0.05 avg60=0.00"), 0);
	assert_int_equal(v, 5);
	assert_int_equal(gentle_parse_load(&v, "some avg10=100.00 avg60=0.00"), 0);
	assert_int_equal(v, 10000);
}

static void what_is_no_figure_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "",
					   "some",
					   "some avg10=",
					   "some avg10=x",
					   "some avg10=12",
					   "full avg10=3.43",
					   "some avg10=101.00",
					   "some avg10=99999999999.00" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		unsigned v = 7;
		assert_int_equal(gentle_parse_load(&v, bad[i]), -EINVAL);
		assert_int_equal(v, 7);
	}
}

static void put(const char *folder, const char *name, const char *text)
{
	char path[300];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void a_kernel_without_pressure_files_has_no_load(void **state)
{
	(void)state;
	const char *tmp = getenv("TEST_TMP");
	char folder[200], path[300];
	snprintf(folder, sizeof folder, "%s/psiXXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(folder));
	struct gentle_load load = { 1, 1 };
	gentle_read_load(&load, folder);
	assert_int_equal(load.io, 0);
	assert_int_equal(load.memory, 0);
	put(folder, "io", "some avg10=12.50 avg60=0.00 avg300=0.00 total=1\n");
	gentle_read_load(&load, folder);
	assert_int_equal(load.io, 1250);
	assert_int_equal(load.memory, 0);
	snprintf(path, sizeof path, "%s/io", folder);
	unlink(path);
	rmdir(folder);
}

static void it_pauses_when_it_is_busy_and_goes_on_when_it_is_calm(void **state)
{
	(void)state;
	struct gentle_pause s = { 0 };
	assert_false(gentle_decide(&s, 100 * second, &calm));
	assert_true(gentle_decide(&s, 101 * second, &busy));
	assert_false(gentle_decide(&s, 102 * second, &calm));
	struct gentle_pause other = { 0 };
	assert_true(gentle_decide(&other, 100 * second, &short_of_memory));
}

static void between_the_bounds_it_stays_as_it_is(void **state)
{
	(void)state;
	struct gentle_pause s = { 0 };
	assert_false(gentle_decide(&s, 100 * second, &between));
	assert_true(gentle_decide(&s, 101 * second, &busy));
	assert_true(gentle_decide(&s, 102 * second, &between));
}

static void a_pause_ends_and_work_follows_it(void **state)
{
	(void)state;
	struct gentle_pause s = { 0 };
	unsigned paused = 0, longest = 0, now = 0;
	for (unsigned t = 100; t < 200; t++) {
		bool pausing = gentle_decide(&s, t * second, &busy);
		now = pausing ? now + 1 : 0;
		longest = now > longest ? now : longest;
		paused += pausing;
	}
	assert_int_equal(longest, GENTLE_PAUSE_MOST / second);
	assert_in_range(paused, 40, 60);
}

static void only_what_was_not_there_is_dropped(void **state)
{
	(void)state;
	char path[] = "/var/tmp/gentleXXXXXX"; /* a file system with a disk behind it, where there is one */
	int fd = mkstemp(path);
	static char data[64 * 4096];
	assert_int_equal(write(fd, data, sizeof data), sizeof data);
	unlink(path);
	assert_int_equal(fsync(fd), 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	struct gentle_pages before, after;
	gentle_look(&before, fd, 0, sizeof data);
	if (!before.count || sysconf(_SC_PAGESIZE) != 4096) { /* memory is its disk */
		close(fd);
		skip();
	}
	assert_int_equal(pread(fd, data, 4096, 10 * 4096), 4096);
	gentle_look(&before, fd, 0, sizeof data);
	assert_int_equal(before.there[10] & 1, 1);
	assert_int_equal(before.there[0] & 1, 0);
	assert_int_equal(pread(fd, data, sizeof data, 0), sizeof data);
	gentle_drop_read(&before, fd);
	gentle_look(&after, fd, 0, sizeof data);
	assert_int_equal(after.there[10] & 1, 1);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(after.there[i] & 1, before.there[i] & 1);
	close(fd);
}

static void what_was_written_is_dropped_once_it_is_clean(void **state)
{
	(void)state;
	char path[] = "/var/tmp/gentleXXXXXX";
	int fd = mkstemp(path);
	static char data[64 * 4096];
	struct gentle_pages pages;
	assert_int_equal(write(fd, data, sizeof data), sizeof data);
	unlink(path);
	gentle_look(&pages, fd, 0, sizeof data);
	assert_int_equal(pages.count, 0); /* all is there */
	gentle_wrote(fd, 0, 0);
	gentle_drop_written(fd, 0, 0);
	gentle_look(&pages, fd, 0, sizeof data);
	if (!pages.count) { /* memory is its disk */
		close(fd);
		skip();
	}
	for (size_t i = 0; i < pages.count; i++)
		assert_int_equal(pages.there[i] & 1, 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernels_figures_are_read),
		cmocka_unit_test(what_is_no_figure_is_refused),
		cmocka_unit_test(a_kernel_without_pressure_files_has_no_load),
		cmocka_unit_test(it_pauses_when_it_is_busy_and_goes_on_when_it_is_calm),
		cmocka_unit_test(between_the_bounds_it_stays_as_it_is),
		cmocka_unit_test(a_pause_ends_and_work_follows_it),
		cmocka_unit_test(only_what_was_not_there_is_dropped),
		cmocka_unit_test(what_was_written_is_dropped_once_it_is_clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
