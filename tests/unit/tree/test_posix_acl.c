#include "xfer/tree/posix_acl.h"
#include "xfer/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

enum { OWNER = 1, USER = 2, OWNING_GROUP = 4, GROUP = 8, MASK = 16, OTHER = 32, MOST = 16 };

struct ace {
	uint16_t tag, perm;
	uint32_t id;
};

struct acl {
	uint8_t bytes[4 + 8 * MOST];
	size_t len;
};

#define ACL(...) \
	acl_of((struct ace[]){ __VA_ARGS__ }, sizeof(struct ace[]){ __VA_ARGS__ } / sizeof(struct ace))

static struct acl acl_of(const struct ace *aces, size_t count)
{
	AUTO(buf_fini) struct buf b;
	buf_init(&b, sizeof(struct acl));
	buf_u32(&b, 2);
	for (size_t i = 0; i < count; i++) {
		buf_u32(&b, aces[i].tag | (uint32_t)aces[i].perm << 16);
		buf_u32(&b, aces[i].id);
	}
	struct acl a = { .len = b.len };
	memcpy(a.bytes, b.data, b.len);
	return a;
}

static void assert_acl(const struct acl *got, ssize_t len, struct acl expected)
{
	assert_int_equal(len, expected.len);
	assert_memory_equal(got->bytes, expected.bytes, expected.len);
}

static struct ids *ids_with_daemon(void)
{
	struct ids *ids = NULL;
	assert_int_equal(ids_new(&ids, &(struct options){ .groupmap = "60-69:60" }, NULL), 0);
	assert_int_equal(ids_learn(ids, ID_USER, 5000, "daemon", 6, NULL), 0);
	return ids;
}

static void entries_are_mapped_and_sorted_and_lose_what_the_mode_says(void **state)
{
	(void)state;
	struct ids *ids = ids_with_daemon();
	struct acl a = ACL({ OTHER, 4, 9 }, { USER, 7, 5000 }, { USER, 5, 3 }, { MASK, 7, 0 },
			   { OWNER, 6, 0 }, { GROUP, 1, 61 }, { OWNING_GROUP, 5, 0 }, { USER, 6, 0 });
	ssize_t len = posix_acl_normalise(a.bytes, a.len, true, ids);
	assert_acl(&a, len,
		   ACL({ OWNER, 0, -1 }, { USER, 6, 0 }, { USER, 7, 1 }, { USER, 5, 3 },
		       { OWNING_GROUP, 5, -1 }, { GROUP, 1, 60 }, { MASK, 0, -1 }, { OTHER, 0, -1 }));
	posix_acl_take_mode(a.bytes, (size_t)len, 0100751);
	assert_acl(&a, len,
		   ACL({ OWNER, 7, -1 }, { USER, 6, 0 }, { USER, 7, 1 }, { USER, 5, 3 },
		       { OWNING_GROUP, 5, -1 }, { GROUP, 1, 60 }, { MASK, 5, -1 }, { OTHER, 1, -1 }));
	ids_free(ids);
}

static void ids_that_become_one_keep_what_both_were_allowed(void **state)
{
	(void)state;
	struct ids *ids = ids_with_daemon();
	struct acl a = ACL({ OWNER, 7, 0 }, { OWNING_GROUP, 7, 0 }, { GROUP, 7, 60 }, { GROUP, 6, 65 },
			   { GROUP, 5, 69 }, { GROUP, 7, 70 }, { MASK, 7, 0 }, { OTHER, 7, 0 });
	ssize_t len = posix_acl_normalise(a.bytes, a.len, false, ids);
	assert_acl(&a, len,
		   ACL({ OWNER, 7, -1 }, { OWNING_GROUP, 7, -1 }, { GROUP, 4, 60 }, { GROUP, 7, 70 },
		       { MASK, 7, -1 }, { OTHER, 7, -1 }));
	ids_free(ids);
}

static void an_access_acl_that_is_only_a_mode_is_none_but_a_default_one_is(void **state)
{
	(void)state;
	struct acl a = ACL({ OWNER, 7, -1 }, { OWNING_GROUP, 5, -1 }, { OTHER, 1, -1 }), before = a;
	assert_acl(&a, posix_acl_normalise(a.bytes, a.len, false, NULL), before);
	assert_int_equal(posix_acl_normalise(a.bytes, a.len, true, NULL), 0);
	assert_int_equal(posix_acl_normalise(a.bytes, 4, true, NULL), 0);
	assert_int_equal(posix_acl_normalise(a.bytes, 4, false, NULL), 0);
}

static void what_is_no_acl_is_refused(void **state)
{
	(void)state;
	struct acl bad[] = {
		ACL({ OWNER, 7, -1 }),
		ACL({ OWNER, 7, -1 }, { OWNING_GROUP, 5, -1 }),
		ACL({ OWNER, 7, -1 }, { OWNER, 7, -1 }, { OWNING_GROUP, 5, -1 }, { OTHER, 1, -1 }),
		ACL({ OWNER, 7, -1 }, { USER, 7, 3 }, { OWNING_GROUP, 5, -1 }, { OTHER, 1, -1 }),
		ACL({ OWNER, 8, -1 }, { OWNING_GROUP, 5, -1 }, { OTHER, 1, -1 }),
		ACL({ OWNER, 7, -1 }, { OWNING_GROUP, 5, -1 }, { OTHER, 1, -1 }, { 64, 1, 1 }),
		ACL({ OWNER, 7, -1 }, { OWNING_GROUP, 5, -1 }, { OTHER, 1, -1 }, { 3, 1, 1 }),
		ACL({ OWNER, 7, -1 }, { USER, 7, -1 }, { OWNING_GROUP, 5, -1 }, { MASK, 1, -1 },
		    { OTHER, 1, -1 }),
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(posix_acl_normalise(bad[i].bytes, bad[i].len, false, NULL), -EPROTO);

	struct acl good = ACL({ OWNER, 7, -1 }, { OWNING_GROUP, 5, -1 }, { OTHER, 1, -1 });
	for (size_t cut = 0; cut < good.len; cut++)
		if (cut != 4)
			assert_int_equal(posix_acl_normalise(good.bytes, cut, false, NULL), -EPROTO);
	good.bytes[0] = 1;
	assert_int_equal(posix_acl_normalise(good.bytes, good.len, false, NULL), -EPROTO);
}

static void sum_ids(void *arg, enum id_kind kind, uint32_t id)
{
	*(uint32_t *)arg += kind == ID_USER ? id : id * 1000;
}

static void the_named_ids_are_visited(void **state)
{
	(void)state;
	struct acl a = ACL({ OWNER, 7, 9 }, { USER, 7, 3 }, { USER, 7, 4 }, { OWNING_GROUP, 5, 9 },
			   { GROUP, 5, 2 }, { MASK, 5, 9 }, { OTHER, 1, 9 });
	uint32_t sum = 0;
	posix_acl_each_id(a.bytes, a.len, sum_ids, &sum);
	assert_int_equal(sum, 2007);
	posix_acl_each_id(a.bytes, a.len - 1, sum_ids, &sum);
	assert_int_equal(sum, 2007);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_mapped_and_sorted_and_lose_what_the_mode_says),
		cmocka_unit_test(ids_that_become_one_keep_what_both_were_allowed),
		cmocka_unit_test(an_access_acl_that_is_only_a_mode_is_none_but_a_default_one_is),
		cmocka_unit_test(what_is_no_acl_is_refused),
		cmocka_unit_test(the_named_ids_are_visited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
