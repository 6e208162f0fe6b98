#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xfer/tree/stream_out.h"
#include "xfer/tree/temp_name.h"

/* Works in a folder of its own, on the file "f". */
static struct options options;
static struct err err;
static char temp[TEMP_NAME_SIZE];

static int begin(void **state)
{
	static char folder[64];
	snprintf(folder, sizeof folder, "/tmp/xfer-stream-out.XXXXXX");
	*state = mkdtemp(folder);
	options = (struct options){ 0 };
	temp_name(temp, "f", 1);
	return *state ? chdir(*state) : -1;
}

static int end(void **state)
{
	unlink("f");
	unlink(temp);
	return chdir("/") < 0 || rmdir(*state) < 0 ? -1 : 0;
}

static struct stream_out *opened(void)
{
	struct stream_out *s;
	assert_int_equal(stream_out_open(&s, "f", &options, NULL, &err), 0);
	return s;
}

static void put(struct stream_out *s, const char *text)
{
	assert_int_equal(stream_out_write(s, (const uint8_t *)text, strlen(text), &err), 0);
}

static void make(const char *name, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0 && fchmod(fd, mode) == 0 && write(fd, "old", 3) == 3);
	close(fd);
}

static bool holds(const char *name, const char *text)
{
	char got[16] = { 0 };
	int fd = open(name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, got, sizeof got - 1);
	close(fd);
	return n == (ssize_t)strlen(text) && strcmp(got, text) == 0;
}

static void the_name_comes_with_the_commit(void **state)
{
	(void)state;
	struct stream_out *s = opened();
	put(s, "one ");
	put(s, "two");
	assert_int_equal(access("f", F_OK), -1);
	assert_int_equal(stream_out_commit(s, &err), 0);
	assert_false(stream_out_existed(s));
	stream_out_free(s);
	assert_true(holds("f", "one two"));
	assert_int_equal(access(temp, F_OK), -1);
}

static void what_is_not_committed_leaves_nothing(void **state)
{
	(void)state;
	make("f", 0640);
	struct stream_out *s = opened();
	put(s, "new");
	stream_out_free(s);
	assert_true(holds("f", "old"));
	assert_int_equal(access(temp, F_OK), -1);
}

static void a_file_that_was_there_keeps_its_mode(void **state)
{
	(void)state;
	struct stat st;
	make("f", 0604);
	struct stream_out *s = opened();
	assert_int_equal(stream_out_commit(s, &err), 0);
	assert_true(stream_out_existed(s));
	stream_out_free(s);
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	assert_int_equal(st.st_size, 0);
}

static void a_second_writer_is_refused(void **state)
{
	(void)state;
	struct stream_out *first = opened(), *second;
	assert_int_equal(stream_out_open(&second, "f", &options, NULL, &err), -EBUSY);
	put(first, "first");
	assert_int_equal(stream_out_commit(first, &err), 0);
	stream_out_free(first);
	assert_true(holds("f", "first"));
}

static void what_an_interrupted_run_left_is_replaced(void **state)
{
	(void)state;
	make(temp, 0600);
	struct stream_out *s = opened();
	put(s, "n");
	assert_int_equal(stream_out_commit(s, &err), 0);
	stream_out_free(s);
	assert_true(holds("f", "n"));
}

static void what_somebody_else_put_there_is_never_named(void **state)
{
	(void)state;
	struct stream_out *s = opened();
	assert_int_equal(unlink(temp), 0);
	make(temp, 0600);
	assert_int_equal(stream_out_commit(s, &err), -ESTALE);
	stream_out_free(s);
	assert_int_equal(access("f", F_OK), -1);
	assert_true(holds(temp, "old"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_name_comes_with_the_commit, begin, end),
		cmocka_unit_test_setup_teardown(what_is_not_committed_leaves_nothing, begin, end),
		cmocka_unit_test_setup_teardown(a_file_that_was_there_keeps_its_mode, begin, end),
		cmocka_unit_test_setup_teardown(a_second_writer_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(what_an_interrupted_run_left_is_replaced, begin, end),
		cmocka_unit_test_setup_teardown(what_somebody_else_put_there_is_never_named, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
