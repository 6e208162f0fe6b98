#include "xfer/tree/new_file.h"

#include "tests/unit/tree/tree_place.h"

static const struct options keeps = { .perms = true, .times = true };

static struct meta_rules rules_of(void)
{
	return (struct meta_rules){ .o = &keeps, .uid = geteuid(), .gid = getegid() };
}

static struct meta meta_of(mode_t mode)
{
	return (struct meta){ .mode = S_IFREG | mode,
			      .uid = geteuid(),
			      .gid = getegid(),
			      .mtime = { .tv_sec = 1000000000, .tv_nsec = 123456789 } };
}

static struct stat make(struct place *p, const char *name, const struct meta *meta, const uint64_t *size,
			const char *text)
{
	struct meta_rules rules = rules_of();
	struct err err = { 0 };
	struct stat st;
	mode_t before = umask(0);
	int fd = new_file_create(&rules, meta, p->fd, name, &err);
	assert_true(fd >= 0);
	assert_int_equal(new_file_write(fd, (const uint8_t *)text, strlen(text), 0, false), 0);
	assert_int_equal(new_file_complete(&rules, meta, fd, size, &err), 0);
	umask(before);
	assert_int_equal(fstatat(p->fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static void a_file_has_its_mode_time_and_content(void **state)
{
	struct meta meta = meta_of(0640);
	struct stat st = make(*state, "f", &meta, NULL, "hello");
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(st.st_mtim.tv_sec, 1000000000);
	assert_int_equal(st.st_mtim.tv_nsec, 123456789);
}

static void a_size_is_set_where_one_is_given(void **state)
{
	struct meta meta = meta_of(0600);
	uint64_t size = 4000;
	assert_int_equal(make(*state, "f", &meta, &size, "hello").st_size, 4000);
}

static void a_link_in_the_way_is_replaced_and_not_followed(void **state)
{
	struct place *p = *state;
	struct meta meta = meta_of(0644);
	put_file(p, "victim", "precious");
	put_link(p, "f", "victim");
	assert_true(S_ISREG(make(p, "f", &meta, NULL, "hello").st_mode));
	struct stat st;
	assert_int_equal(fstatat(p->fd, "victim", &st, 0), 0);
	assert_int_equal(st.st_size, 8);
}

static void a_directory_in_the_way_is_an_error(void **state)
{
	struct place *p = *state;
	struct meta_rules rules = rules_of();
	struct meta meta = meta_of(0644);
	struct err err = { 0 };
	put_dir(p, "f");
	assert_int_equal(new_file_create(&rules, &meta, p->fd, "f", &err), -EISDIR);
	assert_string_equal(err.text, "remove what stands in the way: Is a directory");
}

static void nobody_else_reads_a_file_whose_group_is_not_set_yet(void **state)
{
	struct place *p = *state;
	struct meta_rules rules = rules_of();
	struct meta meta = meta_of(0644);
	struct err err = { 0 };
	struct stat st;
	meta.gid = getegid() + 1;
	mode_t before = umask(0);
	int fd = new_file_create(&rules, &meta, p->fd, "f", &err);
	umask(before);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	close(fd);
}

static void zeros_of_a_sparse_file_are_not_written(void **state)
{
	struct place *p = *state;
	struct meta_rules rules = rules_of();
	struct meta meta = meta_of(0644);
	struct err err = { 0 };
	static uint8_t data[1 << 18];
	uint64_t size = sizeof data;
	struct stat st;
	data[1 << 17] = 1;
	int fd = new_file_create(&rules, &meta, p->fd, "f", &err);
	assert_int_equal(new_file_write(fd, data, sizeof data, 0, true), 0);
	assert_int_equal(new_file_complete(&rules, &meta, fd, &size, &err), 0);
	assert_int_equal(fstatat(p->fd, "f", &st, 0), 0);
	assert_int_equal(st.st_size, sizeof data);
	assert_in_range(st.st_blocks * 512, 4096, 1 << 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_has_its_mode_time_and_content),
		TEST(a_size_is_set_where_one_is_given),
		TEST(a_link_in_the_way_is_replaced_and_not_followed),
		TEST(a_directory_in_the_way_is_an_error),
		TEST(nobody_else_reads_a_file_whose_group_is_not_set_yet),
		TEST(zeros_of_a_sparse_file_are_not_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
