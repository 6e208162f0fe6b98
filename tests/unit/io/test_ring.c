/* Each test runs on both backends. */
#include <errno.h>
#include <linux/openat2.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "tests/unit/io/ring_place.h"

enum { MANY = 1000, ODD = 70001 };

static enum ring_backend backend; /* of the group that runs */

static int set_up(void **state)
{
	return place_set_up(state, backend);
}

static void fill(uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
}

static void bytes_written_at_odd_places_are_read_back(void **state)
{
	static uint8_t data[ODD], back[ODD];
	struct place *p = *state;
	int fd = make(p, "odd");
	struct ring_op ops[100];
	size_t n = 0;

	fill(data, sizeof data);
	for (size_t at = 0, len = 1; at < ODD; at += len, len = len * 3 % 4099 + 1, n++) {
		size_t take = len < ODD - at ? len : ODD - at;
		ops[n] = ring_op_write(fd, data + at, take, 13 + at);
		assert_true(n < 99);
	}
	ring_run(p->ring, ops, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(ops[i].result, ops[i].len);
		ops[i] = ring_op_read(fd, back + (ops[i].offset - 13), ops[i].len, ops[i].offset);
	}
	ring_run(p->ring, ops, n);
	assert_memory_equal(back, data, sizeof data);
	assert_int_equal(lseek(fd, 0, SEEK_END), 13 + ODD);
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

static void a_read_is_short_only_at_the_end_of_the_file(void **state)
{
	struct place *p = *state;
	char buf[16] = "";
	int fd = make_with(p, "ten", "0123456789", 10);

	assert_int_equal(run(p, ring_op_read(fd, buf, sizeof buf, 3)), 7);
	assert_memory_equal(buf, "3456789", 7);
	assert_int_equal(run(p, ring_op_read(fd, buf, sizeof buf, 10)), 0);
	assert_int_equal(run(p, ring_op_read(fd, buf, sizeof buf, 1 << 20)), 0);
	assert_int_equal(run(p, ring_op_read(fd, buf, 0, 0)), 0);
	assert_int_equal(run(p, ring_op_write(fd, buf, 0, 0)), 0);
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

static void a_thousand_operations_pass_through_a_ring_of_eight(void **state)
{
	static struct ring_op ops[MANY];
	static uint32_t back[MANY];
	static uint32_t data[MANY];
	struct place *p = *state;
	int fd = make(p, "many");

	for (uint32_t i = 0; i < MANY; i++) {
		data[i] = i * 2654435761U;
		ops[i] = ring_op_write(fd, &data[i], sizeof data[i], i * sizeof data[i]);
	}
	ring_run(p->ring, ops, MANY);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(ops[i].result, sizeof data[i]);
		ops[i] = ring_op_read(fd, &back[i], sizeof back[i], i * sizeof back[i]);
	}
	ring_run(p->ring, ops, MANY);
	assert_memory_equal(back, data, sizeof data);
	assert_null(ring_wait(p->ring));
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

static void a_bad_name_fails_in_its_own_operation_only(void **state)
{
	static char too_long[5000];
	struct place *p = *state;
	struct ring_op ops[5];

	memset(too_long, 'x', sizeof too_long - 1);
	for (size_t i = 0; i < 5; i++)
		ops[i] = ring_op_open(p->dir, ".", O_RDONLY | O_CLOEXEC, 0);
	ops[1].name = "missing";
	ops[2].name = too_long;
	ops[3].name = "";
	ring_run(p->ring, ops, 5);
	assert_true(ops[0].result >= 0);
	assert_int_equal(ops[1].result, -ENOENT);
	assert_int_equal(ops[2].result, -ENAMETOOLONG);
	assert_int_equal(ops[3].result, -ENOENT);
	assert_true(ops[4].result >= 0);
	assert_int_equal(run(p, ring_op_close((int)ops[0].result)), 0);
	assert_int_equal(run(p, ring_op_close((int)ops[4].result)), 0);
}

static void statx_tells_size_and_mode(void **state)
{
	struct place *p = *state;
	struct statx by_name = { 0 }, by_fd = { 0 };
	int fd = make_with(p, "ten", "0123456789", 10);
	struct ring_op ops[] = {
		ring_op_statx(p->dir, "ten", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &by_name),
		ring_op_statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &by_fd),
		ring_op_statx(p->dir, "none", 0, STATX_BASIC_STATS, &(struct statx){ 0 }),
	};

	ring_run(p->ring, ops, 3);
	assert_int_equal(ops[0].result, 0);
	assert_int_equal(by_name.stx_size, 10);
	assert_int_equal(by_name.stx_mode & S_IFMT, S_IFREG);
	assert_int_equal(ops[1].result, 0);
	assert_int_equal(by_fd.stx_ino, by_name.stx_ino);
	assert_int_equal(ops[2].result, -ENOENT);
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

static void an_open_told_to_stay_beneath_does_not_leave_the_directory(void **state)
{
	struct place *p = *state;
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH };

	assert_int_equal(run(p, ring_op_open_how(p->dir, "../x", &how)), -EXDEV);
	assert_int_equal(run(p, ring_op_open_how(p->dir, "/etc/passwd", &how)), -EXDEV);
	ssize_t fd = run(p, ring_op_open_how(p->dir, ".", &how));
	assert_true(fd >= 0);
	assert_int_equal(run(p, ring_op_close((int)fd)), 0);
}

static void a_created_file_has_its_mode_and_close_gives_the_descriptor_back(void **state)
{
	struct place *p = *state;
	struct stat st;
	int fd = make(p, "new");

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(run(p, ring_op_close(fd)), 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(run(p, ring_op_close(fd)), -EBADF);
}

static void fsync_and_fdatasync_succeed_and_a_bad_descriptor_is_told(void **state)
{
	struct place *p = *state;
	int fd = make_with(p, "sync", "x", 1);
	struct ring_op ops[] = { ring_op_fsync(fd, false), ring_op_fsync(fd, true),
				 ring_op_fsync(-1, false) };

	ring_run(p->ring, ops, 3);
	assert_int_equal(ops[0].result, 0);
	assert_int_equal(ops[1].result, 0);
	assert_int_equal(ops[2].result, -EBADF);
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

static void a_batch_leaves_what_was_submitted_before_for_wait(void **state)
{
	struct place *p = *state;
	char one[5] = { 0 }, batch[20] = { 0 };
	int fd = make_with(p, "ten", "0123456789", 10);
	struct ring_op early[DEPTH], ops[20];
	size_t seen = 0;

	for (size_t i = 0; i < DEPTH; i++) {
		early[i] = ring_op_read(fd, one + i % 4, 1, 5);
		early[i].cookie = &early[i];
		ring_submit(p->ring, &early[i]);
	}
	ring_flush(p->ring);
	for (size_t i = 0; i < 20; i++)
		ops[i] = ring_op_read(fd, batch + i, 1, i % 10);
	ring_run(p->ring, ops, 20);
	assert_memory_equal(batch, "01234567890123456789", 20);
	for (struct ring_op *op; (op = ring_wait(p->ring)); seen++) {
		assert_ptr_equal(op->cookie, op);
		assert_true(op >= early && op < early + DEPTH);
		assert_int_equal(op->result, 1);
		op->cookie = NULL; /* each once */
	}
	assert_int_equal(seen, DEPTH);
	assert_string_equal(one, "5555");
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

static void submitting_beyond_the_depth_makes_room_and_loses_nothing(void **state)
{
	static struct ring_op ops[MANY];
	static char back[MANY];
	struct place *p = *state;
	int fd = make_with(p, "ten", "0123456789", 10);
	size_t seen = 0;

	for (size_t i = 0; i < MANY; i++) {
		ops[i] = ring_op_read(fd, &back[i], 1, i % 10);
		ring_submit(p->ring, &ops[i]);
	}
	while (ring_wait(p->ring))
		seen++;
	assert_int_equal(seen, MANY);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(back[i], '0' + i % 10);
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

static void a_completed_operation_may_be_submitted_again(void **state)
{
	struct place *p = *state;
	char c = 0;
	int fd = make_with(p, "ten", "0123456789", 10);
	struct ring_op op = ring_op_read(fd, &c, 1, 0);

	for (int i = 0; i < 10; i++, op.offset++) {
		ring_submit(p->ring, &op);
		assert_ptr_equal(ring_wait(p->ring), &op);
		assert_int_equal(op.result, 1);
		assert_int_equal(c, '0' + i);
	}
	assert_null(ring_wait(p->ring));
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

static void freeing_a_ring_waits_for_what_is_in_flight(void **state)
{
	static uint8_t data[ODD], back[ODD];
	struct place *p = *state;
	int fd = make(p, "late");
	struct ring_op op = ring_op_write(fd, data, sizeof data, 0);

	fill(data, sizeof data);
	ring_submit(p->ring, &op);
	ring_free(p->ring);
	p->ring = NULL;
	assert_int_equal(op.result, ODD);
	assert_int_equal(pread(fd, back, ODD, 0), ODD);
	assert_memory_equal(back, data, ODD);
	close(fd);
}

static void an_offset_that_no_file_has_is_refused(void **state)
{
	struct place *p = *state;
	char buf[10] = "";
	int fd = make_with(p, "ten", "0123456789", 10);
	struct ring_op ops[] = {
		ring_op_read(fd, buf, 10, UINT64_MAX),
		ring_op_write(fd, buf, 10, (uint64_t)INT64_MAX + 1),
	};

	ring_run(p->ring, ops, 2);
	assert_int_equal(ops[0].result, -EINVAL);
	assert_int_equal(ops[1].result, -EINVAL);
	ring_submit(p->ring, &ops[0]);
	assert_ptr_equal(ring_wait(p->ring), &ops[0]);
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

/* A limit on the size of files makes the kernel write a part first and refuse the rest. */
static void a_write_that_fails_half_way_tells_the_error(void **state)
{
	struct place *p = *state;
	struct rlimit old, low = { .rlim_cur = 60 };
	char data[100] = "half";
	int fd = make(p, "half");

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	low.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &low);
	ssize_t result = run(p, ring_op_write(fd, data, sizeof data, 0));
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_DFL);

	assert_int_equal(result, -EFBIG);
	assert_int_equal(lseek(fd, 0, SEEK_END), 60);
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void signals_do_not_disturb_a_batch(void **state)
{
	static struct ring_op ops[MANY];
	static uint8_t data[ODD];
	struct place *p = *state;
	const struct sigaction count = { .sa_handler = count_alarm }; /* without SA_RESTART */
	const struct itimerval often = { { 0, 100 }, { 0, 100 } }, never = { 0 };
	int fd = make(p, "signals");

	for (size_t i = 0; i < MANY; i++)
		ops[i] = i % 100 ? ring_op_write(fd, data, sizeof data, i) : ring_op_fsync(fd, false);
	sigaction(SIGALRM, &count, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	ring_run(p->ring, ops, MANY);
	setitimer(ITIMER_REAL, &never, NULL);
	signal(SIGALRM, SIG_DFL);

	assert_true(alarms > 0);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(ops[i].result, ops[i].len);
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

static void opens_beyond_the_limit_of_descriptors_fail_alone(void **state)
{
	struct place *p = *state;
	struct rlimit old, low;
	struct ring_op ops[32];
	struct ring *another = NULL;
	struct err err = { 0 };
	int opened = 0, refused = 0;

	getrlimit(RLIMIT_NOFILE, &old);
	low = (struct rlimit){ .rlim_cur = (rlim_t)count_descriptors() + 10, .rlim_max = old.rlim_max };
	setrlimit(RLIMIT_NOFILE, &low);
	for (size_t i = 0; i < 32; i++)
		ops[i] = ring_op_open(p->dir, ".", O_RDONLY | O_CLOEXEC, 0);
	ring_run(p->ring, ops, 32);
	int ret = ring_new(&another, RING_URING, DEPTH, &err);
	setrlimit(RLIMIT_NOFILE, &old);

	for (size_t i = 0; i < 32; i++) {
		opened += ops[i].result >= 0;
		refused += ops[i].result == -EMFILE;
		if (ops[i].result >= 0)
			assert_int_equal(run(p, ring_op_close((int)ops[i].result)), 0);
	}
	assert_true(opened > 0 && refused > 0);
	assert_int_equal(opened + refused, 32);
	assert_true(ret < 0 && err.code == ret);
	assert_null(another);
}

#define ON(f) cmocka_unit_test_setup_teardown(f, set_up, place_tear_down)

static const struct CMUnitTest tests[] = {
	ON(bytes_written_at_odd_places_are_read_back),
	ON(a_read_is_short_only_at_the_end_of_the_file),
	ON(a_thousand_operations_pass_through_a_ring_of_eight),
	ON(a_bad_name_fails_in_its_own_operation_only),
	ON(statx_tells_size_and_mode),
	ON(an_open_told_to_stay_beneath_does_not_leave_the_directory),
	ON(a_created_file_has_its_mode_and_close_gives_the_descriptor_back),
	ON(fsync_and_fdatasync_succeed_and_a_bad_descriptor_is_told),
	ON(a_batch_leaves_what_was_submitted_before_for_wait),
	ON(submitting_beyond_the_depth_makes_room_and_loses_nothing),
	ON(a_completed_operation_may_be_submitted_again),
	ON(freeing_a_ring_waits_for_what_is_in_flight),
	ON(an_offset_that_no_file_has_is_refused),
	ON(a_write_that_fails_half_way_tells_the_error),
	ON(signals_do_not_disturb_a_batch),
	ON(opens_beyond_the_limit_of_descriptors_fail_alone),
};

int main(void)
{
	struct ring *r = NULL;
	struct err err;
	int failed = 0;

	backend = RING_PLAIN;
	failed += cmocka_run_group_tests_name("ring, plain", tests, NULL, NULL);
	backend = RING_URING;
	if (ring_new(&r, RING_URING, DEPTH, &err) == 0)
		failed += cmocka_run_group_tests_name("ring, uring", tests, NULL, NULL);
	else
		printf("ring, uring: not tested, this host has none: %s\n", err.text);
	ring_free(r);
	return failed != 0;
}
