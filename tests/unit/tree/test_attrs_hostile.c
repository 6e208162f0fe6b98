/* What peers, owners and file systems may do to attrs.h. */
#include "xfer/tree/attrs.h"
#include "tests/unit/tree/attrs_place.h"

#include <pthread.h>

static void an_object_that_became_a_symlink_is_not_followed(void **state)
{
	struct place *p = *state;
	char outside[] = "/tmp/attrs-outsideXXXXXX";
	int victim = mkstemp(outside);
	put(p, "a", "user.u", "1", 1);
	AUTO(buf_fini) struct buf b = blob_of(p, "a", true, true);
	assert_int_equal(unlinkat(p->fd, "b", 0), 0);
	assert_int_equal(symlinkat(outside, p->fd, "b"), 0);
	struct err err = { 0 };
	assert_int_equal(attrs_apply(p->fd, "b", b.data, b.len, NULL, true, true, &err), -EPERM);
	assert_non_null(strstr(err.text, "user.u"));
	assert_int_equal(flistxattr(victim, NULL, 0), 0);
	assert_int_equal(fsetxattr(victim, "user.keep", "1", 1, 0), 0);
	assert_int_equal(attrs_apply(p->fd, "b", NULL, 0, NULL, true, true, &err), 0);
	assert_int_equal(flistxattr(victim, NULL, 0), sizeof "user.keep");
	close(victim);
	unlink(outside);
}

static void a_name_is_one_name(void **state)
{
	struct place *p = *state;
	static const char *const bad[] = { "", "..", "../a", "a/", "/etc/passwd" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(attrs_equal(p->fd, bad[i], NULL, 0, NULL, true, true, NULL), -EINVAL);
	assert_int_equal(attrs_equal(p->fd, "none", NULL, 0, NULL, true, true, NULL), -ENOENT);
	assert_int_equal(attrs_equal(-1, NULL, NULL, 0, NULL, true, true, NULL), -EBADF);

	char longest[256];
	memset(longest, 'n', 255);
	longest[255] = 0;
	make_file(p->fd, longest);
	put(p, longest, "user.u", "1", 1);
	AUTO(buf_fini) struct buf b = blob_of(p, longest, true, true);
	assert_true(b.len > 0);
	assert_int_equal(attrs_apply(p->fd, longest, NULL, 0, NULL, true, true, NULL), 1);
}

struct pair {
	const char *name;
	size_t name_len;
	const void *value;
	size_t len;
};

static int apply_pairs(const struct place *p, const struct pair *pairs, size_t count)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, 2 * ATTRS_MAX);
	for (size_t i = 0; i < count; i++) {
		buf_string(&b, pairs[i].name, pairs[i].name_len ? pairs[i].name_len : strlen(pairs[i].name));
		buf_string(&b, pairs[i].value, pairs[i].len);
	}
	return attrs_apply(p->fd, "b", b.data, b.len, NULL, true, true, NULL);
}

static void attributes_that_must_not_travel_are_refused_before_anything_is_done(void **state)
{
	struct place *p = *state;
	put(p, "b", "user.keep", "1", 1);
	static const char *const bad[] = { "system.foo",
					   "system.posix_acl_accessX",
					   "system.nfs4_acl",
					   "user.",
					   "user",
					   "trusted.",
					   "security.selinux",
					   "security.evm",
					   "btrfs.compression",
					   "os2.x",
					   "\1" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(apply_pairs(p, &(struct pair){ bad[i], 0, "1", 1 }, 1), -EPROTO);
	assert_int_equal(apply_pairs(p, &(struct pair){ "user.a\0b", 8, "1", 1 }, 1), -EPROTO);
	assert_int_equal(apply_pairs(p, &(struct pair){ ACCESS, 0, "\2\0\0\0\1", 5 }, 1), -EPROTO);
	assert_int_equal(apply_pairs(p, &(struct pair){ DEFAULT, 0, "", 0 }, 1), -EPROTO);
	const struct pair twice[] = { { "user.a", 0, "1", 1 }, { "user.a", 0, "2", 1 } };
	const struct pair unsorted[] = { { "user.b", 0, "1", 1 }, { "user.a", 0, "2", 1 } };
	const struct pair bad_last[] = { { "user.a", 0, "1", 1 }, { "wrong", 0, "2", 1 } };
	assert_int_equal(apply_pairs(p, twice, 2), -EPROTO);
	assert_int_equal(apply_pairs(p, unsorted, 2), -EPROTO);
	assert_int_equal(apply_pairs(p, bad_last, 2), -EPROTO);
	assert_true(has(p, "b", "user.keep", "1", 1));
	assert_true(lacks(p, "b", "user.a"));
}

static void blobs_that_are_cut_or_too_large_are_refused(void **state)
{
	struct place *p = *state;
	put(p, "a", "user.first", "1", 1);
	put(p, "a", "user.second", "22", 2);
	AUTO(buf_fini) struct buf b = blob_of(p, "a", true, true);
	size_t one_pair = 1 + strlen("user.first") + 2;
	for (size_t cut = 1; cut < b.len; cut++) {
		int rc = attrs_equal(p->fd, "b", b.data, cut, NULL, true, true, NULL);
		assert_int_equal(rc, cut == one_pair ? 0 : -EPROTO);
	}
	static const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 'u' };
	assert_int_equal(attrs_apply(p->fd, "b", huge, sizeof huge, NULL, true, true, NULL), -EPROTO);

	AUTO(buf_fini) struct buf big;
	buf_init(&big, 2 * ATTRS_MAX);
	char name[300], *value = calloc(1, ATTRS_VALUE_MAX + 1);
	memcpy(name, "user.", 5);
	memset(name + 5, 'n', sizeof name - 5);
	assert_int_equal(apply_pairs(p, &(struct pair){ "user.v", 0, value, ATTRS_VALUE_MAX + 1 }, 1),
			 -EPROTO);
	assert_int_equal(apply_pairs(p, &(struct pair){ name, 256, "1", 1 }, 1), -EPROTO);
	assert_int_equal(apply_pairs(p, &(struct pair){ name, 255, "1", 1 }, 1), 1);
	const struct pair five[] = { { "user.1", 0, value, ATTRS_VALUE_MAX },
				     { "user.2", 0, value, ATTRS_VALUE_MAX },
				     { "user.3", 0, value, ATTRS_VALUE_MAX },
				     { "user.4", 0, value, ATTRS_VALUE_MAX } };
	assert_int_equal(apply_pairs(p, five, 4), -EPROTO);
	free(value);
}

/* On tmpfs, because ext4 has no room for as much. */
static void more_than_a_blob_holds_is_an_error_that_names_the_object(void **state)
{
	(void)state;
	char path[] = "/dev/shm/attrsXXXXXX", name[] = "user.0";
	int fd = mkstemp(path);
	if (fd < 0)
		skip();
	uint8_t *value = calloc(1, ATTRS_VALUE_MAX);
	int rc = 0;
	for (; name[5] < '5' && !rc; name[5]++)
		rc = fsetxattr(fd, name, value, ATTRS_VALUE_MAX, 0);
	free(value);
	unlink(path);
	if (rc) {
		close(fd);
		skip();
	}
	AUTO(buf_fini) struct buf b;
	buf_init(&b, ATTRS_MAX);
	buf_u8(&b, 'X');
	struct err err = { 0 };
	assert_int_equal(attrs_read(&b, fd, NULL, true, true, &err), -E2BIG);
	assert_int_equal(b.len, 1);
	assert_int_equal(fremovexattr(fd, "user.4") | fremovexattr(fd, "user.3"), 0);
	assert_int_equal(attrs_read(&b, fd, NULL, true, true, &err), 0);
	assert_int_equal(attrs_equal(fd, NULL, b.data + 1, b.len - 1, NULL, true, true, &err), 1);

	b.limit = b.len + 1000;
	assert_int_equal(attrs_read(&b, fd, NULL, true, true, &err), -E2BIG);
	assert_false(b.failed);
	close(fd);
}

static void *grow_and_shrink(void *arg)
{
	const struct place *p = arg;
	static const char value[3000];
	for (size_t i = 0; i < 3000; i++) {
		lsetxattr(path_of(p, "a"), "user.changes", value, i * 7919 % sizeof value, 0);
		if (i % 3 == 0)
			lremovexattr(path_of(p, "a"), "user.changes");
	}
	return NULL;
}

static void attributes_that_change_meanwhile_are_read_again(void **state)
{
	struct place *p = *state;
	pthread_t thread;
	put(p, "a", "user.stays", "1", 1);
	assert_int_equal(pthread_create(&thread, NULL, grow_and_shrink, p), 0);
	for (int i = 0; i < 3000; i++) {
		struct err err = { 0 };
		AUTO(buf_fini) struct buf b;
		buf_init(&b, ATTRS_MAX);
		int rc = attrs_read(&b, p->fd, "a", true, true, &err);
		if (rc && rc != -ESTALE)
			fail_msg("%s", err.text);
		if (!rc)
			assert_memory_equal(b.data + b.len - 13, "\012user.stays\0011", 13);
	}
	pthread_join(thread, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_object_that_became_a_symlink_is_not_followed),
		TEST(a_name_is_one_name),
		TEST(attributes_that_must_not_travel_are_refused_before_anything_is_done),
		TEST(blobs_that_are_cut_or_too_large_are_refused),
		TEST(more_than_a_blob_holds_is_an_error_that_names_the_object),
		TEST(attributes_that_change_meanwhile_are_read_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
