#include "xfer/tree/item.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>

static struct options all(void)
{
	return (struct options){ .perms = true, .times = true, .owner = true, .group = true };
}

static struct entry sample(uint32_t mode)
{
	return (struct entry){ .seq = 3,
			       .name = "name",
			       .name_len = 4,
			       .mode = mode,
			       .uid = 1000,
			       .gid = 1001,
			       .size = S_ISREG(mode) ? 77 : 0,
			       .mtime = 1234567890,
			       .mtime_ns = 5 };
}

static struct digest digest_of(const struct entry *e, const struct options *o)
{
	struct item i;
	struct digest top = { { 0 } };
	item_from_entry(&i, &top, e);
	return item_digest(&i, NULL, o);
}

/* Does the change of one field show in the digest? */
static bool shows(const struct entry *changed, const struct options *o)
{
	struct entry plain = sample(changed->mode & S_IFMT ? (changed->mode & S_IFMT) | 0644 : 0);
	struct digest a = digest_of(&plain, o), b = digest_of(changed, o);
	return !digest_equal(&a, &b);
}

static void what_always_counts_shows_whatever_is_kept(void **state)
{
	(void)state;
	static const uint8_t attrs[] = "attributes";
	struct options none = { 0 };
	struct entry e = sample(S_IFREG | 0644);
	assert_false(shows(&e, &none));
	e.name = "nbme";
	assert_true(shows(&e, &none));
	e = sample(S_IFREG | 0644);
	e.size++;
	assert_true(shows(&e, &none));
	e = sample(S_IFREG | 0644);
	e.attrs = attrs, e.attrs_len = sizeof attrs;
	assert_true(shows(&e, &none));
	e = sample(S_IFLNK | 0644);
	e.target = "elsewhere", e.target_len = 9;
	assert_true(shows(&e, &none));
	e = sample(S_IFBLK | 0644);
	e.rdev = 0x801;
	assert_true(shows(&e, &none));
	struct entry reg = sample(S_IFIFO | 0644), fifo = sample(S_IFSOCK | 0644);
	struct digest a = digest_of(&reg, &none), b = digest_of(&fifo, &none);
	assert_false(digest_equal(&a, &b));
}

static void target_and_attributes_are_not_confused(void **state)
{
	(void)state;
	struct options o = all();
	struct entry e = sample(S_IFLNK | 0777), f = e;
	e.target = "x", e.target_len = 1;
	f.attrs = (const uint8_t *)"x", f.attrs_len = 1;
	struct digest a = digest_of(&e, &o), b = digest_of(&f, &o);
	assert_false(digest_equal(&a, &b));
}

static void the_directory_counts(void **state)
{
	(void)state;
	struct entry e = sample(S_IFREG | 0644);
	struct digest here = { { 0 } }, there = path_hash(&here, "sub", 3);
	struct item i, j;
	item_from_entry(&i, &here, &e);
	item_from_entry(&j, &there, &e);
	assert_false(digest_equal(&i.fixed, &j.fixed));
}

static void each_kept_field_shows_only_while_it_is_kept(void **state)
{
	(void)state;
	for (int field = 0; field < 5; field++) {
		struct options without = all(), only = { 0 };
		struct entry e = sample(S_IFREG | 0644);
		switch (field) {
		case 0:
			e.mode ^= 0001, without.perms = false, only.perms = true;
			break;
		case 1:
			e.uid++, without.owner = false, only.owner = true;
			break;
		case 2:
			e.gid++, without.group = false, only.group = true;
			break;
		case 3:
			e.mtime++, without.times = false, only.times = true;
			break;
		default:
			e.mtime_ns++, without.times = false, only.times = true;
		}
		assert_false(shows(&e, &without));
		assert_true(shows(&e, &only));
	}
}

static void setuid_is_part_of_the_mode(void **state)
{
	(void)state;
	struct options o = all();
	struct entry e = sample(S_IFREG | 0644);
	e.mode |= S_ISUID;
	assert_true(shows(&e, &o));
}

static void the_mode_of_a_symlink_never_shows(void **state)
{
	(void)state;
	struct options o = all();
	struct entry e = sample(S_IFLNK | 0777);
	assert_false(shows(&e, &o));
}

static void times_may_be_left_out_by_type(void **state)
{
	(void)state;
	static const uint32_t types[] = { S_IFREG, S_IFDIR, S_IFLNK };
	for (size_t i = 0; i < 3; i++) {
		struct options no_dirs = all(), no_links = all();
		struct entry e = sample(types[i] | 0644);
		no_dirs.omit_dir_times = true;
		no_links.omit_link_times = true;
		e.mtime += 100;
		assert_int_equal(shows(&e, &no_dirs), types[i] != S_IFDIR);
		assert_int_equal(shows(&e, &no_links), types[i] != S_IFLNK);
	}
}

static void the_content_counts_when_it_was_read(void **state)
{
	(void)state;
	struct options o = all();
	struct entry e = sample(S_IFREG | 0644);
	struct digest top = { { 0 } }, x = hash_of("x", 1), y = hash_of("y", 1);
	struct item i;
	item_from_entry(&i, &top, &e);
	struct digest none = item_digest(&i, NULL, &o), dx = item_digest(&i, &x, &o),
		      dy = item_digest(&i, &y, &o);
	assert_false(digest_equal(&none, &dx));
	assert_false(digest_equal(&dx, &dy));
}

static void an_item_keeps_what_its_metadata_needs(void **state)
{
	(void)state;
	struct entry e = sample(S_IFREG | 04755);
	struct digest top = { { 0 } };
	struct item i;
	item_from_entry(&i, &top, &e);
	assert_int_equal(i.mode, S_IFREG | 04755);
	assert_int_equal(i.uid, 1000);
	assert_int_equal(i.gid, 1001);
	assert_int_equal(i.mtime, 1234567890);
	assert_int_equal(i.mtime_ns, 5);
	assert_int_equal(i.size, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_always_counts_shows_whatever_is_kept),
		cmocka_unit_test(target_and_attributes_are_not_confused),
		cmocka_unit_test(the_directory_counts),
		cmocka_unit_test(each_kept_field_shows_only_while_it_is_kept),
		cmocka_unit_test(setuid_is_part_of_the_mode),
		cmocka_unit_test(the_mode_of_a_symlink_never_shows),
		cmocka_unit_test(times_may_be_left_out_by_type),
		cmocka_unit_test(the_content_counts_when_it_was_read),
		cmocka_unit_test(an_item_keeps_what_its_metadata_needs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
