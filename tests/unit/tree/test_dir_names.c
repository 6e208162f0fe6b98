/* The names of a directory, all of them, also when it changes meanwhile. */
#include "xfer/tree/dir_names.h"

#include "tests/unit/tree/tree_place.h"

enum { MANY = 700, LITTLE = 4096 };

static void all_names_come_although_they_are_removed_meanwhile(void **state)
{
	struct place *p = *state;
	struct err err = { 0 };
	char name[NAME_MAX + 1];
	unsigned count = 0;
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "a name that is rather long %u", i);
		put_file(p, name, "");
	}
	struct spill *s = spill_new(NULL, LITTLE);
	struct spill_list l;
	assert_int_equal(dir_names(&l, s, p->root, &err), 0);
	while (dir_names_take(&l, s, name, &err) > 0) {
		assert_int_equal(unlinkat(dir_fd(p->root), name, 0), 0);
		count++;
	}
	assert_int_equal(count, MANY);
	spill_free(s);
}

static void a_directory_that_is_not_there_is_not_fatal(void **state)
{
	struct place *p = *state;
	struct err err = { 0 };
	struct spill *s = spill_new(NULL, LITTLE);
	struct spill_list l;
	struct dir *gone = dir_child(p->root, "gone", 4);
	assert_int_equal(dir_names(&l, s, gone, &err), 1);
	assert_int_equal(err.code, -ENOENT);
	assert_true(spill_list_empty(&l));
	dir_unref(gone);
	spill_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_names_come_although_they_are_removed_meanwhile),
		TEST(a_directory_that_is_not_there_is_not_fatal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
