/* The plain backend's faults, and with them what ring.c does about short transfers and interruptions. */
#include <errno.h>

#include "tests/unit/io/ring_place.h"

enum { TRIES_ENOUGH = 1000 };

static int set_up(void **state)
{
	return place_set_up(state, RING_PLAIN);
}

struct fault {
	size_t max;	 /* shorten transfers to this; 0: leave them */
	int result;	 /* answer this ... */
	int from, times; /* ... from this call on, for so many calls */
	int calls;
};

static int fault(void *ctx, struct ring_op *op)
{
	struct fault *f = ctx;
	int call = f->calls++;

	if (f->max && op->max > f->max)
		op->max = f->max;
	return call >= f->from && call < f->from + f->times ? f->result : 0;
}

static void short_transfers_are_continued(void **state)
{
	struct place *p = *state;
	struct fault f = { .max = 3 };
	char back[16] = "";
	int fd = make(p, "short");

	ring_plain_set_fault(p->ring, fault, &f);
	assert_int_equal(run(p, ring_op_write(fd, "0123456789", 10, 2)), 10);
	assert_int_equal(f.calls, 4);
	assert_int_equal(run(p, ring_op_read(fd, back, sizeof back, 2)), 10);
	assert_int_equal(f.calls, 4 + 4 + 1); /* one more to learn that the file ends */
	assert_string_equal(back, "0123456789");
	ring_plain_set_fault(p->ring, NULL, NULL);
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

static void an_interrupted_call_is_made_again(void **state)
{
	struct place *p = *state;
	static const int codes[] = { -EINTR, -EAGAIN };

	for (size_t i = 0; i < 2; i++) {
		char back[10];
		struct fault f = { .max = 4, .result = codes[i], .from = 1, .times = 3 };
		int fd = make_with(p, "again", "0123456789", 10);

		ring_plain_set_fault(p->ring, fault, &f);
		assert_int_equal(run(p, ring_op_read(fd, back, 10, 0)), 10);
		assert_memory_equal(back, "0123456789", 10);
		assert_int_equal(f.calls, 3 + 3);
		ring_plain_set_fault(p->ring, NULL, NULL);
		assert_int_equal(run(p, ring_op_close(fd)), 0);
	}
}

static void a_call_that_never_gets_on_is_given_up(void **state)
{
	struct place *p = *state;
	struct fault f = { .result = -EAGAIN, .times = TRIES_ENOUGH };

	ring_plain_set_fault(p->ring, fault, &f);
	assert_int_equal(run(p, ring_op_open(p->dir, ".", O_RDONLY, 0)), -EAGAIN);
	assert_in_range(f.calls, 2, TRIES_ENOUGH - 1);
	ring_plain_set_fault(p->ring, NULL, NULL);
}

static void an_interrupted_close_is_not_made_again(void **state)
{
	struct place *p = *state;
	struct fault f = { .result = -EINTR, .times = 1 };
	int fd = make(p, "close");

	ring_plain_set_fault(p->ring, fault, &f);
	assert_int_equal(run(p, ring_op_close(fd)), -EINTR);
	assert_int_equal(f.calls, 1);
	ring_plain_set_fault(p->ring, NULL, NULL);
	assert_int_equal(run(p, ring_op_close(fd)), 0); /* the fault kept it open */
}

static void an_error_after_half_a_transfer_is_the_result(void **state)
{
	struct place *p = *state;
	struct fault f = { .max = 4, .result = -EIO, .from = 1, .times = 1 };
	char back[10];
	int fd = make_with(p, "half", "0123456789", 10);

	ring_plain_set_fault(p->ring, fault, &f);
	assert_int_equal(run(p, ring_op_read(fd, back, 10, 0)), -EIO);
	f = (struct fault){ .max = 4, .result = -ENOSPC, .from = 2, .times = 1 };
	assert_int_equal(run(p, ring_op_write(fd, back, 10, 0)), -ENOSPC);
	ring_plain_set_fault(p->ring, NULL, NULL);
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

static int take_nothing(void *ctx, struct ring_op *op)
{
	(void)ctx;
	op->max = 0;
	return 0;
}

static void a_write_that_takes_nothing_is_an_error_and_such_a_read_an_end(void **state)
{
	struct place *p = *state;
	char back[10];
	int fd = make_with(p, "ten", "0123456789", 10);

	ring_plain_set_fault(p->ring, take_nothing, NULL);
	assert_int_equal(run(p, ring_op_write(fd, "abc", 3, 0)), -EIO);
	assert_int_equal(run(p, ring_op_read(fd, back, 10, 0)), 0);
	ring_plain_set_fault(p->ring, NULL, NULL);
	assert_int_equal(run(p, ring_op_close(fd)), 0);
}

#define ON(f) cmocka_unit_test_setup_teardown(f, set_up, place_tear_down)

static const struct CMUnitTest tests[] = {
	ON(short_transfers_are_continued),
	ON(an_interrupted_call_is_made_again),
	ON(a_call_that_never_gets_on_is_given_up),
	ON(an_interrupted_close_is_not_made_again),
	ON(an_error_after_half_a_transfer_is_the_result),
	ON(a_write_that_takes_nothing_is_an_error_and_such_a_read_an_end),
};

int main(void)
{
	return cmocka_run_group_tests_name("ring, faults", tests, NULL, NULL);
}
