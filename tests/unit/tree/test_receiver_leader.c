/* Where the first name of a file with several is, also when its directory is long finished. */
#include "tests/unit/tree/tree_place.h"
#include "xfer/tree/receiver_impl.h"

static void begin(struct receiver *r, struct place *p)
{
	static const struct options none;
	*r = (struct receiver){ .o = &none, .next_seq = 1 };
	buf_init(&r->path, SIZE_MAX / 2);
	assert_int_equal(node_table_init(r), 0);
	assert_int_equal(leaders_init(r), 0);
	r->root->dir = dir_ref(p->root);
}

static void end(struct receiver *r)
{
	leaders_fini(r);
	node_table_fini(r);
	buf_fini(&r->path);
}

static struct rnode *directory(struct receiver *r, struct rnode *parent, const char *name)
{
	struct entry e = { .seq = r->next_seq++, .name = name, .name_len = strlen(name) };
	r->now = parent;
	struct rnode *n = node_new(r, &e);
	n->dir = dir_child(parent->dir, name, strlen(name));
	return n;
}

static void finish(struct receiver *r, struct rnode *n)
{
	leader_dir_done(r, n);
	node_free(r, n);
}

static void expect(struct receiver *r, uint64_t seq, const char *dir_path, const char *name)
{
	struct leader l;
	struct err err = { 0 };
	assert_int_equal(leader_find(r, &l, seq, &err), 1);
	assert_string_equal(l.dir_path, dir_path);
	assert_string_equal(l.name, name);
	assert_int_equal(faccessat(dir_fd(l.dir), l.name, F_OK, 0), 0);
}

static void it_is_found_while_and_after_its_directory_is_at_work(void **state)
{
	struct place *p = *state;
	struct receiver r;
	put_dir(p, "a"), put_dir(p, "a/b"), put_dir(p, "a/b/c"), put_file(p, "a/b/c/first", "");
	put_file(p, "top", "");
	begin(&r, p);
	struct rnode *a = directory(&r, r.root, "a"), *b = directory(&r, a, "b"), *c = directory(&r, b, "c");
	leader_put(&r, 100, c, "first", LEADER_THERE);
	leader_put(&r, 101, r.root, "top", LEADER_THERE);
	expect(&r, 100, "a/b/c/", "first");
	expect(&r, 101, "", "top");
	finish(&r, c);
	expect(&r, 100, "a/b/c/", "first");
	finish(&r, b);
	expect(&r, 100, "a/b/c/", "first");
	finish(&r, a);
	expect(&r, 100, "a/b/c/", "first");
	end(&r);
}

static void a_directory_that_was_put_in_its_place_is_not_followed(void **state)
{
	struct place *p = *state;
	struct receiver r;
	struct leader l;
	struct err err = { 0 };
	put_dir(p, "a"), put_file(p, "a/first", ""), put_dir(p, "other"), put_file(p, "other/first", "");
	begin(&r, p);
	struct rnode *a = directory(&r, r.root, "a");
	assert_true(dir_fd(a->dir) >= 0);
	leader_put(&r, 100, a, "first", LEADER_THERE);
	finish(&r, a);
	assert_int_equal(renameat(p->fd, "a", p->fd, "away"), 0);
	assert_int_equal(renameat(p->fd, "other", p->fd, "a"), 0);
	assert_int_equal(leader_find(&r, &l, 100, &err), 1);
	assert_int_equal(dir_fd(l.dir), -ESTALE);
	end(&r);
}

static void what_is_no_leader_is_not_found(void **state)
{
	struct place *p = *state;
	struct receiver r;
	struct leader l;
	struct err err = { 0 };
	begin(&r, p);
	struct rnode *a = directory(&r, r.root, "a");
	uint64_t a_seq = a->seq;
	leader_put(&r, 100, a, "first", LEADER_FAILED);
	finish(&r, a);
	assert_int_equal(leader_find(&r, &l, 100, &err), 1);
	assert_int_equal(l.state, LEADER_FAILED);
	assert_int_equal(leader_find(&r, &l, a_seq, &err), 0);
	assert_int_equal(leader_find(&r, &l, 0, &err), 0);
	assert_int_equal(leader_find(&r, &l, UINT64_MAX, &err), 0);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_found_while_and_after_its_directory_is_at_work),
		TEST(a_directory_that_was_put_in_its_place_is_not_followed),
		TEST(what_is_no_leader_is_not_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
