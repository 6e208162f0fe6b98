/* What is chosen by the forms of an argument; roots.h makes the picks, walk.h lists them. */
#include "tests/unit/tree/walk_record.h"

static void make_tree(struct place *p)
{
	put_dir(p, "s"), put_dir(p, "s/a"), put_dir(p, "s/a/b"), put_dir(p, "s/z");
	put_file(p, "s/f", "f"), put_file(p, "s/a/g", "g"), put_file(p, "s/a/h", "h"),
		put_file(p, "s/a/b/i", "i");
	put_file(p, "s/z/j", "j"), put_file(p, "s/a.x", "x");
	put_dir(p, "t"), put_dir(p, "t/a"), put_file(p, "t/a/g", "other"), put_file(p, "t/a/k", "k"),
		put_file(p, "t/l", "l");
}

static void a_trailing_slash_means_the_content(void **state)
{
	struct options o = walk_options();
	make_tree(*state);
	static const char content[] = "a.x a/ a/b/ a/b/i a/g a/h f z/ z/j";
	expect(*state, &o, "s/", content);
	expect(*state, &o, "s//", content);
	expect(*state, &o, "s/.", content);
	expect(*state, &o, "s/a/..", content);
	expect(*state, &o, "s/a/../", content);
	expect(*state, &o, "s/a", "a/ a/b/ a/b/i a/g a/h");
	expect(*state, &o, "s/f", "f");
	expect(*state, &o, "s/a s/f", "a/ a/b/ a/b/i a/g a/h f");
}

static void the_root_has_an_entry_when_its_content_is_meant(void **state)
{
	struct options o = walk_options();
	make_tree(*state);
	struct record *r = walk_of(*state, &o, "s/");
	assert_true(r->root_came);
	record_free(r);
	r = walk_of(*state, &o, "s/a");
	assert_false(r->root_came);
	assert_true(r->flags[0] & LISTING_PARTIAL);
	record_free(r);
}

static void several_sources_are_united_and_the_first_wins(void **state)
{
	struct options o = walk_options();
	make_tree(*state);
	expect(*state, &o, "s/ t/", "a.x a/ a/b/ a/b/i a/g a/h a/k f l z/ z/j");
	expect(*state, &o, "s/a t/a", "a/ a/b/ a/b/i a/g a/h a/k");
	expect(*state, &o, "t/ s/a", "a/ a/b/ a/b/i a/g a/h a/k l");
	expect(*state, &o, "s/a s/a s/a/", "a/ a/b/ a/b/i a/g a/h b/ b/i g h");
}

static void relative_keeps_the_path_from_the_dot_on(void **state)
{
	struct options o = walk_options();
	make_tree(*state);
	o.relative = true;
	expect(*state, &o, "s/a/b", "s/ s/a/ s/a/b/ s/a/b/i");
	expect(*state, &o, "s/./a/b", "a/ a/b/ a/b/i");
	expect(*state, &o, "s/./a/b/", "a/ a/b/ a/b/i");
	expect(*state, &o, "./s/a/g", "s/ s/a/ s/a/g");
	expect(*state, &o, "s/./", "a.x a/ a/b/ a/b/i a/g a/h f z/ z/j");
	expect(*state, &o, "s/./a/g s/./a/b s/./f", "a/ a/b/ a/b/i a/g f");
	expect(*state, &o, "s/./a/g t/./a/k", "a/ a/g a/k");
}

static void a_list_of_files_is_merged_in_any_order(void **state)
{
	struct options o = walk_options();
	make_tree(*state);
	files_from(&o, (const char *const[]){ "z/j", "a/g", "a.x", "a/b/i", "f", "a/g", NULL });
	struct record *r = walk_of(*state, &o, "s");
	assert_string_equal(r->text, "a.x a/ a/b/ a/b/i a/g f z/ z/j");
	assert_true(r->flags[0] & LISTING_PARTIAL);
	assert_true(r->flags[seq_of(r, "a")] & LISTING_PARTIAL);
	record_free(r);
	strings_fini(&o.files_from);
}

static void names_in_a_list_may_be_written_in_several_ways(void **state)
{
	struct options o = walk_options();
	make_tree(*state);
	put_file(*state, "s/M", "");
	files_from(&o,
		   (const char *const[]){ "./a/g", "M", "f", "a/b/i", "z//j", "/a.x", "a//./b", "./", NULL });
	expect(*state, &o, "s", "M a.x a/ a/b/ a/b/i a/g f z/ z/j");
	strings_fini(&o.files_from);
}

static void a_directory_and_names_in_it_choose_only_these_without_recursion(void **state)
{
	struct options o = walk_options();
	make_tree(*state);
	o.recurse = false;
	files_from(&o, (const char *const[]){ "a", "a/g", "z", NULL });
	expect(*state, &o, "s", "a/ a/g z/");
	o.recurse = true;
	expect(*state, &o, "s", "a/ a/b/ a/b/i a/g a/h z/ z/j");
	strings_fini(&o.files_from);
}

static void what_climbs_out_of_a_list_is_refused(void **state)
{
	struct options o = walk_options();
	make_tree(*state);
	files_from(&o, (const char *const[]){ "../t/l", "f", "a/../f", NULL });
	struct record *r = walk_of(*state, &o, "s");
	assert_int_equal(r->failures, 2);
	assert_null(strstr(r->text, "l"));
	assert_non_null(strstr(r->text, "f"));
	assert_true(r->flags[0] & LISTING_ERRORS);
	record_free(r);
	strings_fini(&o.files_from);
}

static void what_is_missing_is_told_once_and_stops_deletions(void **state)
{
	struct options o = walk_options();
	make_tree(*state);
	for (int relative = 0; relative < 2; relative++) {
		o.relative = relative;
		struct record *r = walk_of(*state, &o, "s/none t/l");
		assert_int_equal(r->failures, 1);
		assert_string_equal(r->last, "s/none");
		assert_true(r->flags[0] & LISTING_ERRORS);
		record_free(r);
	}
	o.relative = false;
	struct record *r = walk_of(*state, &o, "none/ t/l");
	assert_int_equal(r->failures, 1);
	assert_string_equal(r->text, "l");
	record_free(r);
}

static void a_single_thing_is_known(void **state)
{
	struct place *p = *state;
	struct options o = walk_options();
	struct record *rec = calloc(1, sizeof *rec);
	struct tell tell = tell_into(rec);
	struct err err = { 0 };
	static const struct {
		const char *first, *second, *single;
		size_t found;
	} t[] = { { "s/f", NULL, "f", 1 },     { "s/a", NULL, NULL, 1 },  { "s/", NULL, NULL, 1 },
		  { "s/f", "s/a.x", NULL, 2 }, { "none", NULL, NULL, 0 }, { "s/f", "none", NULL, 1 } };
	make_tree(p);
	assert_int_equal(fchdir(p->fd), 0);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct roots r;
		char *at[] = { (char *)(uintptr_t)t[i].first, (char *)(uintptr_t)t[i].second };
		struct strings args = { at, t[i].second ? 2 : 1 };
		assert_int_equal(roots_open(&r, p->pool, &o, &args, &tell, &err), 0);
		assert_int_equal(r.found, t[i].found);
		assert_int_equal(r.single != NULL, t[i].single != NULL);
		if (r.single)
			assert_string_equal(r.single, t[i].single);
		roots_close(&r);
	}
	record_free(rec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_trailing_slash_means_the_content),
		TEST(the_root_has_an_entry_when_its_content_is_meant),
		TEST(several_sources_are_united_and_the_first_wins),
		TEST(relative_keeps_the_path_from_the_dot_on),
		TEST(a_list_of_files_is_merged_in_any_order),
		TEST(names_in_a_list_may_be_written_in_several_ways),
		TEST(a_directory_and_names_in_it_choose_only_these_without_recursion),
		TEST(what_climbs_out_of_a_list_is_refused),
		TEST(what_is_missing_is_told_once_and_stops_deletions),
		TEST(a_single_thing_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
