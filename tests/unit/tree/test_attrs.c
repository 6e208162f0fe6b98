#include "xfer/tree/attrs.h"
#include "tests/unit/tree/attrs_place.h"

/* "cap_net_raw=ep" */
static const uint8_t CAPABILITY[20] = { 1, 0, 0, 2, 0, 32 };

/* u::rw- u:5000:rwx g::r-- g:5001:r-x m::rwx o::--- */
static const uint8_t ACL[] = { 2,   0,	 0,   0,    1,	  0,  6,    0,	  255, 255, 255, 255, 2,
			       0,   7,	 0,   0x88, 0x13, 0,  0,    4,	  0,   4,   0,	 255, 255,
			       255, 255, 8,   0,    5,	  0,  0x89, 0x13, 0,   0,   16,	 0,   7,
			       0,   255, 255, 255,  255,  32, 0,    0,	  0,   255, 255, 255, 255 };

static mode_t mode_of(const struct place *p, const char *name)
{
	struct stat st;
	assert_int_equal(fstatat(p->fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
}

static int apply(const struct place *p, const char *name, const struct buf *b, struct ids *ids)
{
	struct err err = { 0 };
	int rc = attrs_apply(p->fd, name, b->data, b->len, ids, true, true, &err);
	if (rc < 0)
		fail_msg("%s", err.text);
	return rc;
}

static void need_root(void)
{
	if (geteuid())
		skip();
}

static struct ids *ids_as_daemon(void)
{
	struct ids *ids = NULL;
	assert_int_equal(ids_new(&ids, &(struct options){ 0 }, NULL), 0);
	assert_int_equal(ids_learn(ids, ID_USER, 5000, "daemon", 6, NULL), 0);
	return ids;
}

static void an_object_without_attributes_has_an_empty_blob(void **state)
{
	AUTO(buf_fini) struct buf b = blob_of(*state, "a", true, true);
	assert_int_equal(b.len, 0);
	assert_int_equal(apply(*state, "b", &b, NULL), 0);
}

static void attributes_arrive_and_then_nothing_is_left_to_do(void **state)
{
	struct place *p = *state;
	put(p, "a", "user.zebra", "stripes", 7);
	put(p, "a", "user.empty", "", 0);
	put(p, "a", "user.bin", "\0\1\377", 3);
	put(p, "b", "user.bin", "\0\1\376", 3);
	put(p, "b", "user.more", "x", 1);
	AUTO(buf_fini) struct buf b = blob_of(p, "a", true, true);
	assert_int_equal(attrs_equal(p->fd, "b", b.data, b.len, NULL, true, true, NULL), 0);
	assert_int_equal(apply(p, "b", &b, NULL), 1);
	assert_true(has(p, "b", "user.zebra", "stripes", 7));
	assert_true(has(p, "b", "user.empty", "", 0));
	assert_true(has(p, "b", "user.bin", "\0\1\377", 3));
	assert_true(lacks(p, "b", "user.more"));
	assert_int_equal(attrs_equal(p->fd, "b", b.data, b.len, NULL, true, true, NULL), 1);
	assert_int_equal(apply(p, "b", &b, NULL), 0);
	AUTO(buf_fini) struct buf again = blob_of(p, "b", true, true);
	assert_int_equal(b.len, again.len);
	assert_memory_equal(b.data, again.data, b.len);
}

static void a_blob_is_sorted_and_appended(void **state)
{
	struct place *p = *state;
	put(p, "a", "user.b", "2", 1);
	put(p, "a", "user.ab", "1", 1);
	AUTO(buf_fini) struct buf b;
	buf_init(&b, ATTRS_MAX);
	buf_u8(&b, 'X');
	assert_int_equal(attrs_read(&b, p->fd, "a", true, true, NULL), 0);
	static const char expected[] = "X\7user.ab\0011\6user.b\0012";
	assert_int_equal(b.len, sizeof expected - 1);
	assert_memory_equal(b.data, expected, b.len);
}

static void descriptors_of_every_kind_name_the_object_too(void **state)
{
	struct place *p = *state;
	put(p, "a", "user.x", "1", 1);
	AUTO(buf_fini) struct buf b = blob_of(p, "a", true, true);
	static const int flags[] = { O_RDONLY, O_RDWR, O_PATH };
	for (size_t i = 0; i < 3; i++) {
		int fd = openat(p->fd, "b", flags[i]);
		assert_int_equal(attrs_apply(fd, NULL, b.data, b.len, NULL, true, true, NULL), 1);
		assert_int_equal(attrs_equal(fd, NULL, b.data, b.len, NULL, true, true, NULL), 1);
		assert_true(has(p, "b", "user.x", "1", 1));
		assert_int_equal(attrs_apply(fd, NULL, NULL, 0, NULL, true, true, NULL), 1);
		assert_true(lacks(p, "b", "user.x"));
		close(fd);
	}
}

static void capabilities_and_trusted_attributes_arrive(void **state)
{
	need_root();
	struct place *p = *state;
	put(p, "a", "security.capability", CAPABILITY, sizeof CAPABILITY);
	put(p, "a", "trusted.t", "1", 1);
	AUTO(buf_fini) struct buf b = blob_of(p, "a", false, true);
	assert_int_equal(apply(p, "b", &b, NULL), 1);
	assert_true(has(p, "b", "security.capability", CAPABILITY, sizeof CAPABILITY));
	assert_true(has(p, "b", "trusted.t", "1", 1));
	assert_int_equal(apply(p, "b", &b, NULL), 0);
}

static void without_root_only_user_attributes_are_read_set_and_removed(void **state)
{
	need_root();
	struct place *p = *state;
	put(p, "a", "trusted.t", "1", 1);
	put(p, "a", "security.capability", CAPABILITY, sizeof CAPABILITY);
	put(p, "a", "user.u", "1", 1);
	put(p, "b", "security.capability", CAPABILITY, sizeof CAPABILITY);
	AUTO(buf_fini) struct buf b = blob_of(p, "a", false, true);
	assert_int_equal(chmod(p->path, 0755), 0);
	assert_int_equal(fchownat(p->fd, "b", 1, 1, 0), 0);
	put(p, "b", "security.capability", CAPABILITY, sizeof CAPABILITY);
	assert_int_equal(fchmodat(p->fd, "a", 0644, 0), 0);
	assert_int_equal(seteuid(1), 0);
	struct buf small = blob_of(p, "a", false, true);
	int rc = attrs_apply(p->fd, "b", b.data, b.len, NULL, false, true, NULL);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(small.len, strlen("user.u") + 3);
	buf_fini(&small);
	assert_int_equal(rc, 1);
	assert_true(has(p, "b", "user.u", "1", 1));
	assert_true(lacks(p, "b", "trusted.t"));
	assert_true(has(p, "b", "security.capability", CAPABILITY, sizeof CAPABILITY));
}

static void a_class_that_is_not_preserved_is_left_alone(void **state)
{
	struct place *p = *state;
	put(p, "a", ACCESS, ACL, sizeof ACL);
	put(p, "a", "user.u", "1", 1);
	AUTO(buf_fini) struct buf both = blob_of(p, "a", true, true);
	AUTO(buf_fini) struct buf acl = blob_of(p, "a", true, false);
	AUTO(buf_fini) struct buf user = blob_of(p, "a", false, true);
	assert_int_equal(acl.len, 1 + sizeof ACCESS - 1 + 1 + sizeof ACL);
	assert_int_equal(both.len, acl.len + user.len);
	assert_int_equal(attrs_apply(p->fd, "b", both.data, both.len, NULL, false, true, NULL), 1);
	assert_true(lacks(p, "b", ACCESS));
	assert_int_equal(attrs_apply(p->fd, "b", acl.data, acl.len, NULL, true, false, NULL), 1);
	assert_true(has(p, "b", "user.u", "1", 1));
	assert_int_equal(attrs_equal(p->fd, "b", both.data, both.len, NULL, true, true, NULL), 1);
	assert_int_equal(attrs_apply(p->fd, "b", NULL, 0, NULL, true, false, NULL), 1);
	assert_true(has(p, "b", "user.u", "1", 1));
	assert_int_equal(attrs_apply(p->fd, "b", NULL, 0, NULL, false, false, NULL), 0);
}

static void the_ids_of_an_acl_are_mapped_and_the_mode_stays(void **state)
{
	struct place *p = *state;
	put(p, "a", ACCESS, ACL, sizeof ACL);
	assert_int_equal(mode_of(p, "a"), 0670);
	AUTO(buf_fini) struct buf b = blob_of(p, "a", true, true);
	struct ids *ids = ids_as_daemon();
	assert_int_equal(fchmodat(p->fd, "b", 0600, 0), 0);
	assert_int_equal(apply(p, "b", &b, ids), 1);
	assert_int_equal(mode_of(p, "b"), 0600);

	assert_int_equal(fchmodat(p->fd, "b", 0670, 0), 0);
	uint8_t expected[sizeof ACL];
	memcpy(expected, ACL, sizeof ACL);
	expected[16] = 1, expected[17] = 0; /* 5000 is daemon there, and daemon is 1 here */
	assert_true(has(p, "b", ACCESS, expected, sizeof expected));
	assert_int_equal(apply(p, "b", &b, ids), 0);

	assert_int_equal(fchmodat(p->fd, "b", 0640, 0), 0); /* --chmod */
	assert_int_equal(attrs_equal(p->fd, "b", b.data, b.len, ids, true, true, NULL), 1);
	assert_int_equal(attrs_equal(p->fd, "b", b.data, b.len, NULL, true, true, NULL), 0);
	ids_free(ids);
}

static void an_acl_that_the_source_lacks_is_removed_and_the_mode_stays(void **state)
{
	struct place *p = *state;
	put(p, "b", ACCESS, ACL, sizeof ACL);
	assert_int_equal(fchmodat(p->fd, "b", 0640, 0), 0);
	assert_int_equal(attrs_apply(p->fd, "b", NULL, 0, NULL, true, true, NULL), 1);
	assert_true(lacks(p, "b", ACCESS));
	assert_int_equal(mode_of(p, "b"), 0640);
}

static void a_directory_keeps_its_default_acl(void **state)
{
	struct place *p = *state;
	assert_int_equal(mkdirat(p->fd, "d", 0755) | mkdirat(p->fd, "e", 0755), 0);
	put(p, "d", DEFAULT, ACL, sizeof ACL);
	AUTO(buf_fini) struct buf b = blob_of(p, "d", true, false);
	assert_int_equal(apply(p, "e", &b, NULL), 1);
	assert_true(has(p, "e", DEFAULT, ACL, sizeof ACL));
	assert_int_equal(apply(p, "e", &b, NULL), 0);

	make_file(p->fd, "e/inherits");
	int e = openat(p->fd, "e", O_PATH);
	assert_int_equal(attrs_equal(e, "inherits", NULL, 0, NULL, true, false, NULL), 0);
	assert_int_equal(attrs_apply(e, "inherits", NULL, 0, NULL, true, false, NULL), 1);
	assert_true(lacks(p, "e/inherits", ACCESS));
	assert_int_equal(attrs_apply(e, NULL, NULL, 0, NULL, true, false, NULL), 1);
	assert_true(lacks(p, "e", DEFAULT));
	close(e);
}

static void a_symlink_has_attributes_of_its_own(void **state)
{
	need_root();
	struct place *p = *state;
	assert_int_equal(symlinkat("a", p->fd, "l") | symlinkat("b", p->fd, "m"), 0);
	put(p, "l", "trusted.t", "link", 4);
	put(p, "a", "trusted.t", "file", 4);
	AUTO(buf_fini) struct buf b = blob_of(p, "l", true, true);
	assert_int_equal(apply(p, "m", &b, NULL), 1);
	assert_true(has(p, "m", "trusted.t", "link", 4));
	assert_true(lacks(p, "b", "trusted.t"));

	int fd = openat(p->fd, "m", O_PATH | O_NOFOLLOW);
	assert_int_equal(attrs_equal(fd, NULL, b.data, b.len, NULL, true, true, NULL), 1);
	assert_int_equal(attrs_apply(fd, NULL, NULL, 0, NULL, true, true, NULL), 1);
	assert_true(lacks(p, "m", "trusted.t"));
	close(fd);
}

static void an_attribute_that_cannot_be_set_is_named(void **state)
{
	need_root();
	struct place *p = *state;
	struct err err = { 0 };
	AUTO(buf_fini) struct buf b;
	buf_init(&b, ATTRS_MAX);
	buf_string(&b, "user.u", 6);
	buf_string(&b, "1", 1);
	assert_int_equal(mkfifoat(p->fd, "fifo", 0600), 0);
	assert_int_equal(attrs_apply(p->fd, "fifo", b.data, b.len, NULL, true, true, &err), -EPERM);
	assert_non_null(strstr(err.text, "fifo: set attribute user.u"));
	int proc = open("/proc/self", O_PATH | O_DIRECTORY);
	assert_int_equal(attrs_apply(proc, "status", b.data, b.len, NULL, true, true, &err), -ENOTSUP);
	assert_int_equal(attrs_apply(proc, "status", NULL, 0, NULL, true, true, &err), 0);
	close(proc);
}

enum { VISITED = 100 };

static void visit(void *arg, enum id_kind kind, uint32_t id)
{
	char *text = arg;
	snprintf(text + strlen(text), VISITED - strlen(text), "%c%u ", kind == ID_USER ? 'u' : 'g', id);
}

static void the_ids_in_a_blob_can_be_announced(void **state)
{
	struct place *p = *state;
	put(p, "a", ACCESS, ACL, sizeof ACL);
	put(p, "a", "user.u", "1", 1);
	AUTO(buf_fini) struct buf b = blob_of(p, "a", true, true);
	char text[VISITED] = "";
	attrs_each_id(b.data, b.len, visit, text);
	assert_string_equal(text, "u5000 g5001 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_object_without_attributes_has_an_empty_blob),
		TEST(attributes_arrive_and_then_nothing_is_left_to_do),
		TEST(a_blob_is_sorted_and_appended),
		TEST(descriptors_of_every_kind_name_the_object_too),
		TEST(capabilities_and_trusted_attributes_arrive),
		TEST(without_root_only_user_attributes_are_read_set_and_removed),
		TEST(a_class_that_is_not_preserved_is_left_alone),
		TEST(the_ids_of_an_acl_are_mapped_and_the_mode_stays),
		TEST(an_acl_that_the_source_lacks_is_removed_and_the_mode_stays),
		TEST(a_directory_keeps_its_default_acl),
		TEST(a_symlink_has_attributes_of_its_own),
		TEST(an_attribute_that_cannot_be_set_is_named),
		TEST(the_ids_in_a_blob_can_be_announced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
