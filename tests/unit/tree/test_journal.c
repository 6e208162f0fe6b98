#include "tests/unit/tree/tree_place.h"

#include <dirent.h>
#include <unistd.h>

#include "xfer/tree/instance.h"
#include "xfer/tree/journal.h"
#include "xfer/tree/state_dir.h"

/* The journal of the place's directory "dst", in its directory "state". */
static struct journal *open_it(struct place *p, bool read_only)
{
	struct err err = { 0 };
	struct journal *j;
	mkdirat(p->fd, "state", 0700);
	mkdirat(p->fd, "dst", 0700);
	int dir = openat(p->fd, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int root = openat(p->fd, "dst", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(journal_open(&j, dir, root, read_only, &err), 0);
	close(root);
	return j;
}

/* The names in the state folder; *size of the last one. */
static int files(struct place *p, off_t *size, char name[static 256])
{
	int fd = openat(p->fd, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	DIR *d = fdopendir(fd);
	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d));) {
		struct stat st;
		if (e->d_name[0] == '.')
			continue;
		assert_int_equal(fstatat(fd, e->d_name, &st, 0), 0);
		*size = st.st_size;
		snprintf(name, 256, "%s", e->d_name);
		n++;
	}
	closedir(d);
	return n;
}

static bool suspects(const struct journal *j, int64_t at)
{
	struct timespec t = { .tv_sec = at / 1000000000, .tv_nsec = at % 1000000000 };
	return journal_suspects(j, &t);
}

static void nothing_is_written_before_the_run_begins(void **state)
{
	struct place *p = *state;
	struct err err;
	off_t size;
	char name[256];
	struct journal *j = open_it(p, false);
	assert_int_equal(files(p, &size, name), 0);
	assert_int_equal(journal_age(j), 0);
	assert_int_equal(journal_begin(j, &err), 0);
	assert_int_equal(files(p, &size, name), 1);
	assert_int_equal(size, JOURNAL_RECORD);
	assert_int_equal(journal_begin(j, &err), 0); /* once */
	assert_int_equal(files(p, &size, name), 1);
	assert_int_equal(size, JOURNAL_RECORD);
	journal_close(j);
}

static void a_reader_writes_nothing(void **state)
{
	struct place *p = *state;
	struct err err;
	off_t size;
	char name[256];
	struct journal *j = open_it(p, true);
	assert_int_equal(journal_begin(j, &err), 0);
	journal_failed(j);
	journal_end(j, true, true);
	journal_close(j);
	assert_int_equal(files(p, &size, name), 0);
}

static void a_durable_end_removes_it(void **state)
{
	struct place *p = *state;
	struct err err;
	off_t size;
	char name[256];
	struct journal *j = open_it(p, false);
	assert_int_equal(journal_begin(j, &err), 0);
	assert_int_equal(journal_durable(j, journal_now(), &err), 0);
	journal_end(j, false, true);
	journal_close(j);
	assert_int_equal(files(p, &size, name), 0);
}

static void an_end_that_is_not_durable_leaves_it_to_the_next_run(void **state)
{
	struct place *p = *state;
	struct err err;
	off_t size;
	char name[256];
	struct journal *j = open_it(p, false);
	int64_t before = journal_now();
	assert_int_equal(journal_begin(j, &err), 0);
	journal_end(j, true, false);
	journal_close(j);
	assert_int_equal(files(p, &size, name), 1);
	j = open_it(p, false);
	/* where an instance cannot be told from the next, it counts as gone down */
	int fd = openat(p->fd, "dst", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(suspects(j, before), instance_of(fd) == 0);
	close(fd);
	journal_end(j, true, true);
	journal_close(j);
	assert_int_equal(files(p, &size, name), 0);
}

static void what_a_failed_sync_was_for_is_suspect_until_all_was_looked_at(void **state)
{
	struct place *p = *state;
	struct err err;
	off_t size;
	char name[256];
	struct journal *j = open_it(p, false);
	assert_int_equal(journal_begin(j, &err), 0);
	int64_t then = journal_now();
	journal_failed(j);
	journal_close(j);
	j = open_it(p, false);
	assert_true(suspects(j, then));
	assert_false(suspects(j, then - 10 * JOURNAL_SLACK));
	journal_end(j, false, true); /* a run that looked at some */
	journal_close(j);
	j = open_it(p, false);
	assert_true(suspects(j, then));
	journal_end(j, true, false);
	journal_close(j);
	j = open_it(p, true);
	assert_false(suspects(j, then));
	journal_close(j);
	assert_int_equal(files(p, &size, name), 1);
}

static void a_damaged_one_makes_everything_suspect(void **state)
{
	struct place *p = *state;
	struct err err;
	off_t size;
	char name[256], path[300];
	struct journal *j = open_it(p, false);
	assert_int_equal(journal_begin(j, &err), 0);
	journal_close(j);
	assert_int_equal(files(p, &size, name), 1);
	snprintf(path, sizeof path, "state/%s", name);
	int fd = openat(p->fd, path, O_WRONLY);
	assert_int_equal(pwrite(fd, "x", 1, 20), 1);
	close(fd);
	j = open_it(p, false);
	assert_true(suspects(j, 0));
	assert_int_equal(journal_begin(j, &err), 0); /* and it is whole again */
	journal_close(j);
	j = open_it(p, true);
	assert_true(suspects(j, 0));
	journal_close(j);
}

static void two_runs_in_one_root_share_it(void **state)
{
	struct place *p = *state;
	struct err err;
	off_t size;
	char name[256];
	struct journal *a = open_it(p, false), *b = open_it(p, false);
	assert_int_equal(journal_begin(a, &err), 0);
	assert_int_equal(journal_begin(b, &err), 0);
	assert_int_equal(files(p, &size, name), 1);
	assert_int_equal(size, 2 * JOURNAL_RECORD);
	journal_end(a, true, true); /* b is not at its end yet */
	journal_close(a);
	assert_int_equal(files(p, &size, name), 1);
	journal_end(b, true, true);
	journal_close(b);
	assert_int_equal(files(p, &size, name), 0);
}

static void another_directory_in_the_same_place_has_its_own(void **state)
{
	struct place *p = *state;
	struct err err;
	off_t size;
	char name[256];
	struct journal *j = open_it(p, false);
	assert_int_equal(journal_begin(j, &err), 0);
	journal_failed(j);
	int64_t then = journal_now();
	journal_close(j);
	assert_int_equal(renameat(p->fd, "dst", p->fd, "dst.old"), 0);
	j = open_it(p, false);
	assert_false(suspects(j, then));
	assert_int_equal(journal_begin(j, &err), 0);
	journal_close(j);
	assert_int_equal(files(p, &size, name), 2);
}

static void no_journal_suspects_nothing(void **state)
{
	(void)state;
	struct err err;
	assert_false(suspects(NULL, 0));
	assert_int_equal(journal_begin(NULL, &err), 0);
	assert_int_equal(journal_durable(NULL, 0, &err), 0);
	assert_int_equal(journal_age(NULL), 0);
	journal_failed(NULL);
	journal_end(NULL, true, true);
	journal_close(NULL);
}

static void the_state_folder_is_made_and_kept_out_of_the_destination(void **state)
{
	struct place *p = *state;
	struct err err = { 0 };
	struct stat st;
	char path[300];
	mkdirat(p->fd, "dst", 0700);
	int root = openat(p->fd, "dst", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof path, "%s/a/b", p->path);
	assert_int_equal(state_dir_open(path, root, true, &err), -ENOENT);
	int fd = state_dir_open(path, root, false, &err);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(fstatat(p->fd, "a/b", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	snprintf(path, sizeof path, "%s/dst/state", p->path);
	assert_int_equal(state_dir_open(path, root, false, &err), -EXDEV);
	assert_non_null(strstr(err.text, "/dst/state"));
	snprintf(path, sizeof path, "%s/dst/state/of/mine", p->path);
	assert_int_equal(state_dir_open(path, root, false, &err), -EXDEV);
	assert_int_equal(fstatat(p->fd, "dst/state", &st, 0), -1); /* nothing was made */
	snprintf(path, sizeof path, "%s/dst", p->path);
	assert_int_equal(state_dir_open(path, root, false, &err), -EXDEV);
	int file = openat(p->fd, "file", O_WRONLY | O_CREAT, 0600);
	close(file);
	snprintf(path, sizeof path, "%s/file/state", p->path);
	assert_int_equal(state_dir_open(path, root, false, &err), -ENOTDIR);
	assert_non_null(strstr(err.text, "/file/state"));
	close(root);
}

static void what_is_spilled_goes_where_something_is(void **state)
{
	struct place *p = *state;
	char named[300], usual[300];
	snprintf(named, sizeof named, "%s/named", p->path);
	snprintf(usual, sizeof usual, "%s/usual", p->path);
	setenv("XFER_STATE_DIR", usual, 1);
	assert_null(state_dir_present(named, -1));
	assert_null(state_dir_present(NULL, -1));
	mkdirat(p->fd, "usual", 0700);
	char *at = state_dir_present(named, -1);
	assert_string_equal(at, usual);
	free(at);
	mkdirat(p->fd, "named", 0700);
	at = state_dir_present(named, -1);
	assert_string_equal(at, named);
	free(at);
	/* inside the destination it would be somebody else's file */
	int root = openat(p->fd, "named", O_RDONLY | O_DIRECTORY);
	at = state_dir_present(named, root);
	assert_string_equal(at, usual);
	free(at);
	assert_null(state_dir_present(NULL, p->fd));
	close(root);
	unsetenv("XFER_STATE_DIR");
}

static void the_usual_state_folder_is_the_users(void **state)
{
	(void)state;
	setenv("XFER_STATE_DIR", "/given", 1);
	char *at = state_dir_default();
	assert_string_equal(at, "/given");
	free(at);
	setenv("XFER_STATE_DIR", "relative", 1);
	setenv("HOME", "/home/x", 1);
	unsetenv("XDG_STATE_HOME");
	at = state_dir_default();
	assert_string_equal(at, geteuid() ? "/home/x/.local/state/xfer" : "/var/lib/xfer");
	free(at);
	setenv("XDG_STATE_HOME", "/s", 1);
	at = state_dir_default();
	assert_string_equal(at, geteuid() ? "/s/xfer" : "/var/lib/xfer");
	free(at);
}

static void an_instance_is_the_same_as_long_as_it_lives(void **state)
{
	struct place *p = *state;
	int fd = openat(p->fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(instance_of(fd), instance_of(p->fd));
	close(fd);
	assert_int_equal(instance_of(-1), 0);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(nothing_is_written_before_the_run_begins),
		ON(a_reader_writes_nothing),
		ON(a_durable_end_removes_it),
		ON(an_end_that_is_not_durable_leaves_it_to_the_next_run),
		ON(what_a_failed_sync_was_for_is_suspect_until_all_was_looked_at),
		ON(a_damaged_one_makes_everything_suspect),
		ON(two_runs_in_one_root_share_it),
		ON(another_directory_in_the_same_place_has_its_own),
		ON(no_journal_suspects_nothing),
		ON(the_state_folder_is_made_and_kept_out_of_the_destination),
		ON(the_usual_state_folder_is_the_users),
		ON(what_is_spilled_goes_where_something_is),
		ON(an_instance_is_the_same_as_long_as_it_lives),
	};
	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
