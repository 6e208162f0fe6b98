/* The content heads of entry.h. */
#include "xfer/tree/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct content sample(uint8_t flags)
{
	return (struct content){
		.flags = flags,
		.error = flags & CONTENT_FAILED ? EACCES : 0,
		.mode = S_IFREG | 04751,
		.uid = 1000,
		.gid = UINT32_MAX,
		.mtime = -12345,
		.mtime_ns = 999999999,
		.size = INT64_MAX,
		.digest = hash_of("x", 1),
	};
}

static struct buf packed(const struct content *c)
{
	struct buf b;
	buf_init(&b, 200);
	content_put(&b, c);
	assert_false(b.failed);
	return b;
}

static int take(struct content *out, const struct content *c)
{
	struct buf b = packed(c);
	struct reader r = reader_of(b.data, b.len);
	int code = content_get(&r, out);
	assert_true(code < 0 || reader_done(&r));
	buf_fini(&b);
	return code;
}

static void a_content_head_comes_back_with_what_its_flags_say(void **state)
{
	(void)state;
	for (uint8_t flags = 0; flags < 16; flags++) {
		struct content c = sample(flags), got = { .seq = 77 };
		assert_int_equal(take(&got, &c), 0);
		assert_int_equal(got.seq, 77);
		assert_int_equal(got.flags, flags);
		assert_int_equal(got.error, c.error);
		assert_true(got.size == c.size);
		bool fresh = flags & CONTENT_FRESH;
		assert_int_equal(got.mode, fresh ? c.mode : 0);
		assert_int_equal(got.uid, fresh ? c.uid : 0);
		assert_true(got.gid == (fresh ? c.gid : 0));
		assert_true(got.mtime == (fresh ? c.mtime : 0));
		assert_int_equal(got.mtime_ns, fresh ? c.mtime_ns : 0);
		assert_int_equal(digest_equal(&got.digest, &c.digest), (flags & CONTENT_DIGEST) != 0);
	}
}

static void every_truncated_head_is_refused(void **state)
{
	(void)state;
	for (uint8_t flags = 0; flags < 16; flags++) {
		struct content c = sample(flags), got;
		struct buf b = packed(&c);
		for (size_t cut = 0; cut < b.len; cut++) {
			uint8_t *exact = malloc(cut ? cut : 1);
			memcpy(exact, b.data, cut);
			struct reader r = reader_of(exact, cut);
			assert_int_equal(content_get(&r, &got), -EPROTO);
			free(exact);
		}
		buf_fini(&b);
	}
}

static void illegal_values_are_refused(void **state)
{
	(void)state;
	struct content got, c = sample(CONTENT_FRESH);
	c.mode = S_IFDIR | 0755;
	assert_int_equal(take(&got, &c), -EPROTO);
	c.mode = S_IFREG | 0644 | 1 << 16;
	assert_int_equal(take(&got, &c), -EPROTO);
	c = sample(CONTENT_FRESH);
	c.mtime_ns++;
	assert_int_equal(take(&got, &c), -EPROTO);
	c = sample(0);
	c.size++;
	assert_int_equal(take(&got, &c), -EPROTO);
	c = sample(32);
	assert_int_equal(take(&got, &c), -EPROTO);
}

static void an_error_number_stays_small(void **state)
{
	(void)state;
	struct content got, c = sample(CONTENT_FAILED);
	c.error = 0x7fffffff;
	assert_int_equal(take(&got, &c), 0);
	assert_int_equal(got.error, 0xfff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_content_head_comes_back_with_what_its_flags_say),
		cmocka_unit_test(every_truncated_head_is_refused),
		cmocka_unit_test(illegal_values_are_refused),
		cmocka_unit_test(an_error_number_stays_small),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
