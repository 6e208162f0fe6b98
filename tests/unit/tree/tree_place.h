/* tree_place.h - where the tests of directories, walks and deletions work: a place of their own and its root as a struct dir. */
#pragma once
#include "xfer/tree/dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
	char path[200];
	int fd; /* of path, beside the root's own */
	struct dirs *pool;
	struct dir *root;
	void *more; /* the test's */
};

static inline int set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	const char *tmp = getenv("TEST_TMP");
	snprintf(p->path, sizeof p->path, "%s/treeXXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(p->path))
		return -1;
	p->fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	p->pool = dirs_new(8);
	p->root = dir_root(p->pool, open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), p->path);
	*state = p;
	return p->fd < 0 || !p->root ? -1 : 0;
}

static inline int remove_one_of_them(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline int tear_down(void **state)
{
	struct place *p = *state;
	dir_unref(p->root);
	dirs_free(p->pool);
	close(p->fd);
	int r = nftw(p->path, remove_one_of_them, 64, FTW_DEPTH | FTW_PHYS);
	free(p);
	return r;
}

/* path is relative to the place in all of these. */
static inline void put_dir(struct place *p, const char *path)
{
	assert_int_equal(mkdirat(p->fd, path, 0755), 0);
}

static inline void put_file(struct place *p, const char *path, const char *text)
{
	int fd = openat(p->fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static inline void put_link(struct place *p, const char *path, const char *target)
{
	assert_int_equal(symlinkat(target, p->fd, path), 0);
}

static inline bool is_there(struct place *p, const char *path)
{
	struct stat st;
	return fstatat(p->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline const char *full(struct place *p, const char *path)
{
	static char text[4][600];
	static unsigned n;
	snprintf(text[++n % 4], sizeof *text, "%s/%s", p->path, path);
	return text[n % 4];
}

static inline struct dir *child(struct dir *parent, const char *name)
{
	struct dir *d = dir_child(parent, name, strlen(name));
	assert_non_null(d);
	return d;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
