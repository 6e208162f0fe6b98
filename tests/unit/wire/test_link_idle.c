#include "tests/unit/wire/link_pair.h"

#include <sys/resource.h>

#include "xfer/base/clock.h"

/* Work that lasts so many steps; at step speak the peer says something. */
struct work {
	struct pair *p;
	int steps, done, speak, fail;
};

static int step(void *ctx, struct err *err)
{
	struct work *w = ctx;
	w->done++;
	if (w->done == w->speak) {
		send_frame(w->p->b, FRAME_NOTE, 7, "x", 1);
		flush(w->p->b);
	}
	if (w->done == w->fail)
		return err_say(err, -EIO, "no more");
	return w->done < w->steps;
}

static void work_is_done_until_the_peer_speaks(void **state)
{
	struct work w = { .p = *state, .steps = 1000, .speak = 5 };
	link_set_idle(w.p->a, step, &w);
	assert_int_equal(receive(w.p->a).offset, 7);
	assert_int_equal(w.done, 5);
	/* and goes on where it stopped */
	w.speak = 9;
	assert_int_equal(receive(w.p->a).offset, 7);
	assert_int_equal(w.done, 9);
}

static void who_has_spoken_already_is_not_kept_waiting(void **state)
{
	struct work w = { .p = *state, .steps = 1000 };
	send_frame(w.p->b, FRAME_NOTE, 7, "x", 1);
	flush(w.p->b);
	link_set_idle(w.p->a, step, &w);
	assert_int_equal(receive(w.p->a).offset, 7);
	assert_int_equal(w.done, 0);
}

static void work_at_its_end_is_not_asked_for_more(void **state)
{
	struct work w = { .p = *state, .steps = 3 };
	struct frame f;
	struct err err = { 0 };
	link_set_idle(w.p->a, step, &w);
	link_set_timeout(w.p->a, 1);
	assert_int_equal(link_recv(w.p->a, &f, &err), -ETIMEDOUT);
	assert_int_equal(w.done, 3);
}

static void work_that_fails_ends_the_waiting(void **state)
{
	struct work w = { .p = *state, .steps = 1000, .fail = 2 };
	struct frame f;
	struct err err = { 0 };
	link_set_idle(w.p->a, step, &w);
	assert_int_equal(link_recv(w.p->a, &f, &err), -EIO);
	assert_string_equal(err.text, "no more");
}

static int quit_at_third(void *ctx, struct err *err)
{
	int *calls = ctx;
	(void)err;
	calls[1] = ++calls[0] == 3;
	return 1;
}

static void the_quit_flag_ends_work_too(void **state)
{
	struct pair *p = *state;
	int calls[2] = { 0 };
	struct frame f;
	struct err err = { 0 };
	link_set_quit(p->a, &calls[1]);
	link_set_idle(p->a, quit_at_third, calls);
	assert_int_equal(link_recv(p->a, &f, &err), -EINTR);
	assert_int_equal(calls[0], 3);
}

static void a_peer_that_hangs_up_ends_work_too(void **state)
{
	struct work w = { .p = *state, .steps = INT32_MAX };
	struct frame f;
	struct err err = { 0 };
	hang_up(&w.p->b, &w.p->raw_b);
	link_set_idle(w.p->a, step, &w);
	assert_int_equal(link_recv(w.p->a, &f, &err), -ECONNRESET);
}

/* Work without end, for all that the link knows; speaks once it hears something. */
struct long_work {
	struct pair *p;
	uint64_t until;
	bool spoke;
};

static int work_long(void *ctx, struct err *err)
{
	struct long_work *w = ctx;
	uint8_t byte;
	(void)err;
	if (!w->spoke && recv(w->p->raw_b, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 1) {
		w->spoke = true;
		send_frame(w->p->b, FRAME_NOTE, 7, "x", 1);
		flush(w->p->b);
	}
	return clock_now() < w->until;
}

static void the_timeout_ends_work_too(void **state)
{
	struct long_work w = { .p = *state, .until = clock_now() + 20 * CLOCK_SECOND, .spoke = true };
	struct frame f;
	struct err err = { 0 };
	link_set_timeout(w.p->a, 1);
	link_set_idle(w.p->a, work_long, &w);
	assert_int_equal(link_recv(w.p->a, &f, &err), -ETIMEDOUT);
	assert_non_null(strstr(err.text, "1 seconds"));
	assert_true(clock_now() < w.until);
}

static void who_works_keeps_alive(void **state)
{
	struct long_work w = { .p = *state, .until = clock_now() + 20 * CLOCK_SECOND };
	link_set_timeout(w.p->a, 3);
	link_set_idle(w.p->a, work_long, &w);
	assert_int_equal(receive(w.p->a).offset, 7);
	assert_true(w.spoke);
}

static void a_wait_that_fails_says_so(void **state)
{
	struct work w = { .p = *state, .steps = 1000 };
	struct frame f;
	struct err err = { 0 };
	struct rlimit had, none;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &had), 0);
	none = (struct rlimit){ 0, had.rlim_max };
	link_set_idle(w.p->a, step, &w);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0); /* poll refuses */
	int r = link_recv(w.p->a, &f, &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &had), 0);
	assert_int_equal(r, -EINVAL);
	assert_non_null(strstr(err.text, "wait"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(work_is_done_until_the_peer_speaks),
		TEST(who_has_spoken_already_is_not_kept_waiting),
		TEST(work_at_its_end_is_not_asked_for_more),
		TEST(work_that_fails_ends_the_waiting),
		TEST(the_quit_flag_ends_work_too),
		TEST(a_peer_that_hangs_up_ends_work_too),
		TEST(the_timeout_ends_work_too),
		TEST(who_works_keeps_alive),
		TEST(a_wait_that_fails_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
