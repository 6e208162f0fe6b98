/* The listing of a small real tree. */
#include <sys/mount.h>

#include "tests/unit/tree/walk_record.h"
#include "xfer/tree/temp_name.h"

static void make_big(struct place *p)
{
	char name[60];
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof name, "d%d", i);
		put_dir(p, name);
		for (int j = 0; j < 40; j++) {
			snprintf(name, sizeof name, "d%d/f%d", i, j);
			put_file(p, name, "");
		}
		for (int j = 0; j < 3; j++) {
			snprintf(name, sizeof name, "d%d/sub%d", i, j);
			put_dir(p, name);
			snprintf(name, sizeof name, "d%d/sub%d/x", i, j);
			put_file(p, name, "");
		}
	}
}

/* That a parent comes before what is in it, and each listing once, the record itself checks. */
static void each_name_comes_once_and_below_its_parent(void **state)
{
	struct options o = walk_options();
	make_big(*state);
	struct record *r = walk_of(*state, &o, "./");
	assert_int_equal(r->count, 12 * (1 + 40 + 6));
	for (size_t i = 1; i <= r->count; i++) {
		assert_int_equal(r->listed[i], r->is_dir[i]);
		assert_int_equal(r->flags[i], 0);
		for (size_t j = 1; j < i; j++)
			assert_string_not_equal(r->path[i], r->path[j]);
	}
	record_free(r);
}

static void an_empty_source_is_marked(void **state)
{
	struct place *p = *state;
	struct options o = walk_options();
	put_dir(p, "s"), put_dir(p, "s2"), put_dir(p, "s2/inner");
	struct record *r = walk_of(p, &o, "s/");
	assert_int_equal(r->flags[0], LISTING_EMPTY_ROOT);
	record_free(r);
	r = walk_of(p, &o, "s");
	assert_int_equal(r->flags[seq_of(r, "s")], LISTING_EMPTY_ROOT);
	record_free(r);
	r = walk_of(p, &o, "s2/");
	assert_int_equal(r->flags[seq_of(r, "inner")], 0);
	record_free(r);
}

static void names_of_interrupted_runs_are_not_copied(void **state)
{
	struct place *p = *state;
	struct options o = walk_options();
	char name[TEMP_NAME_SIZE];
	temp_name(name, "x", 1);
	put_file(p, name, "half");
	put_file(p, "whole", "");
	struct record *r = walk_of(p, &o, "./");
	assert_string_equal(r->text, "whole");
	assert_int_equal(r->warnings, 1);
	assert_int_equal(r->flags[0], 0);
	record_free(r);
}

static void without_recursion_directories_are_left_out(void **state)
{
	struct place *p = *state;
	struct options o = walk_options();
	put_dir(p, "d"), put_file(p, "d/f", ""), put_file(p, "e", "");
	o.recurse = false;
	struct record *r = walk_of(p, &o, "d e");
	assert_string_equal(r->text, "e");
	assert_int_equal(r->warnings, 1);
	record_free(r);
}

static void kinds_that_are_not_wanted_are_left_out(void **state)
{
	struct place *p = *state;
	struct options o = walk_options();
	put_link(p, "link", "nowhere"), put_file(p, "f", "");
	assert_int_equal(mkfifoat(p->fd, "fifo", 0644), 0);
	expect(p, &o, "./", "f fifo link");
	o.links = false;
	expect(p, &o, "./", "f fifo");
	o.specials = false;
	expect(p, &o, "./", "f");
	if (mknodat(p->fd, "null", S_IFCHR | 0666, 0x103) == 0) {
		expect(p, &o, "./", "f null");
		o.devices = false;
		expect(p, &o, "./", "f");
	}
}

static void a_symlink_is_not_followed(void **state)
{
	struct place *p = *state;
	struct options o = walk_options();
	put_dir(p, "s"), put_dir(p, "out"), put_file(p, "out/secret", "");
	put_link(p, "s/l", "../out"), put_link(p, "s/ok", "x"), put_link(p, "s/abs", "/etc");
	expect(p, &o, "s/", "abs l ok");
	o.safe_links = true;
	struct record *r = walk_of(p, &o, "s/");
	assert_string_equal(r->text, "ok");
	assert_int_equal(r->warnings, 2);
	record_free(r);
}

static void filters_hide_names_and_all_below_them(void **state)
{
	struct place *p = *state;
	struct options o = walk_options();
	put_dir(p, "d"), put_file(p, "d/f", ""), put_file(p, "keep", ""), put_dir(p, "e"),
		put_file(p, "e/x.o", "");
	strings_add(&o.filters, "- d/", 4);
	strings_add(&o.filters, "- *.o", 5);
	expect(p, &o, "./", "e/ keep");
	o.prune_empty_dirs = true;
	expect(p, &o, "./", "keep");
	strings_fini(&o.filters);
}

/* Looking ahead does not disturb what waits: a directory that is kept is listed with all its own. */
static void directories_without_files_are_left_out_with_m(void **state)
{
	struct place *p = *state;
	struct options o = walk_options();
	char name[40];
	put_dir(p, "s"), put_dir(p, "s/empty"), put_dir(p, "s/full"), put_dir(p, "s/full/a"),
		put_dir(p, "s/full/b");
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "s/empty/%d", i);
		put_dir(p, name);
		snprintf(name, sizeof name, "s/empty/%d/deeper", i);
		put_dir(p, name);
		snprintf(name, sizeof name, "s/full/b/%d", i);
		put_dir(p, name);
	}
	put_dir(p, "s/full/b/last"), put_file(p, "s/full/b/last/file", ""), put_file(p, "s/full/a/file", "");
	o.prune_empty_dirs = true;
	expect(p, &o, "s/", "full/ full/a/ full/a/file full/b/ full/b/last/ full/b/last/file");
}

static void names_of_one_file_have_the_first_as_leader(void **state)
{
	struct place *p = *state;
	struct options o = walk_options();
	put_dir(p, "d"), put_file(p, "one", ""), put_file(p, "alone", "");
	assert_int_equal(linkat(p->fd, "one", p->fd, "two", 0), 0);
	assert_int_equal(linkat(p->fd, "one", p->fd, "d/three", 0), 0);
	struct record *r = walk_of(p, &o, "./");
	uint64_t one = seq_of(r, "one"), two = seq_of(r, "two"), first = one < two ? one : two;
	assert_int_equal(r->leader[one], first);
	assert_int_equal(r->leader[two], first);
	assert_int_equal(r->leader[seq_of(r, "d/three")], first);
	assert_int_equal(r->leader[seq_of(r, "alone")], 0);
	record_free(r);
	o.hard_links = false;
	r = walk_of(p, &o, "./");
	assert_int_equal(r->leader[seq_of(r, "two")], 0);
	record_free(r);
}

static void another_file_system_is_not_entered(void **state)
{
	struct place *p = *state;
	struct options o = walk_options();
	put_dir(p, "s"), put_dir(p, "s/m"), put_dir(p, "s/d"), put_file(p, "s/d/f", "");
	if (mount("none", full(p, "s/m"), "tmpfs", 0, NULL) < 0)
		skip();
	put_file(p, "s/m/inside", "");
	struct record *all = walk_of(p, &o, "s/");
	o.one_file_system = true;
	struct record *one = walk_of(p, &o, "s/"), *named = walk_of(p, &o, "s/m");
	umount2(full(p, "s/m"), MNT_DETACH);
	assert_string_equal(all->text, "d/ d/f m/ m/inside");
	assert_string_equal(one->text, "d/ d/f m/");
	assert_true(one->flags[seq_of(one, "m")] & LISTING_PARTIAL);
	assert_string_equal(named->text, "m/ m/inside");
	record_free(all), record_free(one), record_free(named);
}

/* A walk that is stopped in between while the tree changes. */
struct swap {
	struct record *rec;
	struct place *place;
	const char *how;
};

static int swap_entry(void *ctx, const struct entry *e, struct dir *at, const struct digest *path,
		      bool is_root)
{
	struct swap *s = ctx;
	int r = record_entry(s->rec, e, at, path, is_root);
	if (e->name_len == 1 && *e->name == 'd') { /* it was looked at and will be listed later */
		unlinkat(s->place->fd, "d/f", 0);
		unlinkat(s->place->fd, "d", AT_REMOVEDIR);
		if (*s->how)
			put_link(s->place, "d", s->how);
	}
	return r;
}

static void swap_dir(void *ctx, uint64_t seq, enum mail_folder folder)
{
	record_dir(((struct swap *)ctx)->rec, seq, folder);
}

static void swap_dir_end(void *ctx, unsigned flags)
{
	record_dir_end(((struct swap *)ctx)->rec, flags);
}

/* d is there when its parent is listed, and gone, or a symlink, when its own turn comes. */
static void swapped(struct place *p, const char *how)
{
	struct options o = walk_options();
	struct swap s = { calloc(1, sizeof *s.rec), p, how };
	struct tell tell = tell_into(s.rec);
	struct walk_target target = { swap_dir, swap_entry, swap_dir_end, record_owner, record_left_out, &s };
	struct pick pick = { .content = &p->root, .contents = 1 };
	struct filter *f;
	struct ids *ids;
	struct walk *w;
	struct err err = { 0 };
	int r;
	put_dir(p, "d"), put_file(p, "d/f", ""), put_file(p, "other", "");
	assert_int_equal(filter_new(&f, &err), 0);
	assert_int_equal(ids_new(&ids, NULL, &err), 0);
	assert_int_equal(walk_new(&w, &pick, &o, f, p->pool, ids, &tell, &target, &err), 0);
	while ((r = walk_step(w, 100, &err)) > 0)
		;
	assert_int_equal(r, 0);
	join_sorted(s.rec);
	assert_string_equal(s.rec->text, "d/ other");
	assert_int_equal(s.rec->failures, 1);
	assert_string_equal(s.rec->last, "d");
	assert_int_equal(s.rec->flags[seq_of(s.rec, "d")], LISTING_ERRORS);
	assert_int_equal(s.rec->flags[0], 0);
	walk_free(w);
	ids_free(ids);
	filter_free(f);
	record_free(s.rec);
}

static void a_directory_that_vanished_is_told_and_marked(void **state)
{
	swapped(*state, "");
}

static void a_directory_that_became_a_symlink_is_not_listed(void **state)
{
	swapped(*state, "/etc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_name_comes_once_and_below_its_parent),
		TEST(an_empty_source_is_marked),
		TEST(names_of_interrupted_runs_are_not_copied),
		TEST(without_recursion_directories_are_left_out),
		TEST(kinds_that_are_not_wanted_are_left_out),
		TEST(a_symlink_is_not_followed),
		TEST(filters_hide_names_and_all_below_them),
		TEST(directories_without_files_are_left_out_with_m),
		TEST(names_of_one_file_have_the_first_as_leader),
		TEST(another_file_system_is_not_entered),
		TEST(a_directory_that_vanished_is_told_and_marked),
		TEST(a_directory_that_became_a_symlink_is_not_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
