#include <dirent.h>

#include "tests/unit/tree/tree_place.h"

enum { DEEP = 1000 };

static bool same_file(int fd, int at, const char *path)
{
	struct stat a, b;
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(fstatat(at, path, &b, AT_SYMLINK_NOFOLLOW), 0);
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static unsigned open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void a_pool_has_a_least_and_a_default(void **state)
{
	(void)state;
	struct dirs *least = dirs_new(1), *given = dirs_new(77), *any = dirs_new(0);
	assert_int_equal(dirs_max_open(least), 8);
	assert_int_equal(dirs_max_open(given), 77);
	assert_in_range(dirs_max_open(any), 8, 512);
	dirs_free(least);
	dirs_free(given);
	dirs_free(any);
	dirs_free(NULL);
}

static void a_chain_of_a_thousand_opens_with_eight_descriptors(void **state)
{
	struct place *p = *state;
	static struct dir *chain[DEEP];
	int at = dup(p->fd);
	for (int i = 0; i < DEEP; i++) {
		assert_int_equal(mkdirat(at, "d", 0755), 0);
		int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
		close(at);
		at = next;
		chain[i] = child(i ? chain[i - 1] : p->root, "d");
	}
	unsigned before = open_descriptors();
	int fd = dir_fd(chain[DEEP - 1]);
	assert_true(fd >= 0);
	assert_true(same_file(fd, at, "."));
	assert_in_range(open_descriptors() - before, 1, 8);
	/* back up and down again, and across */
	assert_true(same_file(dir_fd(chain[0]), p->fd, "d"));
	assert_true(same_file(dir_fd(chain[DEEP - 1]), at, "."));
	for (int i = 0; i < DEEP; i += 7)
		assert_true(dir_fd(chain[(i * 37) % DEEP]) >= 0);
	assert_in_range(open_descriptors() - before, 1, 8);
	close(at);
	/* one reference to the deepest holds them all, and gives them all back */
	for (int i = 0; i < DEEP - 1; i++)
		dir_unref(chain[i]);
	assert_true(dir_fd(chain[DEEP - 1]) >= 0);
	dir_unref(chain[DEEP - 1]);
	assert_int_equal(open_descriptors(), before - 1);
}

/* Opens many others, so that what was open is not any more. */
static void crowd_out(struct place *p)
{
	for (int i = 0; i < 9; i++) {
		char name[10];
		snprintf(name, sizeof name, "other%d", i);
		mkdirat(p->fd, name, 0755);
		struct dir *d = child(p->root, name);
		assert_true(dir_fd(d) >= 0);
		dir_unref(d);
	}
}

/* As crowd_out, but the others stay referenced and open. */
static void hold_many(struct place *p, struct dir *held[static 8])
{
	for (int i = 0; i < 8; i++) {
		char name[10];
		snprintf(name, sizeof name, "held%d", i);
		put_dir(p, name);
		held[i] = child(p->root, name);
		assert_true(dir_fd(held[i]) >= 0);
	}
}

static void let_go(struct dir *held[static 8])
{
	for (int i = 0; i < 8; i++)
		dir_unref(held[i]);
}

static void the_least_recently_used_is_closed_first(void **state)
{
	struct place *p = *state;
	struct dir *held[8], *one = NULL;
	put_dir(p, "one");
	hold_many(p, held);
	int oldest = dir_fd(held[0]); /* used again: now held1 is the oldest */
	one = child(p->root, "one");
	assert_true(dir_fd(one) >= 0);
	assert_true(same_file(oldest, p->fd, "held0"));
	/* held1 gave its descriptor: renaming it away shows that it must be opened again */
	assert_int_equal(renameat(p->fd, "held1", p->fd, "gone1"), 0);
	assert_int_equal(renameat(p->fd, "held2", p->fd, "gone2"), 0);
	assert_int_equal(dir_fd(held[1]), -ENOENT);
	assert_true(same_file(dir_fd(held[0]), p->fd, "held0"));
	dir_unref(one);
	let_go(held);
}

static void a_parent_is_not_closed_while_its_child_is_opened(void **state)
{
	struct place *p = *state;
	struct dir *held[8];
	put_dir(p, "up");
	put_dir(p, "up/sub");
	struct dir *up = child(p->root, "up"), *sub = child(up, "sub");
	hold_many(p, held);
	assert_true(dir_fd(up) >= 0);
	for (int i = 1; i < 8; i++) /* seven are newer: up is the next to go */
		assert_true(dir_fd(held[i]) >= 0);
	assert_true(same_file(dir_fd(sub), p->fd, "up/sub"));
	dir_unref(sub);
	dir_unref(up);
	let_go(held);
}

static void another_directory_of_the_same_name_is_stale(void **state)
{
	struct place *p = *state;
	struct dir *held[8];
	put_dir(p, "d");
	struct dir *d = child(p->root, "d");
	assert_true(dir_fd(d) >= 0);
	hold_many(p, held);
	assert_int_equal(renameat(p->fd, "d", p->fd, "away"), 0);
	put_dir(p, "d");
	assert_int_equal(dir_fd(d), -ESTALE);
	assert_int_equal(dir_pin(d), -ESTALE);
	/* the right one again */
	assert_int_equal(unlinkat(p->fd, "d", AT_REMOVEDIR), 0);
	assert_int_equal(renameat(p->fd, "away", p->fd, "d"), 0);
	assert_true(dir_fd(d) >= 0);
	dir_unref(d);
	let_go(held);
}

static void a_symlink_swapped_in_is_not_followed(void **state)
{
	struct place *p = *state;
	struct dir *held[8];
	put_dir(p, "d");
	put_dir(p, "d/sub");
	struct dir *d = child(p->root, "d"), *sub = child(d, "sub");
	assert_true(dir_fd(sub) >= 0);
	hold_many(p, held);
	assert_int_equal(renameat(p->fd, "d", p->fd, "away"), 0);
	put_link(p, "d", "away");
	assert_int_equal(dir_fd(sub), -ENOTDIR);
	assert_int_equal(dir_fd(d), -ENOTDIR);
	unlinkat(p->fd, "d", 0);
	put_file(p, "d", "");
	assert_int_equal(dir_fd(d), -ENOTDIR);
	dir_unref(sub);
	dir_unref(d);
	let_go(held);
}

static void what_is_not_there_says_so_each_time(void **state)
{
	struct place *p = *state;
	struct dir *d = child(p->root, "later"), *sub = child(d, "sub");
	assert_int_equal(dir_fd(sub), -ENOENT);
	assert_int_equal(dir_fd(sub), -ENOENT);
	put_dir(p, "later");
	put_dir(p, "later/sub");
	assert_true(same_file(dir_fd(sub), p->fd, "later/sub"));
	dir_unref(d);
	dir_unref(sub);
}

static void a_renamed_directory_is_found_again(void **state)
{
	struct place *p = *state;
	struct dir *held[8];
	put_dir(p, "old");
	struct dir *d = child(p->root, "old");
	assert_true(dir_fd(d) >= 0);
	hold_many(p, held);
	assert_int_equal(renameat(p->fd, "old", p->fd, "new"), 0);
	assert_int_equal(dir_renamed(d, "newer", 3), 0);
	assert_string_equal(dir_name(d), "new");
	assert_true(same_file(dir_fd(d), p->fd, "new"));
	dir_unref(d);
	let_go(held);
}

static void a_pinned_descriptor_stays(void **state)
{
	struct place *p = *state;
	struct dir *held[8];
	put_dir(p, "d");
	struct dir *d = child(p->root, "d");
	int fd = dir_pin(d);
	assert_int_equal(dir_pin(d), fd);
	hold_many(p, held);
	crowd_out(p);
	assert_true(same_file(fd, p->fd, "d"));
	dir_unpin(d);
	assert_int_equal(dir_fd(d), fd);
	assert_int_equal(renameat(p->fd, "d", p->fd, "away"), 0);
	for (int i = 0; i < 8; i++)
		assert_true(dir_fd(held[i]) >= 0);
	assert_int_equal(dir_fd(d), fd); /* still pinned once */
	dir_unpin(d);
	for (int i = 0; i < 8; i++)
		assert_true(dir_fd(held[i]) >= 0);
	assert_int_equal(dir_fd(d), -ENOENT);
	dir_unref(d);
	let_go(held);
}

static void the_root_may_be_pinned_and_stays_open(void **state)
{
	struct place *p = *state;
	int fd = dir_pin(p->root);
	crowd_out(p);
	dir_unpin(p->root);
	assert_int_equal(dir_fd(p->root), fd);
	assert_true(same_file(fd, p->fd, "."));
	assert_null(dir_parent(p->root));
}

static void device_and_inode_are_known_once_opened(void **state)
{
	struct place *p = *state;
	struct stat st;
	put_dir(p, "d");
	struct dir *d = child(p->root, "d");
	assert_true(dir_fd(d) >= 0);
	fstatat(p->fd, "d", &st, 0);
	assert_true(dir_dev(d) == st.st_dev && dir_ino(d) == st.st_ino);
	fstat(p->fd, &st);
	assert_true(dir_dev(p->root) == st.st_dev && dir_ino(p->root) == st.st_ino);
	assert_ptr_equal(dir_parent(d), p->root);
	dir_unref(d);
}

static void expect_path(const struct dir *d, const char *want)
{
	struct buf b;
	buf_init(&b, 4096);
	buf_bytes(&b, "[", 1);
	dir_path(d, &b);
	buf_u8(&b, ']');
	assert_int_equal(b.len, strlen(want));
	assert_memory_equal(b.data, want, b.len);
	buf_fini(&b);
}

static void a_path_is_the_roots_and_the_names_below(void **state)
{
	struct place *p = *state;
	struct dir *root = dir_root(p->pool, dup(p->fd), "src"), *slash = dir_root(p->pool, dup(p->fd), "/");
	struct dir *a = child(root, "a"), *b = dir_child(a, "bcd", 1), *top = child(slash, "etc");
	expect_path(root, "[src/]");
	expect_path(b, "[src/a/b/]");
	expect_path(slash, "[/]");
	expect_path(top, "[/etc/]");
	dir_unref(b), dir_unref(a), dir_unref(root), dir_unref(top), dir_unref(slash);
}

/* "Named" roots are closed and opened again like all else, and are the same ones then or nothing. */
static void more_named_roots_than_may_be_open(void **state)
{
	enum { ROOTS = 100 };
	struct place *p = *state;
	static struct dir *root[ROOTS];
	char link[40], path[60], name[8];
	snprintf(link, sizeof link, "/proc/self/fd/%d", p->fd);
	unsigned before = open_descriptors();
	for (int i = 0; i < ROOTS; i++) {
		snprintf(name, sizeof name, "r%d", i);
		snprintf(path, sizeof path, "%s/%s", link, name);
		assert_int_equal(mkdirat(p->fd, name, 0755), 0);
		root[i] = dir_root_named(p->pool, open(path, O_RDONLY | O_DIRECTORY), path);
		assert_non_null(root[i]);
	}
	assert_in_range(open_descriptors() - before, 1, 8);
	for (int i = 0; i < ROOTS; i++) {
		snprintf(name, sizeof name, "r%d", i * 37 % ROOTS);
		assert_true(same_file(dir_fd(root[i * 37 % ROOTS]), p->fd, name));
	}
	assert_in_range(open_descriptors() - before, 1, 8);
	struct dir *below = child(root[0], "d");
	assert_int_equal(mkdirat(dir_fd(root[0]), "d", 0755), 0);
	assert_true(dir_fd(below) >= 0);
	for (int i = 1; i < ROOTS; i++)
		assert_true(dir_fd(root[i]) >= 0);
	assert_true(same_file(dir_fd(below), p->fd, "r0/d"));
	for (int i = 1; i < ROOTS; i++)
		assert_true(dir_fd(root[i]) >= 0);
	assert_int_equal(renameat(p->fd, "r1", p->fd, "r0/d/r1"), 0);
	assert_int_equal(mkdirat(p->fd, "r1", 0755), 0);
	for (int i = 2; i < ROOTS; i++)
		assert_true(dir_fd(root[i]) >= 0);
	assert_int_equal(dir_fd(root[1]), -ESTALE);
	dir_unref(below);
	for (int i = 0; i < ROOTS; i++)
		dir_unref(root[i]);
	assert_int_equal(open_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_has_a_least_and_a_default),
		TEST(a_chain_of_a_thousand_opens_with_eight_descriptors),
		TEST(the_least_recently_used_is_closed_first),
		TEST(a_parent_is_not_closed_while_its_child_is_opened),
		TEST(another_directory_of_the_same_name_is_stale),
		TEST(a_symlink_swapped_in_is_not_followed),
		TEST(what_is_not_there_says_so_each_time),
		TEST(a_renamed_directory_is_found_again),
		TEST(a_pinned_descriptor_stays),
		TEST(the_root_may_be_pinned_and_stays_open),
		TEST(device_and_inode_are_known_once_opened),
		TEST(a_path_is_the_roots_and_the_names_below),
		TEST(more_named_roots_than_may_be_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
