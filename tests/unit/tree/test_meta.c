#include <poll.h>

#include "tests/unit/tree/tree_place.h"
#include "xfer/tree/meta.h"

static struct options keeps(void)
{
	return (struct options){
		.perms = true, .times = true, .owner = true, .group = true, .numeric_ids = true
	};
}

struct case_of {
	struct options o;
	struct ids *ids;
	struct meta_rules rules;
};

static void begin(struct case_of *c, struct options o)
{
	struct err err = { 0 };
	c->o = o;
	assert_int_equal(ids_new(&c->ids, &c->o, &err), 0);
	assert_int_equal(meta_rules_init(&c->rules, &c->o, c->ids, NULL), 0);
}

static void end(struct case_of *c)
{
	meta_rules_fini(&c->rules);
	ids_free(c->ids);
}

static struct stat stat_of(struct place *p, const char *name)
{
	struct stat st;
	assert_int_equal(fstatat(p->fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static struct entry sample(mode_t mode)
{
	return (struct entry){ .name = "f",
			       .name_len = 1,
			       .mode = mode,
			       .uid = 1234,
			       .gid = 2345,
			       .mtime = 1000000000,
			       .mtime_ns = 123456789 };
}

static void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void each_difference_is_a_bit(void **state)
{
	struct place *p = *state;
	struct case_of c;
	put_file(p, "f", "");
	begin(&c, keeps());
	struct stat st = stat_of(p, "f");
	struct meta same = { .mode = st.st_mode, .uid = st.st_uid, .gid = st.st_gid, .mtime = st.st_mtim },
		    m = same;
	assert_int_equal(meta_compare(&c.rules, &m, &st, p->fd, "f"), 0);
	m.mode ^= 04000;
	assert_int_equal(meta_compare(&c.rules, &m, &st, p->fd, "f"), DIFF_PERMS);
	m = same, m.uid++;
	assert_int_equal(meta_compare(&c.rules, &m, &st, p->fd, "f"), DIFF_OWNER);
	m = same, m.gid++;
	assert_int_equal(meta_compare(&c.rules, &m, &st, p->fd, "f"), DIFF_GROUP);
	m.gid = (gid_t)-1;
	assert_int_equal(meta_compare(&c.rules, &m, &st, p->fd, "f"), 0);
	m = same, m.mtime.tv_nsec ^= 1;
	assert_int_equal(meta_compare(&c.rules, &m, &st, p->fd, "f"), DIFF_TIME);
	m.mode ^= 1, m.uid++, m.gid++;
	assert_int_equal(meta_compare(&c.rules, &m, &st, p->fd, "f"),
			 DIFF_TIME | DIFF_PERMS | DIFF_OWNER | DIFF_GROUP);
	c.o.times = false;
	assert_int_equal(meta_compare(&c.rules, &m, &st, p->fd, "f"), DIFF_PERMS | DIFF_OWNER | DIFF_GROUP);
	end(&c);
}

static void times_are_the_same_within_the_window(void **state)
{
	(void)state;
	struct options o = { .modify_window = 0 };
	struct timespec a = { 100, 5 }, b = { 100, 6 }, later = { 102, 0 };
	assert_true(meta_same_time(&o, &a, &a));
	assert_false(meta_same_time(&o, &a, &b));
	o.modify_window = -1;
	assert_false(meta_same_time(&o, &a, &b));
	o.modify_window = 1;
	assert_true(meta_same_time(&o, &a, &b));
	assert_false(meta_same_time(&o, &a, &later));
	o.modify_window = 2;
	assert_true(meta_same_time(&o, &a, &later));
	assert_true(meta_same_time(&o, &later, &a));
}

static void times_are_kept_by_type(void **state)
{
	(void)state;
	struct options o = { .times = true, .omit_dir_times = true };
	assert_false(meta_keeps_times(&o, S_IFDIR));
	assert_true(meta_keeps_times(&o, S_IFLNK) && meta_keeps_times(&o, S_IFREG));
	o = (struct options){ .times = true, .omit_link_times = true };
	assert_false(meta_keeps_times(&o, S_IFLNK));
	assert_true(meta_keeps_times(&o, S_IFDIR) && meta_keeps_times(&o, S_IFREG));
	o.times = false;
	assert_false(meta_keeps_times(&o, S_IFREG));
}

static void what_is_not_kept_stays_or_is_as_for_a_new_file(void **state)
{
	struct place *p = *state;
	struct case_of c;
	struct meta m;
	struct entry e = sample(S_IFREG | 06777);
	mode_t before = umask(027);
	put_file(p, "f", "");
	begin(&c, (struct options){ .numeric_ids = true });
	struct stat st = stat_of(p, "f");
	meta_wanted(&m, &c.rules, &e, &st);
	assert_int_equal(m.mode, st.st_mode);
	assert_int_equal(m.uid, st.st_uid);
	assert_int_equal(m.gid, st.st_gid);
	meta_wanted(&m, &c.rules, &e, NULL);
	assert_int_equal(m.mode, S_IFREG | 0750); /* no setuid either */
	assert_int_equal(m.uid, geteuid());
	assert_true(m.gid == (gid_t)-1);
	st.st_mode = S_IFDIR | 0700; /* something else stands there */
	meta_wanted(&m, &c.rules, &e, &st);
	assert_int_equal(m.mode, S_IFREG | 0750);
	end(&c);
	assert_int_equal(umask(before), 027); /* given back */
}

static void what_is_kept_is_the_entrys(void **state)
{
	(void)state;
	struct case_of c;
	struct meta m;
	struct entry e = sample(S_IFREG | 04711);
	begin(&c, keeps());
	meta_wanted(&m, &c.rules, &e, NULL);
	assert_int_equal(m.mode, S_IFREG | 04711);
	assert_int_equal(m.uid, geteuid() == 0 ? 1234 : geteuid());
	assert_true(m.mtime.tv_sec == 1000000000 && m.mtime.tv_nsec == 123456789);
	/* without the right to, owners stay, and groups that we are not in */
	c.rules.may_chown = false;
	struct stat old = { .st_mode = S_IFREG, .st_uid = 7, .st_gid = 8 };
	meta_wanted(&m, &c.rules, &e, &old);
	assert_int_equal(m.uid, 7);
	assert_int_equal(m.gid, 8);
	e.gid = getegid();
	meta_wanted(&m, &c.rules, &e, &old);
	assert_int_equal(m.gid, getegid());
	end(&c);
}

static void apply(struct case_of *c, struct place *p, const char *name, const struct meta *m, int flags,
		  bool times)
{
	struct err err = { 0 };
	struct stat st;
	int fd = openat(p->fd, name, flags | O_NOFOLLOW | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	if (meta_apply(&c->rules, m, fd, &st, flags & O_PATH, times, &err) < 0)
		fail_msg("%s", err.text);
	close(fd);
}

static void expect_meta(struct place *p, const char *name, const struct meta *m)
{
	struct stat st = stat_of(p, name);
	assert_int_equal(st.st_mode, m->mode);
	assert_int_equal(st.st_uid, m->uid);
	assert_int_equal(st.st_gid, m->gid);
	assert_int_equal(st.st_mtim.tv_sec, m->mtime.tv_sec);
	assert_int_equal(st.st_mtim.tv_nsec, m->mtime.tv_nsec);
}

static void setuid_survives_the_change_of_owner(void **state)
{
	struct place *p = *state;
	struct case_of c;
	need_root();
	begin(&c, keeps());
	struct meta m = { .mode = S_IFREG | 06755, .uid = 1234, .gid = 2345, .mtime = { -5, 999999999 } };
	put_file(p, "f", "");
	apply(&c, p, "f", &m, O_RDONLY, true);
	expect_meta(p, "f", &m);
	/* the mode is right already, and chown takes it away */
	m.uid = 4321;
	apply(&c, p, "f", &m, O_RDONLY, true);
	expect_meta(p, "f", &m);
	m.gid = 77;
	apply(&c, p, "f", &m, O_PATH, true);
	expect_meta(p, "f", &m);
	end(&c);
}

static void a_symlink_gets_its_own_owner_and_time(void **state)
{
	struct place *p = *state;
	struct case_of c;
	need_root();
	begin(&c, keeps());
	put_file(p, "f", "");
	put_link(p, "link", "f");
	struct stat before = stat_of(p, "f");
	struct meta m = {
		.mode = stat_of(p, "link").st_mode, .uid = 1234, .gid = 2345, .mtime = { 1000000000, 5 }
	};
	apply(&c, p, "link", &m, O_PATH, true);
	expect_meta(p, "link", &m);
	struct stat after = stat_of(p, "f");
	assert_int_equal(before.st_uid, after.st_uid);
	assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim);
	end(&c);
}

static void times_are_left_when_they_are_not_due(void **state)
{
	struct place *p = *state;
	struct case_of c;
	begin(&c, keeps());
	put_dir(p, "d");
	struct stat st = stat_of(p, "d");
	struct meta m = { .mode = S_IFDIR | 0711, .uid = st.st_uid, .gid = st.st_gid, .mtime = { 5, 5 } };
	apply(&c, p, "d", &m, O_RDONLY, false);
	assert_int_equal(stat_of(p, "d").st_mtim.tv_sec, st.st_mtim.tv_sec);
	assert_int_equal(stat_of(p, "d").st_mode, S_IFDIR | 0711);
	c.o.omit_dir_times = true;
	apply(&c, p, "d", &m, O_RDONLY, true);
	assert_int_equal(stat_of(p, "d").st_mtim.tv_sec, st.st_mtim.tv_sec);
	c.o.omit_dir_times = false;
	apply(&c, p, "d", &m, O_RDONLY, true);
	expect_meta(p, "d", &m);
	end(&c);
}

static void nothing_is_touched_when_all_is_right(void **state)
{
	struct place *p = *state;
	struct case_of c;
	begin(&c, keeps());
	put_file(p, "f", "");
	struct stat st = stat_of(p, "f");
	struct meta m = { .mode = st.st_mode, .uid = st.st_uid, .gid = st.st_gid, .mtime = st.st_mtim };
	poll(NULL, 0, 20); /* the clock of files goes on */
	apply(&c, p, "f", &m, O_RDONLY, true);
	struct stat now = stat_of(p, "f");
	assert_memory_equal(&st.st_ctim, &now.st_ctim, sizeof st.st_ctim);
	end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_difference_is_a_bit),
		TEST(times_are_the_same_within_the_window),
		TEST(times_are_kept_by_type),
		TEST(what_is_not_kept_stays_or_is_as_for_a_new_file),
		TEST(what_is_kept_is_the_entrys),
		TEST(setuid_survives_the_change_of_owner),
		TEST(a_symlink_gets_its_own_owner_and_time),
		TEST(times_are_left_when_they_are_not_due),
		TEST(nothing_is_touched_when_all_is_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
