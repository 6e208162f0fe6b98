/* Whether a host lets us have io_uring, and what ring_new makes of it. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/unit/io/ring_place.h"

/* From now on nr fails with code in this process. */
static bool forbid(int nr, int code)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)code),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = sizeof filter / sizeof *filter, .filter = filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
}

/* The child's part; a line number tells what went wrong. */
static int falls_back(int nr, int code)
{
	struct ring *r = NULL;
	struct err err = { 0 };
	char c = 1;

	if (!forbid(nr, code))
		return __LINE__;
	int before = count_descriptors();
	if (ring_new(&r, RING_URING, DEPTH, &err) >= 0 || r || !strstr(err.text, "io_uring"))
		return __LINE__;
	if (nr == SYS_io_uring_setup && err.code != -code)
		return __LINE__;
	if (count_descriptors() != before)
		return __LINE__;
	if (ring_new(&r, RING_AUTO, DEPTH, &err) || strcmp(ring_name(r), "plain") != 0)
		return __LINE__;
	struct ring_op op = ring_op_open(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC, 0);
	ring_run(r, &op, 1);
	op = ring_op_read((int)op.result, &c, 1, 0);
	ring_run(r, &op, 1);
	ring_free(r);
	return op.result == 0 ? 0 : __LINE__;
}

static void a_host_that_forbids_io_uring_gets_plain_calls(void **state)
{
	static const struct {
		int nr, code;
	} cases[] = {
		{ SYS_io_uring_setup, ENOSYS }, { SYS_io_uring_setup, EPERM },
		{ SYS_io_uring_setup, ENOMEM }, { SYS_io_uring_register, EPERM },
		{ SYS_io_uring_enter, EPERM },
	};
	(void)state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int status = 0;
		pid_t child = fork();
		if (child == 0)
			_exit(falls_back(cases[i].nr, cases[i].code) & 255);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
}

static void automatic_means_io_uring_where_it_works(void **state)
{
	struct ring *uring = NULL, *best = NULL;
	struct err err;
	(void)state;

	bool works = ring_new(&uring, RING_URING, DEPTH, &err) == 0;
	assert_int_equal(ring_new(&best, RING_AUTO, DEPTH, &err), 0);
	assert_string_equal(ring_name(best), works ? "uring" : "plain");
	ring_free(uring);
	ring_free(best);
	ring_free(NULL);
}

static void a_depth_of_nothing_or_beyond_the_limit_is_refused(void **state)
{
	struct ring *r = NULL;
	struct err err;
	(void)state;

	assert_int_equal(ring_new(&r, RING_AUTO, 0, &err), -EINVAL);
	assert_int_equal(ring_new(&r, RING_AUTO, RING_DEPTH_MAX + 1, &err), -EINVAL);
	assert_null(r);
	for (unsigned depth = 1; depth <= RING_DEPTH_MAX; depth *= 64) {
		assert_int_equal(ring_new(&r, RING_AUTO, depth, &err), 0);
		ring_free(r);
		r = NULL;
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_host_that_forbids_io_uring_gets_plain_calls),
	cmocka_unit_test(automatic_means_io_uring_where_it_works),
	cmocka_unit_test(a_depth_of_nothing_or_beyond_the_limit_is_refused),
};

int main(void)
{
	return cmocka_run_group_tests_name("ring, making", tests, NULL, NULL);
}
