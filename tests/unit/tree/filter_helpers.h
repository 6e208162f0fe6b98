/* filter_helpers.h - what the filter's tests share: a directory to work in, a filter from a list of rules. */
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "xfer/tree/filter.h"
#include "xfer/base/strings.h"

static char home[] = "/tmp/test_filter.XXXXXX"; /* the working directory, and $HOME */

static inline int enter_home(void **state)
{
	(void)state;
	if (!mkdtemp(home))
		return -1;
	setenv("HOME", home, 1);
	unsetenv("CVSIGNORE");
	return chdir(home);
}

static inline int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static inline int leave_home(void **state)
{
	(void)state;
	if (chdir("/") < 0)
		return -1;
	return nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void write_bytes(const char *path, const void *p, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, len), len);
	close(fd);
}

static inline void write_file(const char *path, const char *text)
{
	write_bytes(path, text, strlen(text));
}

/* A filter of the rules given; NULL alone for none. */
#define filter_of(...) filter_from((const char *const[]){ __VA_ARGS__, NULL })

static inline struct filter *filter_from(const char *const *rules)
{
	struct filter *f;
	struct err err = { 0 };

	assert_int_equal(filter_new(&f, &err), 0);
	for (; *rules; rules++)
		if (filter_add(f, *rules, &err) < 0)
			fail_msg("%s", err.text);
	return f;
}

static inline bool hides(const struct filter *f, const struct filter_dir *d, const char *path)
{
	return filter_check(f, d, path, false, FILTER_SENDER) == FILTER_EXCLUDE;
}
