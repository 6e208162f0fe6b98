/* ring_place.h - where the tests of ring run: a directory and a ring of its own for each test, which must
 * leave as many descriptors open as it found. */
#pragma once
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "xfer/io/ring.h"

enum { DEPTH = 8 };

struct place {
	char path[64];
	int dir;
	struct ring *ring;
	int descriptors; /* open before the test */
};

static inline int count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = -1; /* d's own */

	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static inline int place_set_up(void **state, enum ring_backend backend)
{
	struct place *p = calloc(1, sizeof *p);
	struct err err;

	assert_non_null(p);
	p->descriptors = count_descriptors();
	snprintf(p->path, sizeof p->path, "/tmp/test_ring.XXXXXX");
	assert_non_null(mkdtemp(p->path));
	p->dir = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(p->dir >= 0);
	if (ring_new(&p->ring, backend, DEPTH, &err))
		fail_msg("%s", err.text);
	*state = p;
	return 0;
}

static inline void remove_files(int dir)
{
	DIR *d = fdopendir(dir);

	assert_non_null(d);
	rewinddir(d);
	for (const struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			assert_int_equal(unlinkat(dirfd(d), e->d_name, 0), 0);
	closedir(d);
}

static inline int place_tear_down(void **state)
{
	struct place *p = *state;

	ring_free(p->ring);
	remove_files(p->dir);
	assert_int_equal(rmdir(p->path), 0);
	assert_int_equal(count_descriptors(), p->descriptors);
	free(p);
	return 0;
}

static inline ssize_t run(struct place *p, struct ring_op op)
{
	ring_run(p->ring, &op, 1);
	return op.result;
}

static inline int make(struct place *p, const char *name)
{
	ssize_t fd = run(p, ring_op_open(p->dir, name, O_CREAT | O_RDWR | O_CLOEXEC, 0640));

	assert_true(fd >= 0);
	return (int)fd;
}

static inline int make_with(struct place *p, const char *name, const void *data, size_t len)
{
	int fd = make(p, name);

	assert_int_equal(pwrite(fd, data, len, 0), len);
	return fd;
}
