/* What may be deleted, and what must stay. */
#include "tests/unit/tree/tree_place.h"
#include "xfer/tree/prune.h"
#include "xfer/tree/temp_name.h"

struct told {
	unsigned items, failures;
	char text[1000];
};

static void tell_item(void *ctx, const char *change, const char *name, size_t len, const char *suffix)
{
	struct told *t = ctx;
	assert_string_equal(change, "*deleting  ");
	assert_null(suffix);
	t->items++;
	size_t at = strlen(t->text);
	if (at + len + 2 < sizeof t->text)
		snprintf(t->text + at, sizeof t->text - at, "%.*s ", (int)len, name);
}

static void tell_failure(void *ctx, const char *name, size_t len, const char *error, int errnum)
{
	(void)name, (void)len, (void)error, (void)errnum;
	((struct told *)ctx)->failures++;
}

struct deed {
	struct told told;
	struct tell tell;
	struct prune prune;
	struct filter *filter;
};

/* rules end with NULL. */
static void begin(struct deed *d, const char *const *rules)
{
	struct err err = { 0 };
	*d = (struct deed){ .prune = { .limit = UINT64_MAX } };
	assert_int_equal(filter_new(&d->filter, &err), 0);
	for (; rules && *rules; rules++)
		assert_int_equal(filter_add(d->filter, *rules, &err), 0);
	d->tell = (struct tell){ .item = tell_item, .failure = tell_failure, .ctx = &d->told };
	d->prune.tell = &d->tell;
	d->prune.filter = d->filter;
}

/* keep: a name that the source has too, or NULL. */
static void run(struct deed *d, struct place *p, const char *keep)
{
	struct err err = { 0 };
	struct nameset *names = nameset_new(NULL, 4096);
	if (keep)
		assert_int_equal(nameset_add(names, keep, strlen(keep), &err), 1);
	if (prune_directory(&d->prune, p->root, "", NULL, names, &err) < 0)
		fail_msg("%s", err.text);
	nameset_free(names);
	filter_free(d->filter);
}

static void make_tree(struct place *p)
{
	put_dir(p, "d"), put_dir(p, "d/e"), put_file(p, "d/e/f", ""), put_file(p, "d/g", ""),
		put_file(p, "h", "");
	put_file(p, "keep", "");
}

static void what_the_source_does_not_have_is_deleted_whole(void **state)
{
	struct place *p = *state;
	struct deed d;
	make_tree(p);
	begin(&d, NULL);
	run(&d, p, "keep");
	assert_true(is_there(p, "keep"));
	assert_false(is_there(p, "d"));
	assert_false(is_there(p, "h"));
	assert_int_equal(d.prune.deleted, 5);
	assert_int_equal(d.told.items, 5);
	assert_non_null(strstr(d.told.text, "d/e/f d/e/ "));
	assert_non_null(strstr(d.told.text, " d/ "));
	assert_int_equal(d.prune.failed + d.prune.refused, 0);
}

static void a_dry_run_tells_the_same_and_deletes_nothing(void **state)
{
	struct place *p = *state;
	struct deed d;
	make_tree(p);
	begin(&d, NULL);
	d.prune.dry_run = true;
	run(&d, p, "keep");
	assert_int_equal(d.prune.deleted, 5);
	assert_int_equal(d.told.items, 5);
	assert_true(is_there(p, "d/e/f") && is_there(p, "d/g") && is_there(p, "h"));
}

static void what_is_protected_stays_with_its_directories(void **state)
{
	struct place *p = *state;
	struct deed d;
	make_tree(p);
	begin(&d, (const char *const[]){ "P f", NULL });
	run(&d, p, "keep");
	assert_true(is_there(p, "d/e/f"));
	assert_false(is_there(p, "d/g"));
	assert_false(is_there(p, "h"));
	assert_int_equal(d.prune.deleted, 2);
	assert_int_equal(d.told.failures, 0);
}

static void an_excluded_name_is_protected(void **state)
{
	struct place *p = *state;
	struct deed d;
	make_tree(p);
	begin(&d, (const char *const[]){ "- /d", "- /h", NULL });
	run(&d, p, NULL);
	assert_true(is_there(p, "d/e/f") && is_there(p, "d/g") && is_there(p, "h"));
	assert_false(is_there(p, "keep"));
	assert_int_equal(d.prune.deleted, 1);
}

static void the_limit_stops_deletions_and_counts_the_rest(void **state)
{
	struct place *p = *state;
	struct deed d;
	char name[10];
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof name, "f%d", i);
		put_file(p, name, "");
	}
	begin(&d, NULL);
	d.prune.limit = 4;
	run(&d, p, NULL);
	unsigned left = 0;
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof name, "f%d", i);
		left += is_there(p, name);
	}
	assert_int_equal(left, 6);
	assert_int_equal(d.prune.deleted, 4);
	assert_int_equal(d.prune.refused, 6);
	assert_int_equal(d.told.items, 4);
}

static void a_symlink_is_removed_and_not_followed(void **state)
{
	struct place *p = *state;
	struct deed d;
	put_dir(p, "keep"), put_file(p, "keep/safe", ""), put_dir(p, "d");
	put_link(p, "link", "keep"), put_link(p, "d/link", "../keep"), put_link(p, "dangling", "nowhere");
	begin(&d, NULL);
	run(&d, p, "keep");
	assert_true(is_there(p, "keep/safe"));
	assert_false(is_there(p, "link") || is_there(p, "d") || is_there(p, "dangling"));
	assert_int_equal(d.prune.deleted, 4);
}

static void names_of_interrupted_runs_go_silently(void **state)
{
	struct place *p = *state;
	struct deed d;
	char name[TEMP_NAME_SIZE];
	temp_name(name, "x", 1);
	put_file(p, name, "half");
	put_file(p, "h", "");
	begin(&d, (const char *const[]){ "- h", NULL });
	d.prune.limit = 0;
	run(&d, p, NULL);
	assert_false(is_there(p, name));
	assert_true(is_there(p, "h"));
	assert_int_equal(d.prune.deleted + d.told.items + d.prune.refused, 0);
}

static void one_name_goes_with_all_below_it(void **state)
{
	struct place *p = *state;
	struct deed d;
	struct err err = { 0 };
	make_tree(p);
	begin(&d, (const char *const[]){ "P g", NULL });
	assert_int_equal(prune_name(&d.prune, p->root, "d", "d", NULL, &err), 0);
	assert_true(is_there(p, "d/g"));
	assert_false(is_there(p, "d/e"));
	assert_int_equal(prune_name(&d.prune, p->root, "h", "h", NULL, &err), 1);
	assert_int_equal(prune_name(&d.prune, p->root, "h", "h", NULL, &err), 1); /* gone is gone */
	assert_int_equal(d.told.failures, 0);
	filter_free(d.filter);
}

static void a_deep_tree_is_deleted_with_few_descriptors(void **state)
{
	struct place *p = *state;
	struct deed d;
	int at = dup(p->fd);
	for (int i = 0; i < 300; i++) {
		assert_int_equal(mkdirat(at, "d", 0755), 0);
		int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
		close(at);
		at = next;
	}
	close(at);
	begin(&d, NULL);
	run(&d, p, NULL);
	assert_false(is_there(p, "d"));
	assert_int_equal(d.prune.deleted, 300);
}

static void everything_below_is_counted(void **state)
{
	struct place *p = *state;
	struct err err = { 0 };
	uint64_t n = 100;
	make_tree(p);
	put_link(p, "d/up", "..");
	assert_int_equal(prune_count(&(struct prune){ 0 }, p->root, &n, &err), 0);
	assert_int_equal(n, 107);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_source_does_not_have_is_deleted_whole),
		TEST(a_dry_run_tells_the_same_and_deletes_nothing),
		TEST(what_is_protected_stays_with_its_directories),
		TEST(an_excluded_name_is_protected),
		TEST(the_limit_stops_deletions_and_counts_the_rest),
		TEST(a_symlink_is_removed_and_not_followed),
		TEST(names_of_interrupted_runs_go_silently),
		TEST(one_name_goes_with_all_below_it),
		TEST(a_deep_tree_is_deleted_with_few_descriptors),
		TEST(everything_below_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
