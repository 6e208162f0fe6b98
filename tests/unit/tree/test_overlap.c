#include "tests/unit/tree/tree_place.h"
#include "xfer/tree/overlap.h"
#include "xfer/tree/target.h"

static bool put_id(void *ctx, uint64_t dev, uint64_t ino)
{
	buf_varint(ctx, dev);
	buf_varint(ctx, ino);
	return false;
}

static struct dir *opened(struct place *p, const char *path)
{
	int fd = openat(p->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return dir_root(p->pool, fd, path);
}

/* READY's payload for the destination to. */
static struct buf ready_for(struct place *p, const char *to)
{
	struct buf b;
	struct dir *d = opened(p, to);
	buf_init(&b, 10000);
	buf_u8(&b, 1);
	target_climb(d, put_id, &b);
	dir_unref(d);
	return b;
}

/* The content of from, as "from/". */
static int content_into(struct place *p, const char *from, const char *to, struct err *err)
{
	struct buf b = ready_for(p, to);
	struct dir *d = opened(p, from);
	struct pick pick = { .content = &d, .contents = 1 };
	int r = overlap_refuse(&pick, b.data, b.len, err);
	dir_unref(d);
	buf_fini(&b);
	return r;
}

/* name in at, which will stand in to. */
static int named_into(struct place *p, const char *at, const char *name, const char *to, struct err *err)
{
	struct buf b = ready_for(p, to);
	struct dir *d = opened(p, at);
	struct pick kid = { .name = (char *)(uintptr_t)name, .at = d, .whole = true };
	struct pick pick = { .kids = &kid, .kid_count = 1 };
	int r = overlap_refuse(&pick, b.data, b.len, err);
	dir_unref(d);
	buf_fini(&b);
	return r;
}

static void make_tree(struct place *p)
{
	put_dir(p, "src"), put_dir(p, "src/in"), put_dir(p, "src/in/deep"), put_dir(p, "src2"),
		put_file(p, "src/f", "");
	put_dir(p, "src/in/src");
}

static void the_content_of_a_directory_goes_beside_it_only(void **state)
{
	struct place *p = *state;
	struct err err = { 0 };
	make_tree(p);
	assert_int_equal(content_into(p, "src", "src2", &err), 0);
	assert_int_equal(content_into(p, "src2", "src", &err), 0);
	assert_int_equal(content_into(p, "src", "src", &err), -EXDEV);
	assert_non_null(strstr(err.text, "same"));
	assert_int_equal(content_into(p, "src", "src/in/deep", &err), -EXDEV);
	assert_non_null(strstr(err.text, "destination is inside"));
	assert_int_equal(content_into(p, "src/in/deep", "src", &err), -EXDEV);
	assert_non_null(strstr(err.text, "source is inside"));
	assert_non_null(strstr(err.text, "src/in/deep"));
}

static void a_named_directory_may_not_be_what_is_written_to(void **state)
{
	struct place *p = *state;
	struct err err = { 0 };
	make_tree(p);
	assert_int_equal(named_into(p, ".", "src", "src2", &err), 0);
	assert_int_equal(named_into(p, ".", "src", ".", &err), -EXDEV);	  /* onto itself */
	assert_int_equal(named_into(p, ".", "src", "src", &err), -EXDEV); /* into itself */
	assert_int_equal(named_into(p, ".", "src", "src/in", &err), -EXDEV);
	assert_int_equal(named_into(p, "src", "in", ".", &err), 0);	     /* up: another name is written */
	assert_int_equal(named_into(p, "src/in", "src", ".", &err), -EXDEV); /* up, into what holds it */
	assert_int_equal(named_into(p, "src/in", "deep", "src", &err), 0);
}

static void a_file_or_a_missing_name_does_not_overlap(void **state)
{
	struct place *p = *state;
	struct err err = { 0 };
	make_tree(p);
	assert_int_equal(named_into(p, "src", "f", "src", &err), 0);
	assert_int_equal(named_into(p, "src", "none", "src", &err), 0);
}

/* A source that was closed for want of descriptors, and whose path leads nowhere by now. */
static struct dir *moved_away(struct place *p, const char *path)
{
	char name[8];
	struct dir *other[8];
	struct dir *d = dir_root_named(p->pool, openat(p->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
				       full(p, path));
	assert_non_null(d);
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof name, "d%d", i);
		put_dir(p, name);
		other[i] = child(p->root, name);
		assert_true(dir_fd(other[i]) >= 0);
	}
	for (int i = 0; i < 8; i++)
		dir_unref(other[i]);
	assert_int_equal(renameat(p->fd, path, p->fd, "moved"), 0);
	assert_int_equal(dir_fd(d), -ENOENT);
	return d;
}

static void a_source_that_cannot_be_opened_again_is_not_let_pass(void **state)
{
	struct place *p = *state;
	struct err err = { 0 };
	make_tree(p);
	struct dir *d = moved_away(p, "src");
	struct pick content = { .content = &d, .contents = 1 };
	struct pick kid = { .name = (char *)(uintptr_t) "in", .at = d, .whole = true };
	struct pick named = { .kids = &kid, .kid_count = 1 };
	struct buf same = ready_for(p, "moved"), inside = ready_for(p, "moved/in"),
		   beside = ready_for(p, "src2");
	assert_int_equal(overlap_refuse(&content, same.data, same.len, &err), -EXDEV);
	assert_int_equal(overlap_refuse(&content, inside.data, inside.len, &err), -EXDEV);
	assert_int_equal(overlap_refuse(&content, beside.data, beside.len, &err), -ENOENT);
	assert_non_null(strstr(err.text, "src/: No such file"));
	assert_int_equal(overlap_refuse(&named, beside.data, beside.len, &err), -ENOENT);
	buf_fini(&same), buf_fini(&inside), buf_fini(&beside);
	dir_unref(d);
}

static void without_a_root_there_is_nothing_to_overlap(void **state)
{
	struct place *p = *state;
	struct err err = { 0 };
	struct pick pick = { .content = &p->root, .contents = 1 };
	assert_int_equal(overlap_refuse(&pick, (const uint8_t *)"\0", 1, &err), 0);
}

static void what_does_not_parse_is_refused(void **state)
{
	struct place *p = *state;
	struct err err = { 0 };
	struct pick pick = { .content = &p->root, .contents = 1 };
	assert_int_equal(overlap_refuse(&pick, (const uint8_t *)"", 0, &err), -EPROTO);
	assert_int_equal(overlap_refuse(&pick, (const uint8_t *)"\1", 1, &err), -EPROTO);
	assert_int_equal(overlap_refuse(&pick, (const uint8_t *)"\1\5", 2, &err), -EPROTO);
	assert_int_equal(overlap_refuse(&pick, (const uint8_t *)"\1\5\x80", 3, &err), -EPROTO);
	/* the root's pair, and behind it half a one */
	assert_int_equal(overlap_refuse(&pick, (const uint8_t *)"\1\5\5\x80", 4, &err), -EPROTO);
	assert_int_equal(overlap_refuse(&pick, (const uint8_t *)"\1\5\5\5", 4, &err), -EPROTO);
	/* a number without an end, and something behind it: once an endless loop */
	assert_int_equal(
		overlap_refuse(&pick, (const uint8_t *)"\1\5\5\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0",
			       15, &err),
		-EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_content_of_a_directory_goes_beside_it_only),
		TEST(a_named_directory_may_not_be_what_is_written_to),
		TEST(a_file_or_a_missing_name_does_not_overlap),
		TEST(a_source_that_cannot_be_opened_again_is_not_let_pass),
		TEST(without_a_root_there_is_nothing_to_overlap),
		TEST(what_does_not_parse_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
