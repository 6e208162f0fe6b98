#include "tests/unit/wire/link_pair.h"
#include "xfer/wire/hello.h"
#include <stdio.h>

/* A HELLO of another program: magic, versions and host as given. */
struct other {
	const char *magic;
	uint32_t oldest, newest;
	uint8_t boot;
	const char *program;
};

static int take(struct hello *h, const struct other *o, size_t cut, struct err *err)
{
	struct buf b;
	uint8_t boot[16];
	memset(boot, o->boot, sizeof boot);
	buf_init(&b, 4096);
	buf_bytes(&b, o->magic, 4);
	buf_u32(&b, o->oldest);
	buf_u32(&b, o->newest);
	buf_bytes(&b, boot, sizeof boot);
	buf_string(&b, o->program, strlen(o->program));
	struct frame f = { .type = FRAME_HELLO, .data = b.data, .len = (uint32_t)(b.len - cut) };
	int r = hello_take(h, &f, err);
	buf_fini(&b);
	return r;
}

static void two_ends_of_one_host_know_each_other(void **state)
{
	struct pair *p = *state;
	struct hello h;
	struct err err = { 0 };
	good(hello_send(p->a, &err), &err);
	struct frame f = receive(p->b);
	assert_int_equal(f.type, FRAME_HELLO);
	good(hello_take(&h, &f, &err), &err);
	assert_int_equal(h.version, HELLO_NEWEST);
	assert_true(h.same_host);
	assert_string_equal(h.program, XFER_VERSION);
}

static void in_between_the_host_behind_is_named(void **state)
{
	struct pair *p = *state;
	struct hello h, behind = { .version = 1, .boot = { 0x5a } };
	struct err err = { 0 };
	good(hello_send_for(p->a, &behind, &err), &err);
	struct frame f = receive(p->b);
	good(hello_take(&h, &f, &err), &err);
	assert_int_equal(h.version, 1);
	assert_memory_equal(h.boot, behind.boot, sizeof h.boot);
	assert_false(h.same_host);
}

static void another_host_is_another(void **state)
{
	(void)state;
	struct hello h;
	struct err err = { 0 };
	good(take(&h, &(struct other){ "xfer", 1, 1, 0x5a, "0.9" }, 0, &err), &err);
	assert_false(h.same_host);
	assert_string_equal(h.program, "0.9");
	/* two that cannot tell are not the same */
	good(take(&h, &(struct other){ "xfer", 1, 1, 0, "0.9" }, 0, &err), &err);
	assert_false(h.same_host);
}

static void the_newest_version_of_both_is_used(void **state)
{
	(void)state;
	struct hello h;
	struct err err = { 0 };
	good(take(&h, &(struct other){ "xfer", HELLO_OLDEST, HELLO_NEWEST + 5, 1, "9" }, 0, &err), &err);
	assert_int_equal(h.version, HELLO_NEWEST);
	good(take(&h, &(struct other){ "xfer", 0, HELLO_OLDEST, 1, "0" }, 0, &err), &err);
	assert_int_equal(h.version, HELLO_OLDEST);
}

static void versions_that_do_not_meet_are_refused_with_both_names(void **state)
{
	(void)state;
	struct hello h;
	struct err err = { 0 };
	assert_int_equal(take(&h, &(struct other){ "xfer", HELLO_NEWEST + 1, HELLO_NEWEST + 3, 1, "7.7" }, 0,
			      &err),
			 -EPROTO);
	assert_non_null(strstr(err.text, "7.7"));
	assert_non_null(strstr(err.text, XFER_VERSION));
	char theirs[40];
	snprintf(theirs, sizeof theirs, "%d to %d", HELLO_NEWEST + 1, HELLO_NEWEST + 3);
	assert_non_null(strstr(err.text, theirs));
	assert_int_equal(take(&h, &(struct other){ "xfer", 0, HELLO_OLDEST - 1, 1, "0" }, 0, &err), -EPROTO);
}

static void what_is_no_hello_is_refused(void **state)
{
	(void)state;
	struct hello h;
	struct err err = { 0 };
	const struct other ok = { "xfer", 1, 1, 1, "0.1" };
	struct other wrong = ok, wordy = ok;
	for (size_t cut = 1; cut <= 32; cut++)
		assert_int_equal(take(&h, &ok, cut, &err), -EPROTO);
	assert_int_equal(take(&h, &ok, 0, &err), 0);
	wrong.magic = "xfes";
	assert_int_equal(take(&h, &wrong, 0, &err), -EPROTO);
	wordy.program = "0123456789012345678901234567890123456789012345678901234567890123";
	assert_int_equal(take(&h, &wordy, 0, &err), -EPROTO);
	wordy.program++;
	assert_int_equal(take(&h, &wordy, 0, &err), 0);
	assert_string_equal(h.program, wordy.program);
}

static void another_frame_is_no_hello(void **state)
{
	struct pair *p = *state;
	struct hello h;
	struct err err = { 0 };
	good(hello_send(p->a, &err), &err);
	struct frame f = receive(p->b);
	f.type = FRAME_CONFIG;
	assert_int_equal(hello_take(&h, &f, &err), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_ends_of_one_host_know_each_other),
		TEST(in_between_the_host_behind_is_named),
		cmocka_unit_test(another_host_is_another),
		cmocka_unit_test(the_newest_version_of_both_is_used),
		cmocka_unit_test(versions_that_do_not_meet_are_refused_with_both_names),
		cmocka_unit_test(what_is_no_hello_is_refused),
		TEST(another_frame_is_no_hello),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
