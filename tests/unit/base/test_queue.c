#include "xfer/base/queue.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

enum { MANY = 20000 };

static struct queue *queue_of(size_t bound)
{
	struct queue *q;
	struct err err = { 0 };
	assert_int_equal(queue_new(&q, bound, &err), 0);
	return q;
}

/* Pushes n bytes that say v. */
static int push(struct queue *q, uint64_t v, size_t n)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, SIZE_MAX / 2);
	buf_u64(&b, v);
	while (b.len < n)
		buf_u8(&b, 0);
	int rc = queue_push(q, &b);
	assert_true(rc == 0 ? b.len == 0 : b.len >= 8);
	return rc;
}

static uint64_t value_of(const struct buf *b)
{
	struct reader r = reader_of(b->data, b->len);
	return reader_u64(&r);
}

static void what_was_pushed_comes_out_in_order(void **state)
{
	(void)state;
	struct queue *q = queue_of(1000);
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 0);
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(push(q, i, 10), 0);
	queue_close(q);
	for (uint64_t i = 0; i < 100; i++) {
		assert_int_equal(queue_pop(q, &b), 1);
		assert_int_equal(value_of(&b), i);
	}
	assert_int_equal(queue_pop(q, &b), 0);
	assert_int_equal(queue_pop(q, &b), 0);
	queue_free(q);
}

static void what_is_larger_than_the_bound_passes_when_it_is_alone(void **state)
{
	(void)state;
	struct queue *q = queue_of(100);
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 0);
	assert_int_equal(push(q, 7, 5000), 0);
	assert_int_equal(queue_pop(q, &b), 1);
	assert_int_equal(b.len, 5000);
	queue_free(q);
}

static void what_is_left_is_freed(void **state)
{
	(void)state;
	struct queue *q = queue_of(100);
	assert_int_equal(push(q, 1, 8), 0);
	assert_int_equal(push(q, 2, 8), 0);
	queue_free(q);
	queue_free(NULL);
}

struct filler {
	struct queue *q;
	size_t size;
	int rc;
};

static void *fill(void *arg)
{
	struct filler *f = arg;
	for (uint64_t i = 0; i < MANY && f->rc == 0; i++)
		f->rc = push(f->q, i, f->size);
	if (f->rc == 0)
		queue_close(f->q);
	return NULL;
}

static void two_threads_hand_over_everything(void **state)
{
	(void)state;
	static const size_t bounds[] = { 0, 8, 100, 1000000 };
	for (size_t k = 0; k < sizeof bounds / sizeof *bounds; k++) {
		struct filler f = { .q = queue_of(bounds[k]), .size = 8 };
		pthread_t thread;
		AUTO(buf_fini) struct buf b;
		uint64_t n = 0;
		buf_init(&b, 0);
		assert_int_equal(pthread_create(&thread, NULL, fill, &f), 0);
		for (; queue_pop(f.q, &b) == 1; n++)
			assert_int_equal(value_of(&b), n);
		assert_int_equal(n, MANY);
		pthread_join(thread, NULL);
		assert_int_equal(f.rc, 0);
		queue_free(f.q);
	}
}

static void who_waits_for_room_hears_of_the_abort(void **state)
{
	(void)state;
	struct filler f = { .q = queue_of(100), .size = 50 };
	pthread_t thread;
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 0);
	assert_int_equal(pthread_create(&thread, NULL, fill, &f), 0);
	assert_int_equal(queue_pop(f.q, &b), 1);
	queue_abort(f.q); /* MANY are not in yet: it waits, or will */
	pthread_join(thread, NULL);
	assert_int_equal(f.rc, -ECANCELED);
	assert_int_equal(queue_pop(f.q, &b), -ECANCELED);
	queue_free(f.q);
}

static void *abort_it(void *arg)
{
	queue_abort(arg);
	return NULL;
}

static void who_waits_for_bytes_hears_of_the_abort(void **state)
{
	(void)state;
	struct queue *q = queue_of(100);
	pthread_t thread;
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 0);
	assert_int_equal(pthread_create(&thread, NULL, abort_it, q), 0);
	assert_int_equal(queue_pop(q, &b), -ECANCELED);
	pthread_join(thread, NULL);
	queue_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_pushed_comes_out_in_order),
		cmocka_unit_test(what_is_larger_than_the_bound_passes_when_it_is_alone),
		cmocka_unit_test(what_is_left_is_freed),
		cmocka_unit_test(two_threads_hand_over_everything),
		cmocka_unit_test(who_waits_for_room_hears_of_the_abort),
		cmocka_unit_test(who_waits_for_bytes_hears_of_the_abort),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
