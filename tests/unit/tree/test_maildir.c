#include "xfer/tree/maildir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MANY = 5000 };

static char here[] = "/tmp/xfer-maildir-XXXXXX";
static int fd[MAIL_FOLDERS], box;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(here))
		return -1;
	box = open(here, O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < MAIL_FOLDERS; i++) {
		mkdirat(box, mail_folder_names[i], 0700);
		fd[i] = openat(box, mail_folder_names[i], O_RDONLY | O_DIRECTORY);
	}
	return 0;
}

static int tear_down(void **state)
{
	static const char *const left[] = { "new/a", "cur/b:2,S", "cur/c:2," };
	(void)state;
	for (size_t i = 0; i < sizeof left / sizeof *left; i++)
		unlinkat(box, left[i], 0);
	for (int i = 0; i < MAIL_FOLDERS; i++)
		unlinkat(box, mail_folder_names[i], AT_REMOVEDIR);
	return rmdir(here);
}

static void put(enum mail_folder f, const char *name)
{
	int file = openat(fd[f], name, O_CREAT | O_EXCL | O_WRONLY, 0600);
	assert_true(file >= 0);
	close(file);
}

/* As old as a folder that nobody uses: its ctime cannot be set, so the clock has to get there. */
static bool list(struct mail_list *l, unsigned waits)
{
	bool sure;
	struct maildir_moment at;
	assert_int_equal(maildir_list(l, fd, &sure, &at, &waits), 0);
	return sure;
}

static void a_list_finds_by_name_and_by_base_name(void **state)
{
	(void)state;
	struct mail_list l;
	char name[32];
	mail_list_init(&l);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(mail_list_add(&l, name, (size_t)snprintf(name, sizeof name, "m%d:2,S", i),
					       DT_REG, 1),
				 0);
	assert_int_equal(mail_list_add(&l, "m7:2,RS", 7, DT_REG, 0), 0);
	assert_int_equal(mail_list_add(&l, ".m7", 3, DT_REG, 0), 0);
	for (int i = 0; i < MANY; i++) {
		size_t len = (size_t)snprintf(name, sizeof name, "m%d:2,S", i);
		const struct mail_item *found = mail_list_exact(&l, name, len, 1);
		assert_non_null(found);
		assert_memory_equal(mail_list_name(&l, found), name, len);
		assert_null(mail_list_exact(&l, name, len, 0));
		assert_null(mail_list_exact(&l, name, len - 1, 1));
	}
	struct mail_item *one = mail_list_base(&l, NULL, "m7", 2), *two = mail_list_base(&l, one, "m7", 2);
	assert_true(one && two && one != two);
	assert_null(mail_list_base(&l, two, "m7", 2));
	assert_null(mail_list_base(&l, NULL, "m", 1));
	assert_null(mail_list_base(&l, NULL, ".m7", 3)); /* no message */
	assert_non_null(mail_list_exact(&l, ".m7", 3, 0));
	mail_list_clear(&l);
	assert_null(mail_list_base(&l, NULL, "m7", 2));
	assert_int_equal(mail_list_add(&l, "m7", 2, DT_REG, 0), 0);
	assert_non_null(mail_list_base(&l, NULL, "m7", 2));
	mail_list_fini(&l);
}

static void a_mailbox_has_all_three_and_they_are_directories(void **state)
{
	(void)state;
	assert_true(maildir_is(box));
	assert_false(maildir_is(fd[MAIL_CUR]));
	assert_int_equal(renameat(box, "tmp", box, "elsewhere"), 0);
	assert_false(maildir_is(box));
	assert_int_equal(symlinkat("elsewhere", box, "tmp"), 0);
	assert_false(maildir_is(box));
	assert_int_equal(unlinkat(box, "tmp", 0), 0);
	assert_int_equal(renameat(box, "elsewhere", box, "tmp"), 0);
	assert_int_equal(maildir_folder("cur", 3), MAIL_CUR);
	assert_int_equal(maildir_folder("curl", 4), MAIL_FOLDERS);
	assert_int_equal(maildir_folder("cu", 2), MAIL_FOLDERS);
}

static void a_list_is_sure_only_of_a_mailbox_that_is_quiet(void **state)
{
	(void)state;
	struct mail_list l;
	mail_list_init(&l);
	put(MAIL_NEW, "a");
	put(MAIL_CUR, "b:2,S");
	/* with no tick to wait for, one that changed just now may be changing; far from one every machine lists two names in time */
	bool sure = false;
	for (int i = 0; i < 100 && !sure; i++)
		sure = list(&l, 1);
	assert_true(sure);
	assert_int_equal(l.count, 2);
	assert_non_null(mail_list_exact(&l, "a", 1, MAIL_NEW));
	assert_non_null(mail_list_exact(&l, "b:2,S", 5, MAIL_CUR));
	struct stat st;
	struct timespec now;
	put(MAIL_CUR, "c:2,");
	sure = list(&l, 0);
	assert_int_equal(fstat(fd[MAIL_CUR], &st), 0);
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t age = (now.tv_sec - st.st_ctim.tv_sec) * 1000000000 + now.tv_nsec - st.st_ctim.tv_nsec;
	assert_true(!sure || age >= 20000000);
	assert_int_equal(l.count, 3);
	mail_list_fini(&l);
}

static void a_message_is_found_under_the_name_that_it_has_now(void **state)
{
	(void)state;
	char name[NAME_MAX + 1];
	put(MAIL_NEW, "moved");
	assert_int_equal(maildir_find(name, fd, "moved", 5), MAIL_NEW);
	assert_string_equal(name, "moved");
	assert_int_equal(renameat(fd[MAIL_NEW], "moved", fd[MAIL_CUR], "moved:2,FS"), 0);
	assert_int_equal(maildir_find(name, fd, "moved", 5), MAIL_CUR);
	assert_string_equal(name, "moved:2,FS");
	assert_int_equal(unlinkat(fd[MAIL_CUR], "moved:2,FS", 0), 0);
	assert_int_equal(maildir_find(name, fd, "moved", 5), MAIL_TMP);
}

static void only_options_that_keep_all_names_have_mailboxes(void **state)
{
	(void)state;
	struct options o = {
		.recurse = true, .links = true, .perms = true, .times = true, .max_size = UINT64_MAX
	};
	assert_true(maildir_wanted(&o));
	assert_true(maildir_by_name(&o));
	o.full = true;
	assert_true(maildir_wanted(&o) && !maildir_by_name(&o));
	o.full = false;
	o.hard_links = true;
	assert_true(maildir_wanted(&o) && !maildir_by_name(&o));
	o.hard_links = false;
	o.perms = false;
	assert_false(maildir_wanted(&o));
	o.maildir = MAILDIR_ALWAYS;
	assert_true(maildir_wanted(&o));
	assert_false(maildir_by_name(&o)); /* the mode would be a guess */
	o.perms = true;
	o.update = true;
	assert_false(maildir_wanted(&o));
	o.update = false;
	o.maildir = MAILDIR_NEVER;
	assert_false(maildir_wanted(&o));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_finds_by_name_and_by_base_name),
		cmocka_unit_test(a_mailbox_has_all_three_and_they_are_directories),
		cmocka_unit_test(a_list_is_sure_only_of_a_mailbox_that_is_quiet),
		cmocka_unit_test(a_message_is_found_under_the_name_that_it_has_now),
		cmocka_unit_test(only_options_that_keep_all_names_have_mailboxes),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
