/* attrs_place.h - where the tests of attrs.h work: a directory of their own, and calls that look behind its back. */
#pragma once
#include "xfer/tree/attrs.h"

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
#include <sys/xattr.h>
#include <unistd.h>

static const char ACCESS[] = "system.posix_acl_access", DEFAULT[] = "system.posix_acl_default";

/* A directory with the files a and b in it, and its descriptor. */
struct place {
	char path[200];
	int fd;
};

static inline void make_file(int dir, const char *name)
{
	int fd = openat(dir, name, O_CREAT | O_EXCL | O_WRONLY, 0640);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0640), 0);
	close(fd);
}

static inline int setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	const char *tmp = getenv("TEST_TMP");
	snprintf(p->path, sizeof p->path, "%s/attrsXXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(p->path))
		return -1;
	p->fd = open(p->path, O_RDONLY | O_DIRECTORY);
	make_file(p->fd, "a");
	make_file(p->fd, "b");
	*state = p;
	return p->fd < 0;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline int teardown(void **state)
{
	struct place *p = *state;
	close(p->fd);
	int rc = nftw(p->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(p);
	return rc;
}

static inline const char *path_of(const struct place *p, const char *name)
{
	static char path[500];
	snprintf(path, sizeof path, "%s/%s", p->path, name);
	return path;
}

static inline void put(const struct place *p, const char *name, const char *attr, const void *value,
		       size_t len)
{
	if (lsetxattr(path_of(p, name), attr, value, len, 0)) {
		if (errno == ENOTSUP)
			skip();
		fail_msg("%s: %s: %s", name, attr, strerror(errno));
	}
}

static inline bool has(const struct place *p, const char *name, const char *attr, const void *value,
		       size_t len)
{
	char got[1000];
	return lgetxattr(path_of(p, name), attr, got, sizeof got) == (ssize_t)len && !memcmp(got, value, len);
}

static inline bool lacks(const struct place *p, const char *name, const char *attr)
{
	return lgetxattr(path_of(p, name), attr, NULL, 0) < 0 && errno == ENODATA;
}

static inline struct buf blob_of(const struct place *p, const char *name, bool acls, bool xattrs)
{
	struct buf b;
	struct err err = { 0 };
	buf_init(&b, ATTRS_MAX);
	if (attrs_read(&b, p->fd, name, acls, xattrs, &err))
		fail_msg("%s", err.text);
	return b;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
