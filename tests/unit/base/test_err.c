#include "xfer/base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

static void an_error_names_what_failed_and_why(void **state)
{
	(void)state;
	struct err err = { 0 };
	assert_int_equal(err_set(&err, -ENOENT, "%s: open", "a/b"), -ENOENT);
	assert_int_equal(err.code, -ENOENT);
	assert_string_equal(err.text, "a/b: open: No such file or directory");
	assert_int_equal(err_say(&err, -ENOENT, "nothing at %s", "a/b"), -ENOENT);
	assert_string_equal(err.text, "nothing at a/b");
}

static void our_own_codes_have_no_reason_of_the_system(void **state)
{
	(void)state;
	struct err err = { 0 };
	err_set(&err, -EPROTO, "the peer sent a frame twice");
	assert_string_equal(err.text, "the peer sent a frame twice");
	err_set(&err, -EBADMSG, "frame 7 is damaged");
	assert_string_equal(err.text, "frame 7 is damaged");
}

static void nobody_has_to_want_the_text(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, -EIO, "x"), -EIO);
	assert_int_equal(err_say(NULL, -EIO, "x"), -EIO);
	err_context(NULL, "x");
}

static bool ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);
	return n >= m && !strcmp(text + n - m, end);
}

static void a_name_of_any_length_leaves_the_reason(void **state)
{
	(void)state;
	char name[5000];
	for (size_t n = 0; n < sizeof name; n += n < 600 ? 1 : 1000) {
		memset(name, 'n', n);
		name[n] = '\0';
		struct err err = { 0 };
		err_set(&err, -ENOSPC, "%s", name);
		assert_true(ends_in(err.text, ": No space left on device"));
		assert_in_range(strlen(err.text), 1, sizeof err.text - 1);
	}
}

static void context_comes_in_front(void **state)
{
	(void)state;
	struct err err = { 0 };
	err_set(&err, -EIO, "read");
	err_context(&err, "file %d", 7);
	assert_string_equal(err.text, "file 7: read: Input/output error");
	assert_int_equal(err.code, -EIO);
}

static void context_of_any_length_leaves_the_reason(void **state)
{
	(void)state;
	char name[1200];
	for (size_t first = 0; first < sizeof name; first += 37) {
		for (size_t then = 0; then < sizeof name; then += 41) {
			struct err err = { 0 };
			memset(name, 'a', sizeof name);
			err_set(&err, -ENOSPC, "%.*s", (int)first, name);
			memset(name, 'b', sizeof name);
			err_context(&err, "%.*s", (int)then, name);
			assert_true(ends_in(err.text, ": No space left on device"));
			assert_int_equal(err.text[0], then ? 'b' : ':');
			assert_in_range(strlen(err.text), 1, sizeof err.text - 1);
		}
	}
}

static void only_what_may_pass_by_itself_is_retried(void **state)
{
	(void)state;
	assert_true(err_is_retryable(-ECONNRESET));
	assert_true(err_is_retryable(-ETIMEDOUT));
	assert_false(err_is_retryable(-ENOSPC));
	assert_false(err_is_retryable(-EBADMSG));
	assert_false(err_is_retryable(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_names_what_failed_and_why),
		cmocka_unit_test(our_own_codes_have_no_reason_of_the_system),
		cmocka_unit_test(nobody_has_to_want_the_text),
		cmocka_unit_test(a_name_of_any_length_leaves_the_reason),
		cmocka_unit_test(context_comes_in_front),
		cmocka_unit_test(context_of_any_length_leaves_the_reason),
		cmocka_unit_test(only_what_may_pass_by_itself_is_retried),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
