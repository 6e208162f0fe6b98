#include "tests/unit/tree/tree_place.h"
#include "xfer/tree/target.h"

/* What is found of the destination called name in the place. */
static int find(struct place *p, struct target *t, const char *name, const struct options *o, struct err *err)
{
	return target_open(t, p->pool, full(p, name), NULL, o, err);
}

static void what_is_not_there_is_made_however_it_is_written(void **state)
{
	static const char *const names[] = {
		"a", "b/", "c//", "d/.", "e/./", "f/in", "g/in//", "h/./in/.//./"
	};
	struct place *p = *state;
	struct options o = { .mkpath = true };
	struct err err = { 0 };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct target t;
		assert_int_equal(find(p, &t, names[i], &o, &err), 0);
		assert_null(t.root);
		assert_false(is_there(p, names[i]));
		assert_int_equal(target_make(&t, p->pool, &o, &err), 0);
		assert_true(t.created);
		assert_non_null(t.root);
		assert_true(is_there(p, names[i]));
		target_close(&t);
	}
}

static void what_appears_meanwhile_is_not_taken_for_new(void **state)
{
	struct place *p = *state;
	struct options o = { .mkpath = true };
	static const char *const names[] = { "dst", "above/dst/" };
	put_dir(p, "above");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct err err = { 0 };
		struct target t;
		assert_int_equal(find(p, &t, names[i], &o, &err), 0);
		put_dir(p, names[i]);
		assert_int_equal(target_make(&t, p->pool, &o, &err), -EEXIST);
		assert_non_null(strstr(err.text, "meanwhile"));
		assert_false(t.created);
		assert_null(t.root);
		target_close(&t);
	}
}

static void a_symlink_to_nothing_is_not_made(void **state)
{
	struct place *p = *state;
	struct options o = { .mkpath = true };
	struct err err = { 0 };
	struct target t;
	put_link(p, "link", "nowhere");
	assert_int_equal(find(p, &t, "link/", &o, &err), -ENOENT);
	target_close(&t);
}

static void the_way_back_from_what_is_not_there_is_refused(void **state)
{
	static const char *const names[] = { "new/../src",  "new/../src/", "new/../src/sub",  "new/..",
					     "src/new/../", "new/../new2", "new/in/../../src" };
	struct place *p = *state;
	put_dir(p, "src");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (int dry = 0; dry < 2; dry++) {
			struct options o = { .mkpath = true, .dry_run = dry };
			struct err err = { 0 };
			struct target t;
			assert_int_equal(find(p, &t, names[i], &o, &err), -ENOENT);
			assert_non_null(strstr(err.text, ".."));
			assert_false(is_there(p, "new"));
			target_close(&t);
		}
}

static void the_way_back_from_what_is_there_is_gone(void **state)
{
	static const char *const names[] = { "src/../new", "src/../src/..new/in" };
	struct place *p = *state;
	struct options o = { .mkpath = true };
	struct err err = { 0 };
	put_dir(p, "src");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct target t;
		assert_int_equal(find(p, &t, names[i], &o, &err), 0);
		assert_int_equal(target_make(&t, p->pool, &o, &err), 0);
		assert_true(is_there(p, names[i]));
		target_close(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_there_is_made_however_it_is_written),
		TEST(what_appears_meanwhile_is_not_taken_for_new),
		TEST(a_symlink_to_nothing_is_not_made),
		TEST(the_way_back_from_what_is_not_there_is_refused),
		TEST(the_way_back_from_what_is_there_is_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
